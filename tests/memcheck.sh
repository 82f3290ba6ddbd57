#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does valgrind find anything while the program reads captures and reports on them: memory
# that is not ours or was never set, or that nobody can free any more?
#   tests/memcheck.sh [CAPTURE...]        all golden captures without arguments; CHECK_PART=yes: each third
# The captures go through tests/support/report_each, some dozens a process, since what
# valgrind needs to begin is longer than a capture takes; the commands run on two of them.
# $srcdir, $builddir: the tops of sources and build; $JOBS: how many run at once.
set -u

srcdir=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd)
builddir=$(cd "${builddir:-$srcdir}" && pwd)
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 2)}
each=$builddir/tests/support/report_each
scratch=$(mktemp -d "${TMPDIR:-/tmp}/memcheck.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
failed=0
if ! command -v valgrind > /dev/null; then
    echo "SKIP: memcheck: there is no valgrind"
    exit 77
fi
if [ ! -x "$each" ]; then
    echo "FAIL: memcheck: $each is missing; build it: make tests/support/report_each"
    exit 1
fi
# What is still reachable at the end is of libraries that keep it for the next call.
options="--quiet --error-exitcode=99 --leak-check=full --num-callers=20
    --errors-for-leak-kinds=definite,indirect --show-leak-kinds=definite,indirect
    --suppressions=$srcdir/tests/memcheck.supp"

# verdict NAME STATUS LOG
verdict() {
    if [ "$2" -eq 0 ]; then
        echo "PASS: memcheck: $1"
    else
        head -n 60 "$3"
        echo "FAIL: memcheck: $1"
        failed=1
    fi
}

# under NAME EXPECTED ARGUMENT...: a command of the program, which is to end with EXPECTED.
under() {
    name=$1 expected=$2
    shift 2
    # shellcheck disable=SC2086 # a list of words
    valgrind $options "$builddir/applepath" "$@" > "$scratch/out" 2> "$scratch/log" < /dev/null
    status=$?
    verdict "$name" $((status == expected ? 0 : status == 0 ? 1 : status)) "$scratch/log"
}

check_captures() {
    # shellcheck disable=SC2086
    printf '%s\n' "$@" | xargs -n 24 -P "$jobs" \
        valgrind $options "$each" "$scratch" > "$scratch/captures" 2>&1
    verdict "$# captures read, and reported in every format" $? "$scratch/captures"
}

check_commands() {
    broken=$srcdir/tests/golden/courier-squashed.pcap
    sound=$srcdir/tests/golden/courier-healthy.pcap
    cut=$scratch/cut.pcap
    head -c 3001 "$broken" > "$cut"
    gzip -c "$broken" > "$scratch/packed.pcap.gz"
    under "read" 0 read -d "$scratch/site.db" -o "$scratch/report" "$broken"
    under "read --fail-on" 1 read --fail-on critical -o "$scratch/report" "$broken"
    under "read of a packed capture by two threads" 0 read --threads 2 "$scratch/packed.pcap.gz"
    under "read of several, one cut off" 0 read --all-flows -f 'tcp or udp' "$cut" "$sound"
    under "read of what is no capture" 2 read "$srcdir/LICENSE"
    under "report" 0 report -d "$scratch/site.db" --format html -o "$scratch/report"
    under "report without names" 0 report -d "$scratch/site.db" --anonymize --format json
    under "report of what is no database" 2 report -d "$broken"
    for format in ndjson zeek zeek-json csv; do
        under "export as $format" 0 export -d "$scratch/site.db" --format "$format" \
            -o "$scratch/export-$format"
    done
    under "evidence" 0 evidence -d "$scratch/site.db" -w "$scratch/evidence.pcapng" F1
    under "evidence without names" 0 evidence -d "$scratch/site.db" --anonymize \
        -w "$scratch/anonymous.pcapng" F1
    under "read of another" 0 read -d "$scratch/later.db" -o "$scratch/report" "$sound"
    under "diff" 0 diff --format html -o "$scratch/report" "$scratch/site.db" "$scratch/later.db"
    under "doctor" 0 doctor "$broken"
    under "hosts" 0 hosts --format json
    under "an option that is not there" 2 read --no-such-option
}

if [ $# -gt 0 ]; then
    check_captures "$@"
else
    check_commands
    every=1
    [ "${CHECK_PART:-no}" = no ] || every=3
    # shellcheck disable=SC2046 # names without spaces
    check_captures $(printf '%s\n' "$srcdir"/tests/golden/*.pcap "$srcdir"/tests/program/*.pcapng \
        "$srcdir"/tests/golden/lab/*.pcap | awk -v every=$every 'NR % every == 0')
fi
exit "$failed"
