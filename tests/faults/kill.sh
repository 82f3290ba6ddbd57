#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Is anything lost when the program is killed (kill -9) at any moment?  The database opens,
# is whole, has all that was seen committed, can be reported on; and reading the capture
# again gives the very facts of a run that nobody disturbed.
#   APPLEPATH_KILLS=200 tests/faults/kill.sh     (make faults); without, a short form.
# A third of the kills are of `watch`, in a network namespace of this test's own, where
# that can be made.  Prints PASS:, FAIL: or SKIP: lines.
set -u

srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
builddir=$(cd "${builddir:-.}" && pwd)
applepath=$builddir/applepath
kills=${APPLEPATH_KILLS:-15}
LC_ALL=C
export LC_ALL

if ! command -v sqlite3 > /dev/null 2>&1; then
    echo "SKIP: faults/kill (no sqlite3)"
    exit 0
fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/kill.XXXXXX")
space=applepath-kill-$$
target=
tidy() {
    [ -z "$target" ] || kill -9 "$target" 2> /dev/null
    ip netns delete "$space" 2> /dev/null
    rm -rf "$scratch"
}
trap tidy EXIT
trap 'exit 1' HUP INT TERM
chmod 711 "$scratch"
mkdir "$scratch/work"
chmod 1777 "$scratch/work"
cd "$scratch/work" || exit 1
failed=no

wrong() {
    echo "FAIL: faults/kill: $*"
    failed=yes
}

# A number below $1.
random() {
    echo $(($(od -An -N4 -tu4 /dev/urandom) % $1))
}

# milliseconds COMMAND...
wait_milliseconds() {
    sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
}

ask() {
    sqlite3 -readonly -cmd '.timeout 4000' "$1" "$2" 2> /dev/null
}

# What a batch brings together: flows and events.
committed() {
    [ -s "$1" ] && ask "$1" 'SELECT (SELECT count(*) FROM flow) + (SELECT count(*) FROM event)'
}

# The same of runs that came to their end: what a stopped one left goes when it is read anew.
finished() {
    [ -s "$1" ] && ask "$1" 'SELECT count(*) FROM flow JOIN run ON run.id = flow.run WHERE finished'
}

# All facts as text, without when the runs began.
facts() {
    sqlite3 "$1" .dump | grep '^INSERT' |
        sed "s/^\(INSERT INTO run VALUES([0-9]*,'[^']*'\),[0-9]*,/\1,/" | sort
}

# kill_at DATABASE MILLISECONDS ROWS: kills $target then, and looks at what it leaves.
kill_at() {
    wait_milliseconds "$2"
    before=$("$3" "$1")
    kill -9 "$target" 2> /dev/null
    wait "$target" 2> /dev/null
    target=
    [ -e "$1" ] || return 0
    if [ -s "$1" ] && ! ask "$1" 'SELECT 1 FROM run' > /dev/null; then
        said=$(sqlite3 -readonly "$1" 'SELECT 1 FROM run' 2>&1 | head -n 1)
        # Killed while the tables were made: nothing is there, and nothing in the way.
        [ -z "$before" ] || wrong "tables that were there are gone: $said"
        return 0
    fi
    [ ! -s "$1" ] || [ "$(ask "$1" 'PRAGMA integrity_check')" = ok ] ||
        wrong "$1: $(ask "$1" 'PRAGMA integrity_check' | head -n 3)"
    after=$("$3" "$1")
    [ "${after:-0}" -ge "${before:-0}" ] || wrong "$before rows were committed, $after are there"
    if [ -n "$after" ]; then
        "$applepath" report -d "$1" > report.txt 2> report.err ||
            wrong "no report after a kill: $(cat report.err)"
    fi
}

"$builddir/tests/faults/repeat" "$srcdir/tests/golden/courier-squashed.pcap" \
    "${APPLEPATH_COPIES:-1500}" > long.pcap || { wrong "no long capture"; exit 1; }

