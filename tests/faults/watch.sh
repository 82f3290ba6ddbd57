#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What may happen to `watch` beside being killed: the disk of its database or of its packets
# is full, the only interface is gone, the clock is set back, a second one wants the same
# database, an older state is read while it writes.  In network and mount namespaces of this
# test's own; prints PASS:, FAIL: or SKIP: lines.
set -u

srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd)
builddir=$(cd "${builddir:-.}" && pwd)
export srcdir builddir
applepath=$builddir/applepath
golden=$srcdir/tests/golden
LC_ALL=C
export LC_ALL
space=applepath-faults-$$

if [ "${1:-}" != inside ]; then
    if [ "$(id -u)" -ne 0 ] || ! command -v ip > /dev/null 2>&1 || ! unshare -m true 2> /dev/null ||
        ! ip netns add "$space" 2> /dev/null; then
        echo "SKIP: faults/watch (needs root, mount and network namespaces)"
        exit 0
    fi
    ip netns delete "$space"
    exec unshare -m "$0" inside
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/faulty.XXXXXX")
watching=
tidy() {
    [ -z "$watching" ] || kill -9 "$watching" 2> /dev/null
    ip netns delete "$space" 2> /dev/null
    umount "$scratch/work/disk" 2> /dev/null
    rm -rf "$scratch"
}
trap tidy EXIT
trap 'exit 1' HUP INT TERM
chmod 711 "$scratch"
mkdir -p "$scratch/work/disk"
chmod 777 "$scratch/work"
cd "$scratch/work" || exit 1
failed=no

wrong() {
    echo "FAIL: faults/watch $what: $*"
    failed=yes
}

begin() {
    what=$1
    before=$failed
    failed=no
}

end() {
    [ $failed = yes ] || echo "PASS: faults/watch $what"
    [ $before = no ] || failed=yes
}

inside() {
    ip netns exec "$space" "$@"
}

make_pair() {
    ip -n "$space" link add a1 type veth peer name b1 && ip -n "$space" link set a1 up &&
        ip -n "$space" link set b1 up
}

# watch PROGRAM ARGUMENT...: in the background; until it listens.
watch() {
    program=$1
    shift
    (exec ip netns exec "$space" "$program" watch -i b1 --interval 1s "$@" > news 2> messages \
        < /dev/null) &
    watching=$!
    tries=150
    until [ "$(inside cat /proc/net/packet 2> /dev/null | grep -c -v '^sk')" -gt 0 ]; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { wrong "does not listen: $(cat messages)"; return 1; }
        sleep 0.2
    done
}

# ended WITH: a second ago it was told to, or found that it must.
ended() {
    wait "$watching"
    status=$?
    watching=
    # A build with sanitizers says that it has no sandbox.
    sed -i '/^applepath: packets are read without a sandbox, which is: none/d' messages
    [ "$status" -eq "$1" ] || wrong "exit status $status: $(cat messages)"
}

# said PATTERN: until it has said so.
said() {
    tries=200
    until grep -q -- "$1" messages; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { wrong "does not say '$1': $(cat messages)"; return 1; }
        sleep 0.2
    done
}

send() {
    inside "$builddir/tests/support/send_frames" a1 "$golden/$1" "$2" || wrong "cannot send"
}

packets_of() {
    "$applepath" report -d "$1" --format json | sed -n 's/^ *"packets": \([0-9]*\),*$/\1/p' | head -n 1
}

# stored DATABASE COUNT: until so many packets are there.
stored() {
    tries=100
    until [ "$(packets_of "$1" 2> /dev/null || echo 0)" -ge "$2" ] 2> /dev/null; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { wrong "only $(packets_of "$1") packets, not $2"; return 1; }
        sleep 0.2
    done
}

ip netns add "$space" && make_pair || { echo "SKIP: faults/watch (no veth)"; exit 0; }

begin "the only interface is gone"
watch "$applepath" -d gone.db -o gone.txt
stored gone.db 0
send courier-squashed.pcap 50
stored gone.db 92
ip -n "$space" link delete a1
ended 2
[ "$(grep -c '' messages)" -eq 1 ] && grep -q 'b1: is gone.*; start it again' messages ||
    wrong "$(cat messages)"
