#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does `applepath watch` stay as it is when it runs for long?  Made traffic that changes
# all the time goes over a veth pair, in a network namespace of this test's own, into a
# watch with a cap on its database and on the packets it keeps; a second process makes a
# report every minute; signals come, and the interface goes down once.
#   SOAK_SECONDS=3600 tests/soak/run.sh          (make soak SOAK_SECONDS=3600)
# Samples every few seconds; at the end a table and a verdict, PASS: or FAIL: lines.
# Environment: SOAK_RATE (frames a second), SOAK_NETWORKS (devices' networks until the first
# comes again), SOAK_SIZE and SOAK_RING (MiB), SOAK_MEMORY (MiB: --max-memory), SOAK_KEEP (a folder for the
# samples), builddir.  Linux; needs root and network namespaces.
set -u

srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
builddir=$(cd "${builddir:-.}" && pwd)
applepath=$builddir/applepath
seconds=${SOAK_SECONDS:-}
[ -n "$seconds" ] || seconds=180
rate=${SOAK_RATE:-2500}
networks=${SOAK_NETWORKS:-500}
size=${SOAK_SIZE:-24}
ring=${SOAK_RING:-16}
memory=${SOAK_MEMORY:-128}
every=${SOAK_EVERY:-5}
LC_ALL=C
export LC_ALL

space=applepath-soak-$$
if [ "$(id -u)" -ne 0 ] || ! command -v ip > /dev/null 2>&1 || ! ip netns add "$space" 2> /dev/null; then
    echo "SKIP: soak (needs root and network namespaces)"
    exit 0
fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/soak.XXXXXX")
watching=
churning=
tidy() {
    [ -z "$churning" ] || kill "$churning" 2> /dev/null
    [ -z "$watching" ] || kill -9 "$watching" 2> /dev/null
    ip netns delete "$space" 2> /dev/null
    rm -rf "$scratch"
}
trap tidy EXIT
trap 'exit 1' HUP INT TERM
# For the user that root becomes.
chmod 711 "$scratch"
mkdir "$scratch/work"
chmod 777 "$scratch/work"
cd "$scratch/work" || exit 1
failed=no

wrong() {
    echo "FAIL: soak: $*"
    failed=yes
}

# Large enough for frames in tunnels.
{ ip -n "$space" link add a1 mtu 9000 type veth peer name b1 mtu 9000 &&
    ip -n "$space" link set a1 up && ip -n "$space" link set b1 up; } || { wrong "no veth"; exit 1; }

# exec: the processes that the signals of the test are for.
(exec ip netns exec "$space" "$applepath" watch -i b1 -d soak.db --interval 5s --window 15m \
    --max-memory "${memory}M" --max-size "${size}M" -w ring --ring-size "${ring}M" -o end.txt > news 2> messages < /dev/null) &
watching=$!
sleep 2
(exec ip netns exec "$space" "$builddir/tests/soak/churn" a1 "$seconds" "$rate" "$networks" \
    "$srcdir"/tests/golden/courier-*.pcap "$srcdir"/tests/golden/lab/*.pcap > sent 2> sent.err) &
churning=$!

bytes_of() {
    # What is there now: files come and go meanwhile.
    stat -c %s "$@" 2> /dev/null | awk '{ sum += $1 } END { print sum + 0 }'
}

# seconds, resident KiB, its peak, descriptors, threads, database, log, ring, files, dropped, packets
sample() {
    kill -USR1 "$watching" 2> /dev/null
    counters=$(grep ' dropped, ' messages | tail -n 1)
    dropped=$(echo "$counters" | sed -n 's/.* \([0-9]*\) dropped.*/\1/p')
    packets=$(echo "$counters" | sed -n 's/.*: \([0-9]*\) packets.*/\1/p')
    memory_now=$(awk '$1 == "VmRSS:" { now = $2 } $1 == "VmHWM:" { peak = $2 }
        END { print now + 0, peak + 0 }' "/proc/$watching/status" 2> /dev/null)
    threads=$(find "/proc/$watching/task" -mindepth 1 -maxdepth 1 2> /dev/null | grep -c '')
    descriptors=$(find "/proc/$watching/fd" -mindepth 1 -maxdepth 1 2> /dev/null | grep -c '')
    [ -n "$memory_now" ] || return 0
    echo "$elapsed $memory_now $descriptors $threads $(bytes_of soak.db) $(bytes_of soak.db-wal)" \
        "$(bytes_of ring/*)" "$(find ring -type f 2> /dev/null | grep -c '')" "${dropped:-0}" \
        "${packets:-0}" >> samples
}

reports=0
slowest=0
make_report() {
    case $((reports % 4)) in
    0) format=json ;;
    1) format=text ;;
    2) format=html ;;
    3) format=csv ;;
    esac
    report_began=$(date +%s%N)
    "$applepath" report -d soak.db --format $format > report 2> report.err ||
        wrong "no $format report after $elapsed s: $(head -n 1 report.err)"
    took=$((($(date +%s%N) - report_began) / 1000000))
    [ $took -le $slowest ] || slowest=$took
    [ -s report ] || wrong "an empty report"
    reports=$((reports + 1))
}

