#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does every fuzz target get through its seeds, made from the golden captures, and through
# every input that once broke it?  And with an engine: does it for so many seconds more?
#   tests/fuzz/run.sh [TARGET...]
# FUZZ_SECONDS: for each target, where the build is one with --enable-fuzzing.
# $srcdir, $builddir: the tops of the sources and of the build, as make check has them.
set -u

srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=${builddir:-$srcdir}
srcdir=$(cd "$srcdir" && pwd)
builddir=$(cd "$builddir" && pwd)
here=$srcdir/tests/fuzz
scratch=$(mktemp -d "${TMPDIR:-/tmp}/fuzz.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
TMPDIR=$scratch
export TMPDIR
failed=0

if [ $# -eq 0 ]; then
    for source in "$here"/fuzz_*.c; do
        target=$(basename "$source" .c)
        set -- "$@" "${target#fuzz_}"
    done
fi

# Inputs that are files of their own are seeds as they are.
make_seeds() {
    mkdir "$scratch/seeds" "$scratch/seeds/pipeline" "$scratch/seeds/capture" \
        "$scratch/seeds/certificate" "$scratch/seeds/catalog" "$scratch/seeds/options"
    "$builddir/tests/fuzz/seeds" "$scratch/seeds" "$srcdir"/tests/golden/*.pcap \
        "$srcdir"/tests/golden/lab/*.pcap > "$scratch/seeds.log" 2>&1 || return 1
    gzip -c "$srcdir/tests/program/mixed.pcapng" > "$scratch/mixed.pcapng.gz" 2> /dev/null
    for capture in "$srcdir"/tests/golden/*.pcap* "$srcdir"/tests/program/*.pcapng \
        "$scratch"/mixed.pcapng.gz; do
        name=$(basename "$capture")
        cp "$capture" "$scratch/seeds/pipeline/$name"
        cat "$capture" "$capture" > "$scratch/seeds/capture/$name"
    done
    mkdir "$scratch/seeds/unpack"
    for first in '\003' '\017' '\004'; do
        { printf "$first"; gzip -c "$srcdir/tests/program/mixed.pcapng"; } \
            > "$scratch/seeds/unpack/gzip${first#?}" 2> /dev/null
    done
    for first in '\023' '\037' '\024'; do
        ! command -v zstd > /dev/null ||
            { printf "$first"; zstd -qc "$srcdir/tests/program/mixed.pcapng"; } \
                > "$scratch/seeds/unpack/zstd${first#?}"
    done
    for chain in "$srcdir"/tests/golden/*.pem; do
        [ -e "$chain" ] || continue
        sed -n '/BEGIN/,/END/p' "$chain" | sed '/END/q' | grep -v -- '-----' |
            base64 -d > "$scratch/seeds/certificate/$(basename "$chain")"
    done
    sed -n '1,80p' "$srcdir/catalog/apple_hosts.tsv" > "$scratch/seeds/catalog/table"
    mkdir "$scratch/seeds/stream"
    printf '\0\0\020\0\1\0abcdefghijklmnop\0\0\020\040\1\0abcdefghijklmnop\0\0\020\010\2\0abcdefghijklmnopqrstuvwxyzabcdef' \
        > "$scratch/seeds/stream/overlapping"
    printf 'mdm.example.org 443,8443\nscep.example.org\n10.1.2.0/24 443 tcp\n' \
        > "$scratch/seeds/catalog/plain"
    printf -- '-d\nx.db\n--format\njson\n--since\n2026-11-20T08:00:00Z\n--device\n10.0.0.20\nfile\n' \
        > "$scratch/seeds/options/report"
}

# A database is a seed for its own target.
make_database() {
    mkdir -p "$scratch/seeds/database"
    "$builddir/applepath" read -d "$scratch/seeds/database/site.db" -o /dev/null \
        "$srcdir/tests/golden/courier-squashed.pcap" > "$scratch/database.log" 2>&1
    rm -f "$scratch/seeds/database"/*-wal "$scratch/seeds/database"/*-shm
}

# engine TARGET: true where the program has an engine in it.
has_engine() {
    "$builddir/tests/fuzz/fuzz_$1" -help=1 2>&1 | grep -q max_total_time
}

# replay TARGET: every input once.
replay() {
    count=0
    set --  "$1" "$scratch/seeds/$1"/* "$here/regressions/$1"/*
    target=$1
    shift
    for input; do
        [ -f "$input" ] || continue
        count=$((count + 1))
        printf '%s\n' "$input"
    done > "$scratch/inputs"
    count=$(wc -l < "$scratch/inputs")
    if [ "$count" -eq 0 ]; then
        echo "SKIP: fuzz $target: it has no seeds"
    elif xargs "$builddir/tests/fuzz/fuzz_$target" < "$scratch/inputs" > "$scratch/log" 2>&1; then
        echo "PASS: fuzz $target: $((count)) inputs"
    else
        tail -n 40 "$scratch/log"
        echo "FAIL: fuzz $target"
        failed=1
    fi
}

# fuzz TARGET: what it finds stays in the build folder.
fuzz() {
    corpus=$builddir/tests/fuzz/corpus/$1
    found=$builddir/tests/fuzz/found/$1-
    mkdir -p "$corpus" "$builddir/tests/fuzz/found" "$scratch/seeds/$1"
    dictionary=
    [ ! -f "$here/$1.dict" ] || dictionary=-dict=$here/$1.dict
    # Large blocks are cleared in place: else each input begins with page faults.
    ASAN_OPTIONS="clear_shadow_mmap_threshold=1073741824${ASAN_OPTIONS:+:$ASAN_OPTIONS}" \
        "$builddir/tests/fuzz/fuzz_$1" -max_total_time="$FUZZ_SECONDS" -max_len=1048576 -timeout=60 \
        -rss_limit_mb=2048 -artifact_prefix="$found" -print_final_stats=1 ${dictionary:+"$dictionary"} \
        "$corpus" "$scratch/seeds/$1" > "$scratch/log" 2>&1
    status=$?
    tail -n 200 "$scratch/log" > "$builddir/tests/fuzz/found/$1.log"
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$scratch/log")
    covered=$(sed -n 's/.* cov: \([0-9]*\) ft: \([0-9]*\).*/\1 edges, \2 features/p' "$scratch/log" | tail -n 1)
    if [ "$status" -eq 0 ]; then
        echo "PASS: fuzz $1: ${runs:-?} runs in $FUZZ_SECONDS s, ${covered:-?}"
    else
        tail -n 40 "$scratch/log"
        echo "FAIL: fuzz $1: the input is $found*"
        failed=1
    fi
}

if ! make_seeds; then
    cat "$scratch/seeds.log"
    echo "FAIL: fuzz: no seeds could be made"
    exit 1
fi
make_database
for target; do
    if [ -n "${FUZZ_SECONDS:-}" ] && has_engine "$target"; then
        fuzz "$target"
    elif [ -n "${FUZZ_SECONDS:-}" ]; then
        echo "SKIP: fuzz $target: configure with --enable-fuzzing and CC=clang"
    else
        replay "$target"
    fi
done
exit "$failed"