grep -q '^b1, ' gone.txt || wrong "no report of what was seen"
"$applepath" report -d gone.db > report.txt || wrong "no report"
! grep -q 'not read to its end' report.txt || wrong "counts as broken"
make_pair || wrong "no veth"
end

begin "the disk of the kept packets is full"
mount -t tmpfs -o size=1m,mode=777 none disk || wrong "no tmpfs"
"$builddir/tests/faults/repeat" "$golden/courier-squashed.pcap" 100 > long.pcap
watch "$applepath" -d kept.db -w disk/ring --ring-size 64M -o kept.txt
stored kept.db 0
inside "$builddir/tests/support/send_frames" a1 long.pcap 20000 || wrong "cannot send"
said 'no more packets are kept: .*No space'
stored kept.db 9000
kill -TERM "$watching"
ended 0
[ "$(grep -c '' messages)" -eq 1 ] || wrong "$(cat messages)"
grep -q '^b1, ' kept.txt || wrong "no report of what was seen"
for file in disk/ring/*.pcapng; do
    "$applepath" read "$file" > report.txt 2> report.err || wrong "$file: $(cat report.err)"
done
umount disk
end

begin "the disk of the database is full"
mount -t tmpfs -o size=640k,mode=777 none disk || wrong "no tmpfs"
watch "$applepath" -d disk/full.db
inside "$builddir/tests/support/send_frames" a1 long.pcap 10000 || wrong "cannot send"
ended 2
[ "$(grep -c '' messages)" -eq 1 ] && grep -q 'full.db: the disk is full; free some space' messages ||
    wrong "$(cat messages)"
cp disk/full.db* . && umount disk
"$applepath" report -d full.db > report.txt 2> report.err || wrong "cannot be read: $(cat report.err)"
"$applepath" read -d full.db "$golden/courier-healthy.pcap" > report.txt 2> report.err ||
    wrong "cannot be written any more: $(cat report.err)"
end

begin "a second one for the same database, and a report meanwhile"
watch "$applepath" -d shared.db
stored shared.db 0
send courier-squashed.pcap 50
stored shared.db 92
inside "$applepath" watch -i b1 -d shared.db --duration 5s > second 2> second.err < /dev/null
[ $? -eq 2 ] && grep -q 'shared.db is in use by another applepath; wait' second.err ||
    wrong "the second: $(cat second.err)"
"$applepath" read -d shared.db "$golden/courier-healthy.pcap" > second 2> second.err
[ $? -eq 2 ] && grep -q 'shared.db is in use by another applepath; wait' second.err ||
    wrong "the second: $(cat second.err)"
send courier-healthy.pcap 50
stored shared.db 200
kill -TERM "$watching"
ended 0
[ "$(packets_of shared.db)" -ge 200 ] || wrong "$(packets_of shared.db) packets"
end

if [ -x "$builddir/tests/faults/stepping" ]; then
    for by in -3600 -90000 3600; do
        begin "the clock is set by $by seconds"
        rm -rf ring clock.db clock.txt
        STEP_AFTER=6
        STEP_BY=$by
        export STEP_AFTER STEP_BY
        watch "$builddir/tests/faults/stepping" -d clock.db -w ring --keep-days 7 -o clock.txt
        stored clock.db 0
        send courier-squashed.pcap 50
        stored clock.db 92
        sleep 6
        send courier-healthy.pcap 50
        stored clock.db 200
        kill -TERM "$watching"
        ended 0
        [ ! -s messages ] || wrong "$(cat messages)"
        grep -q '^b1, ' clock.txt || wrong "no report of what was seen"
        "$applepath" report -d clock.db > report.txt || wrong "no report"
        if [ "$by" -lt 0 ]; then
            tr '\n' ' ' < report.txt | tr -s ' ' | grep -q 'clock of the capturing machine went backwards' ||
                wrong "does not say that the clock went backwards"
        fi
        "$applepath" read ring/*.pcapng --format json -o ring.json 2> report.err ||
            wrong "the packets kept: $(cat report.err)"
        [ "$(packets_of clock.db)" -ge 200 ] || wrong "$(packets_of clock.db) packets"
        end
    done
else
    echo "SKIP: faults/watch the clock is set (the linker leads no calls elsewhere)"
fi
[ $failed = no ]