# The undisturbed run, and how long it takes.
"$applepath" read -d clean.db "$srcdir/tests/golden/courier-healthy.pcap" > /dev/null
cp clean.db first.db
begun=$(date +%s%N)
"$applepath" read -d clean.db long.pcap > report.txt || wrong "the undisturbed run failed"
span=$((($(date +%s%N) - begun) / 1000000))
facts clean.db > clean.facts

# Several kills of one reading, then one that is left alone.
done_kills=0
caught=0
of_read=$((kills * 2 / 3))
while [ $done_kills -lt "$of_read" ] && [ $failed = no ]; do
    rm -f ./read.db*
    # Into a new database, or one that has facts of others.
    [ $((done_kills % 2)) -eq 0 ] && cp first.db read.db
    shared=$((1 - done_kills % 2))
    rows=committed
    for _ in 1 2 3 4 5; do
        "$applepath" read -d read.db long.pcap > /dev/null 2>&1 &
        target=$!
        kill_at read.db "$(random "$span")" $rows
        rows=finished
        done_kills=$((done_kills + 1))
        [ -z "${after:-}" ] || caught=$((caught + 1))
    done
    [ $shared -eq 1 ] || "$applepath" read -d read.db "$srcdir/tests/golden/courier-healthy.pcap" \
        > /dev/null 2>&1
    "$applepath" read -d read.db long.pcap > report.txt 2> report.err ||
        wrong "cannot be read again: $(cat report.err)"
    if [ $shared -eq 1 ]; then
        facts read.db > read.facts
        cmp -s clean.facts read.facts ||
            wrong "other facts than undisturbed: $(diff clean.facts read.facts | head -n 5)"
    else
        # Numbers follow the order of the runs; how much there is does not.
        [ "$(committed read.db)" = "$(committed clean.db)" ] ||
            wrong "$(committed read.db) rows, $(committed clean.db) undisturbed"
    fi
    [ "$(ask read.db 'SELECT count(*) FROM run WHERE NOT finished')" = 0 ] ||
        wrong "a stopped run stays"
done
[ $failed = yes ] || echo "PASS: faults/kill read: $done_kills kills, $caught with tables there"

# wait_for_run DATABASE: until a run stands in it, for at most half a minute.
wait_for_run() {
    for _ in $(seq 300); do
        [ ! -s "$1" ] || [ "$(ask "$1" 'SELECT count(*) > 0 FROM run')" != 1 ] || return 0
        wait_milliseconds 100
    done
    wrong "watch has begun no run in half a minute"
}

live_ready() {
    [ "$(id -u)" -eq 0 ] && command -v ip > /dev/null 2>&1 && ip netns add "$space" 2> /dev/null &&
        ip -n "$space" link add a1 type veth peer name b1 2> /dev/null &&
        ip -n "$space" link set a1 up && ip -n "$space" link set b1 up
}

if ! live_ready; then
    echo "SKIP: faults/kill watch (needs root and network namespaces)"
else
    done_kills=0
    while [ $done_kills -lt $((kills - of_read)) ] && [ $failed = no ]; do
        ip netns exec "$space" "$applepath" watch -i b1 -d watch.db --interval 1s \
            > /dev/null 2>&1 &
        target=$!
        ip netns exec "$space" "$builddir/tests/support/send_frames" a1 \
            "$srcdir/tests/golden/courier-squashed.pcap" 40 > /dev/null 2>&1 &
        sender=$!
        # The first one leaves something; the others are killed at any moment.
        [ $done_kills -gt 0 ] || wait_for_run watch.db
        kill_at watch.db "$(random 4000)" committed
        wait "$sender"
        done_kills=$((done_kills + 1))
    done
    # Watched packets cannot be read again: what stopped runs left stays.
    unfinished=$(ask watch.db 'SELECT count(*) FROM run WHERE NOT finished')
    [ $failed = yes ] || [ "${unfinished:-0}" -gt 0 ] ||
        wrong "what was watched is gone"
    [ $failed = yes ] || echo "PASS: faults/kill watch: $done_kills kills, $(committed watch.db) rows"
fi
[ $failed = no ]
