#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Do the captures still give the facts and findings that are expected of them?
#   tests/golden/run.sh [NAME...]           holds NAME.facts and NAME.findings (all, if none
#                                           is named) against what the program makes of NAME.pcap
#   tests/golden/run.sh --accept NAME...    shows what changed, and makes it the expectation
# A capture lies beside its expectation, or in $APPLEPATH_CAPTURES as NAME.pcap or
# NAME.pcapng; without it the case is skipped.  NAME.facts whose first line is
# "# all-flows" has the facts of --all-flows; findings never do.
# $srcdir, $builddir: the tops of the sources and of the build, as make check has them.
set -eu

srcdir=${srcdir:-$(dirname "$0")/../..}
if [ -z "${builddir:-}" ]; then
    builddir=$srcdir
    [ -x tests/support/golden ] && builddir=.
fi
golden=$builddir/tests/support/golden
expected=$srcdir/tests/golden
captures=${APPLEPATH_CAPTURES:-$srcdir/../shared/captures}
accept=no
if [ "${1:-}" = --accept ]; then
    accept=yes
    shift
    [ $# -gt 0 ] || { echo "usage: tests/golden/run.sh --accept NAME..." >&2; exit 2; }
fi
if [ ! -x "$golden" ]; then
    echo "FAIL: golden: $golden is missing; build it: make tests/support/golden"
    exit 1
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/golden.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
failed=no
ran=no

# capture_of NAME: prints the path of its capture, nothing if there is none.
capture_of() {
    for candidate in "$expected/$1.pcap" "$captures/$1.pcap" "$captures/$1.pcapng"; do
        if [ -f "$candidate" ]; then
            printf '%s\n' "$candidate"
            return
        fi
    done
}

# compare NAME facts|findings
compare() {
    before=$expected/$1.$2
    [ -f "$before" ] || before=/dev/null
    if diff -u "$before" "$scratch/$2" > "$scratch/diff"; then
        echo "PASS: golden/$1 $2"
    elif [ "$accept" = yes ]; then
        cat "$scratch/diff"
        cp "$scratch/$2" "$expected/$1.$2"
        echo "ACCEPTED: golden/$1 $2"
    else
        echo "FAIL: golden/$1 $2"
        cat "$scratch/diff"
        failed=yes
    fi
}

run() {
    capture=$(capture_of "$1")
    if [ -z "$capture" ]; then
        echo "SKIP: golden/$1 (capture not present)"
        return
    fi
    ran=yes
    option=
    if [ -f "$expected/$1.facts" ] && [ "$(head -n 1 "$expected/$1.facts")" = "# all-flows" ]; then
        option=--all-flows
    fi
    # shellcheck disable=SC2086 # no option is no word
    if ! "$golden" $option "$scratch/facts" "$scratch/findings" "$capture"; then
        echo "FAIL: golden/$1 (the program ended in it)"
        failed=yes
        return
    fi
    compare "$1" facts
    compare "$1" findings
}

if [ $# -eq 0 ]; then
    for file in "$expected"/*.facts; do
        [ -f "$file" ] || continue
        name=${file##*/}
        set -- "$@" "${name%.facts}"
    done
fi
for name; do
    run "$name"
done
[ "$failed" = no ] || exit 1
[ "$ran" = yes ] || exit 77
