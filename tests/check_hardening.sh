#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Is the program as hard to misuse as configure meant it to be?  Looks into the finished
# file, since flags are lost on the way easily: -pie, -z relro -z now, a stack that cannot
# be run, stack protector, fortified functions, indirect branch tracking.
# $builddir: the top of the build, $hardening: the flags it was made with, from make check.
# $1: another program to look at.
set -u

program=${1:-${builddir:-.}/applepath}
hardening=${hardening:-unknown -D_FORTIFY_SOURCE=2}
failed=0

# Automake's word for a test that cannot be made here.
skip() {
    echo "SKIP: hardening: $1"
    exit 77
}

# expect WHAT FILE PATTERN
expect() {
    if grep -Eq -- "$3" "$2"; then
        echo "PASS: hardening: $1"
    else
        echo "FAIL: hardening: $1"
        failed=1
    fi
}

command -v readelf > /dev/null || skip "there is no readelf"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/hardening.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
readelf -hW "$program" > "$scratch/head" 2> /dev/null || skip "$program is no ELF file"
readelf -lW "$program" > "$scratch/segments"
readelf -dW "$program" > "$scratch/dynamic"
readelf --dyn-syms -W "$program" > "$scratch/symbols"

expect "loaded at a random place (PIE)" "$scratch/head" 'Type:[[:space:]]+DYN'
if grep -q TEXTREL "$scratch/dynamic"; then
    echo "FAIL: hardening: text is relocated"
    failed=1
fi
expect "relocations are made read-only" "$scratch/segments" 'GNU_RELRO'
expect "all symbols are bound before it starts" "$scratch/dynamic" 'BIND_NOW|Flags:.*NOW'
expect "the stack cannot be run" "$scratch/segments" 'GNU_STACK.* RW  *0x'
if grep -Eq 'LOAD.* RWE ' "$scratch/segments"; then
    echo "FAIL: hardening: a segment can be written and run"
    failed=1
fi
if grep -Eq 'R(UN)?PATH' "$scratch/dynamic"; then
    echo "FAIL: hardening: libraries are looked for in a place of its own"
    failed=1
fi
case $hardening in
*-fsanitize=*) echo "SKIP: hardening: stack protector: a build with sanitizers" ;;
*) expect "stacks are protected" "$scratch/symbols" '__stack_chk_fail' ;;
esac
case $hardening in
*_FORTIFY_SOURCE=[23]*)
    expect "functions are fortified" "$scratch/symbols" '__(mem|str|v?sn?printf|f?printf)[a-z]*_chk'
    ;;
*) echo "SKIP: hardening: fortified functions: a build without optimisation or with sanitizers" ;;
esac
case $hardening in
*-fcf-protection*)
    # In the program's own code; whether the whole runs so is the C library's choice.
    readelf -nW "${program%/*}/program/main.o" > "$scratch/notes" 2> /dev/null
    if grep -q 'X86-64' "$scratch/head"; then
        expect "indirect branches and returns are tracked" "$scratch/notes" 'IBT, SHSTK'
    fi
    ;;
esac
exit "$failed"
