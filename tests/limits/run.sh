#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does a flood stay within the memory limit, and does it neither hide a real fault nor
# make up a false one?  Writes captures of floods, reads each alone and beside captures
# of the lab.
#   tests/limits/run.sh [FRAMES [KIND...]]      frames of each flood (10000), these kinds only
# CHECK_PART=yes, for builds that are many times slower: each third kind, unless some are named.
# With LIMITS_SPEED=yes also: each flood is held against clean traffic of the same size, must
# not grow faster than its frames do, and must be told from a database in little time and space.
# Clean traffic: tests/limits/generate --shape short, as many frames as the flood (DNS questions
# with answers, TLS connections of some fifteen packets from SYN to FIN, a few SYNs that nobody
# answers; 530 bytes a frame, IPv4 and IPv6, some in a VLAN).  Where the flood has more bytes
# than that, the clean traffic's time is taken in proportion to its bytes; where it has fewer,
# as it is: frames count then, as what a packet costs does not depend on its length.  Held
# against each other are the processor's seconds, of all threads, user's and system's: the
# whole `read` with its diagnosis and its report, the least of three.  A flood may take four
# times as long.  $srcdir, $builddir: the tops of the sources and the build.
set -eu

srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=${builddir:-.}
srcdir=$(cd "$srcdir" && pwd)
builddir=$(cd "$builddir" && pwd)
applepath=$builddir/applepath
flood=$builddir/tests/limits/flood
check_json=$builddir/tests/support/check_json
measure=$builddir/tests/limits/measure
frames=${1:-10000}
[ $# -eq 0 ] || shift
kinds=${*:-syn segments holes late resets heads requests answers messages hellos server-names \
    announced certificates chains names resolved pointers fragments initials extensions nested \
    mirrored channels clients leases routers errors times interfaces resolutions options zeros \
    repeated mixture}
if [ $# -eq 0 ] && [ "${CHECK_PART:-no}" = yes ]; then
    # shellcheck disable=SC2086 # a list of words
    kinds=$(printf '%s\n' $kinds | awk 'NR % 3 == 0')
fi
memory_limit=524288 # KiB: what --max-memory is unless given
small_limit=131072
allowance=32768 # KiB beside --max-memory: the program, its libraries, tables of fixed size
speed_limit=4
growth_limit=1.6 # times as long as in proportion, where there are four times the frames
report_limit=30 # seconds, of any flood's database
page_limit=16777216 # bytes of a report; JSON has all devices, each on lines of its own
speed=${LIMITS_SPEED:-no}
failed=no

scratch=$(mktemp -d "${TMPDIR:-/tmp}/limits.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

pass() { echo "PASS: limits/$1"; }
fail() {
    echo "FAIL: limits/$1"
    failed=yes
}

# holds WHAT EXPRESSION: passes if awk finds it true.
holds() {
    if awk "BEGIN { exit !($2) }"; then pass "$1"; else fail "$1 ($2)"; fi
}

# measured WHAT KILOBYTES COMMAND...: runs it within so much memory; its time goes to $seconds,
# its peak to $kilobytes.
measured() {
    what=$1
    most=$2
    shift 2
    read -r _ seconds kilobytes status << END
$("$measure" "$@")
END
    echo "$what: $seconds s, $kilobytes KiB"
    if [ "$status" -ne 0 ]; then
        fail "$what (exit status $status)"
    elif [ "$sanitized" = no ] && [ "$kilobytes" -gt "$most" ]; then
        fail "$what (more than $most KiB)"
    else
        pass "$what"
    fi
}

# quickest COMMAND...: twice more, where speed matters: $seconds is the least of three.
quickest() {
    [ "$speed" = yes ] || return 0
    for _ in 1 2; do
        read -r _ again _ << END
$("$measure" "$@")
END
        seconds=$(awk "BEGIN { print ($again < $seconds ? $again : $seconds) }")
    done
}

# kinds_of FILE...: the kinds of findings in these captures together, sorted.
kinds_of() {
    "$applepath" read --format json "$@" > "$scratch/report.json" 2> /dev/null
    "$check_json" findings "$scratch/report.json" | sort
}

# What is true of a flood, if it is said: resolvers that never answer, chains that nobody
# genuine has, one packet again and again, one side only.
true_of() {
    case $1 in
    names | clients | pointers) echo dns-unanswered ;;
    chains) echo certificate-intercepted ;;
    mixture) echo '\(dns-unanswered\|certificate-intercepted\|capture-\)' ;;
    repeated) echo capture-duplicated ;;
    holes) echo capture-one-sided ;;
    *) echo '$' ;;
    esac
}

