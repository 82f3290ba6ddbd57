#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does a flood stay within the memory limit, and does it neither hide a real fault nor
# make up a false one?  Writes captures of floods, reads each alone and beside captures
# of the lab.
#   tests/limits/run.sh [FRAMES]      frames of each flood (100000)
# With LIMITS_SPEED=yes each flood is also held against clean traffic of as many frames:
# at most four times as long.  $srcdir, $builddir: the tops of the sources and the build.
set -eu

srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=${builddir:-.}
srcdir=$(cd "$srcdir" && pwd)
builddir=$(cd "$builddir" && pwd)
applepath=$builddir/applepath
flood=$builddir/tests/limits/flood
check_json=$builddir/tests/support/check_json
measure=$builddir/tests/limits/measure
frames=${1:-100000}
memory_limit=524288 # KiB
speed_limit=4
failed=no

scratch=$(mktemp -d "${TMPDIR:-/tmp}/limits.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

pass() { echo "PASS: limits/$1"; }
fail() {
    echo "FAIL: limits/$1"
    failed=yes
}

# measured WHAT COMMAND...: runs it within the memory limit; its time goes to $seconds.
measured() {
    what=$1
    shift
    read -r _ seconds kilobytes status << END
$("$measure" "$@")
END
    echo "$what: $seconds s, $kilobytes KiB"
    if [ "$status" -ne 0 ]; then
        fail "$what (exit status $status)"
    elif [ "$sanitized" = no ] && [ "$kilobytes" -gt "$memory_limit" ]; then
        fail "$what (more than $memory_limit KiB)"
    else
        pass "$what"
    fi
}

# kinds_of FILE...: the kinds of findings in these captures together, sorted.
kinds_of() {
    "$applepath" read --format json "$@" > "$scratch/report.json" 2> /dev/null
    "$check_json" findings "$scratch/report.json" | sort
}

# AddressSanitizer takes memory of its own, and time.
sanitized=no
if grep -q '__asan_init' "$applepath" 2> /dev/null; then
    sanitized=yes
fi

clean=
if [ "${LIMITS_SPEED:-no}" = yes ]; then
    "$builddir/tests/limits/generate" --packets "$frames" --seed 1 --shape short \
        > "$scratch/clean.pcap"
    measured "clean traffic" "$applepath" read "$scratch/clean.pcap"
    clean=$seconds
fi

for kind in syn names fragments hellos segments resets certificates; do
    "$flood" "$kind" "$frames" > "$scratch/$kind.pcap"
    measured "$kind in memory" "$applepath" read "$scratch/$kind.pcap"
    if [ -n "$clean" ]; then
        # What is larger takes longer to read: clean traffic of the same size.
        share=$(awk -v time="$seconds" -v clean="$clean" -v limit="$speed_limit" \
            -v bytes="$(wc -c < "$scratch/$kind.pcap")" \
            -v clean_bytes="$(wc -c < "$scratch/clean.pcap")" 'BEGIN {
                size = bytes > clean_bytes ? bytes / clean_bytes : 1
                print (time <= limit * clean * size ? "within" : "beyond"), time / clean / size }')
        echo "$kind: times clean traffic of the same size: ${share#* }"
        case $share in
        within*) pass "$kind speed" ;;
        *) fail "$kind speed" ;;
        esac
    fi
    measured "$kind in a file" "$applepath" read -d "$scratch/$kind.db" "$scratch/$kind.pcap"
    rm -f "$scratch/$kind.db"
    kinds_of "$scratch/$kind.pcap" > "$scratch/$kind.findings"
    # Two hundred devices ask a resolver that never answers: if that is said, it is true.
    false=$(grep -v "^$([ "$kind" = names ] && echo dns-unanswered || echo '$')" \
        < "$scratch/$kind.findings" || :)
    if [ -z "$false" ]; then
        pass "$kind findings"
    else
        fail "$kind findings"
        cat "$scratch/$kind.findings"
    fi
    rm -f "$scratch/$kind.pcap"
done

# beside NAME KIND: the lab's capture, with a flood all the while.
beside() {
    capture=$srcdir/tests/golden/lab/$1.pcap
    start=$(od -An -tu4 -j24 -N4 "$capture" | tr -d ' ')
    "$flood" "$2" "$frames" "$((start - 1))" 100 > "$scratch/flood.pcap"
    kinds_of "$capture" > "$scratch/alone"
    kinds_of "$capture" "$scratch/flood.pcap" > "$scratch/together"
    if cmp -s "$scratch/alone" "$scratch/together"; then
        pass "$1 beside $2"
    else
        fail "$1 beside $2"
        diff "$scratch/alone" "$scratch/together" || :
    fi
}
for kind in syn hellos resets; do
    for name in 5223-dropped-443-works activation-healthy dns-blocked-dropped; do
        beside "$name" "$kind"
    done
done
[ "$failed" = no ]