began=$(date +%s)
elapsed=0
next_report=30
flap=$((seconds / 3))
while kill -0 "$churning" 2> /dev/null; do
    sleep "$every"
    elapsed=$(($(date +%s) - began))
    kill -0 "$watching" 2> /dev/null || { wrong "it ended after $elapsed s: $(tail -n 3 messages)"; break; }
    sample
    if [ $elapsed -ge $next_report ]; then
        make_report
        next_report=$((elapsed + 60))
        [ $((reports % 5)) -ne 0 ] || kill -HUP "$watching"
    fi
    if [ $flap -gt 0 ] && [ $elapsed -ge $flap ]; then
        flap=0
        ip -n "$space" link set b1 down
        sleep 2
        ip -n "$space" link set b1 up
    fi
    [ $elapsed -le $((seconds + 120)) ] || { wrong "the traffic does not end"; break; }
done
wait "$churning" || wrong "the traffic: $(cat sent.err)"
churning=
if kill -TERM "$watching" 2> /dev/null; then
    wait "$watching" || wrong "it ended with $?: $(tail -n 3 messages)"
fi
watching=
[ -z "${SOAK_KEEP:-}" ] || { mkdir -p "$SOAK_KEEP" && cp samples messages news sent end.txt "$SOAK_KEEP"; }

# What was said beside the counters, the interface's and SIGHUP's lines.
grep -v -e ' dropped, ' -e ' b1: ' -e 'cannot be opened again' messages > errors
[ ! -s errors ] || wrong "messages: $(head -n 3 errors)"
! grep 'no diagnosis this time' news > errors || wrong "news: $(head -n 2 errors)"
grep -q 'b1: is back' messages || wrong "the interface did not come back"
[ ! -e soak.db-wal ] || wrong "the log stays"
"$applepath" report -d soak.db > report 2> report.err || wrong "no report at the end: $(cat report.err)"
if command -v sqlite3 > /dev/null 2>&1; then
    [ "$(sqlite3 soak.db 'PRAGMA integrity_check')" = ok ] || wrong "the database is not whole"
    churned=$(sqlite3 soak.db 'SELECT (SELECT coalesce(sum(flows), 0) FROM removed) || " flows and " ||
        (SELECT coalesce(sum(dns), 0) FROM removed) || " questions forgotten"' 2> /dev/null)
fi

echo "soak: $(cat sent); $reports reports, the slowest took $slowest ms; ${churned:-}"
echo "soak: $(grep -c ' found ' news) findings told, $(grep -c ' verdict ' news) verdicts"
# Beside the cap: the kernel's ring, the program, and a diagnosis (doc/limits.md).
most=$((memory + 64 + 32 + size))
awk -v size="$size" -v ring="$ring" -v memory="$most" -f "$srcdir/tests/soak/verdict.awk" samples ||
    failed=yes
[ $failed = no ]