# faster KIND: at most so many times as long as clean traffic of the same size, which is
# measured beside it, as a machine that is shared is now fast, now slow; and in proportion to
# its frames.
faster() {
    flooded=$seconds
    measured "clean traffic beside $1" "$memory_limit" "$applepath" read "$scratch/clean.pcap"
    quickest "$applepath" read "$scratch/clean.pcap"
    clean=$seconds
    seconds=$flooded
    holds "$1 speed" "$seconds <= $speed_limit * $clean * ($size > $clean_size ? $size / $clean_size : 1)"
    awk "BEGIN { printf \"$1: %.2f times clean traffic of the same size\n\", \
        $seconds / $clean / ($size > $clean_size ? $size / $clean_size : 1) }"
    whole=$seconds
    "$flood" "$1" $((frames / 4)) > "$scratch/quarter"
    measured "$1, a quarter" "$memory_limit" "$applepath" read "$scratch/quarter"
    quickest "$applepath" read "$scratch/quarter"
    holds "$1 growth" "$whole <= 4 * $growth_limit * $seconds + 0.3"
    rm -f "$scratch/quarter"
}

# told KIND: the report from the flood's database.
told() {
    for format in text html csv json md; do
        measured "$1, its report as $format" "$memory_limit" "$applepath" report \
            --format "$format" -d "$scratch/flood.db" -o "$scratch/page"
        holds "$1 report time" "$seconds <= $report_limit"
        holds "$1 report size as $format" \
            "$(wc -c < "$scratch/page") <= $page_limit * ($([ $format = json ] && echo 4 || echo 1))"
        rm -f "$scratch/page"
    done
}

# AddressSanitizer takes memory of its own, and time.
sanitized=no
if grep -q '__asan_init' "$applepath" 2> /dev/null; then
    sanitized=yes
fi

if [ "$speed" = yes ]; then
    "$builddir/tests/limits/generate" --packets "$frames" --seed 1 --shape short \
        > "$scratch/clean.pcap"
    clean_size=$(wc -c < "$scratch/clean.pcap")
fi

for kind in $kinds; do
    "$flood" "$kind" "$frames" > "$scratch/flood"
    size=$(wc -c < "$scratch/flood")
    measured "$kind in memory" "$memory_limit" "$applepath" read "$scratch/flood"
    quickest "$applepath" read "$scratch/flood"
    [ "$speed" = no ] || faster "$kind"
    measured "$kind in a quarter of it" $((small_limit + allowance)) \
        "$applepath" read --max-memory 128M "$scratch/flood"
    measured "$kind in a file" "$memory_limit" \
        "$applepath" read -d "$scratch/flood.db" "$scratch/flood"
    [ "$speed" = no ] || told "$kind"
    rm -f "$scratch"/flood.db*
    kinds_of "$scratch/flood" > "$scratch/findings"
    if grep -v "^$(true_of "$kind")" < "$scratch/findings" > "$scratch/false"; then
        fail "$kind findings"
        cat "$scratch/findings"
    else
        pass "$kind findings"
    fi
    # The same, packed: some of them by more than a thousand.
    case $kind in
    zeros | repeated)
        for packer in gzip zstd; do
            if command -v $packer > "$scratch/which"; then
                $packer -c < "$scratch/flood" > "$scratch/packed"
                echo "$kind: $size bytes, $(wc -c < "$scratch/packed") as $packer packs them"
                measured "$kind packed by $packer" "$memory_limit" \
                    "$applepath" read "$scratch/packed"
                [ "$speed" = no ] || holds "$kind packed by $packer, speed" \
                    "$seconds <= $speed_limit * $clean * ($size > $clean_size ? $size / $clean_size : 1)"
            fi
        done
        ;;
    esac
    rm -f "$scratch/flood" "$scratch/packed"
done
rm -f "$scratch/clean.pcap"

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
for kind in syn hellos resets channels requests; do
    for name in 5223-dropped-443-works activation-healthy dns-blocked-dropped; do
        beside "$name" "$kind"
    done
done
[ "$failed" = no ]
