#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# How good are the verdicts on the labelled captures, and on what a worse capture point would
# have seen of them?
#   tests/lab/score.sh                           all captures and variants, against score.baseline
#   tests/lab/score.sh NAME...                   these captures only
#   tests/lab/score.sh --accept [--accept-false] [NAME...]
#                                                makes what fails now the baseline
# One PASS: or FAIL: line for each capture, then the tables; exits 1 when one fails.
# $srcdir, $builddir: the tops of the sources and of the build, as make check has them.
# CHECK_PART=yes, for builds that are many times slower (sanitizers, valgrind): every capture as
# it was captured, and the variants of each tenth.
set -eu

srcdir=${srcdir:-$(dirname "$0")/../..}
if [ -z "${builddir:-}" ]; then
    builddir=$srcdir
    [ -x tests/lab/score ] && builddir=.
fi
score=$builddir/tests/lab/score
baseline=$srcdir/tests/lab/score.baseline
if [ ! -x "$score" ]; then
    echo "FAIL: lab: $score is missing; build it: make tests/lab/score"
    exit 1
fi

options=
while [ $# -gt 0 ]; do
    case $1 in
    --accept | --accept-false) options="$options $1" ;;
    -*) echo "usage: tests/lab/score.sh [--accept [--accept-false]] [NAME...]" >&2; exit 2 ;;
    *) break ;;
    esac
    shift
done

# label_of NAME: prints the path of its label, nothing if there is none.
label_of() {
    for folder in "$srcdir/tests/golden" "$srcdir/tests/golden/lab"; do
        if [ -f "$folder/$1.label" ]; then
            printf '%s\n' "$folder/$1.label"
            return
        fi
    done
}

# A line about a capture that is gone would stay for ever.
stale_lines() {
    sed -n 's/^\([^#*/ ][^/ ]*\).*/\1/p' "$baseline" | LC_ALL=C sort -u | while read -r name; do
        [ -n "$(label_of "$name")" ] || printf '  %s\n' "$name"
    done
}

failed=no
if [ $# -eq 0 ]; then
    stale=$(stale_lines)
    if [ -z "$stale" ]; then
        echo "PASS: lab: every capture of the baseline is there"
    else
        echo "FAIL: lab: the baseline speaks of captures without a label: remove the lines of"
        printf '%s\n' "$stale"
        failed=yes
    fi
    for label in "$srcdir"/tests/golden/*.label "$srcdir"/tests/golden/lab/*.label; do
        [ -f "$label" ] || continue
        set -- "$@" "$label"
    done
else
    for name; do
        shift
        label=$(label_of "$name")
        [ -n "$label" ] || { echo "score.sh: there is no capture $name" >&2; exit 2; }
        set -- "$@" "$label"
    done
fi
[ $# -gt 0 ] || exit 77

# Variants are written to a file and read again: where there is a folder of memory, there.
scratch=$(mktemp -d /dev/shm/score.XXXXXX 2> /dev/null ||
    mktemp -d "${TMPDIR:-/tmp}/score.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

status=0
if [ "${CHECK_PART:-no}" = yes ]; then
    TMPDIR=$scratch "$score" --table --root "$srcdir/tests/golden/lab-root.pem" \
        --baseline "$baseline" "$@" || status=$?
    count=0
    for label; do
        shift
        [ $((count % 10)) -ne 0 ] || set -- "$@" "$label"
        count=$((count + 1))
    done
fi
# shellcheck disable=SC2086 # no option is no word
TMPDIR=$scratch "$score" --variants --table --root "$srcdir/tests/golden/lab-root.pem" \
    --baseline "$baseline" $options "$@" || status=$?
[ "$status" -ne 0 ] || [ "$failed" = no ] || status=1
exit "$status"
