# SPDX-License-Identifier: Apache-2.0
# Watching an interface: what is found, what is kept whatever happens, and what is said.
# The frames of a capture go over a veth pair in a network namespace of this test's own.
# Sourced by run.sh.

space=applepath-test-$$
replay=$support/send_frames

end_space() {
    ip netns delete "$space" 2> /dev/null
}

live_ready() {
    [ "$(id -u)" -eq 0 ] || { why="needs root"; return 1; }
    command -v ip > /dev/null 2>&1 || { why="no ip(8)"; return 1; }
    [ -x "$replay" ] || { why="no send_frames"; return 1; }
    ip netns add "$space" 2> /dev/null || { why="no network namespaces"; return 1; }
    # Two pairs: aN is where frames are sent, bN where they are watched.
    for pair in 1 2; do
        ip -n "$space" link add "a$pair" type veth peer name "b$pair" 2> /dev/null &&
            ip -n "$space" link set "a$pair" up && ip -n "$space" link set "b$pair" up ||
            { why="no veth"; end_space; return 1; }
    done
}

inside() {
    ip netns exec "$space" "$@"
}

# watch NAME ARGUMENT...: in the background; its answers are NAME.out and NAME.err.
watch() {
    watch_name=$1
    shift
    # For the user that root becomes; not sticky, as databases of strangers are refused there.
    chmod 711 "$scratch"
    chmod 777 .
    # exec: the process that the signals of the test are for.
    (exec ip netns exec "$space" "$applepath" watch "$@" > "$watch_name.out" \
        2> "$watch_name.err" < /dev/null) &
    watch_process=$!
}

# listening COUNT: so many sockets capture in the namespace.
listening() {
    [ "$(inside cat /proc/net/packet | grep -c -v '^sk')" -ge "$1" ]
}

# until_true SECONDS COMMAND...
until_true() {
    tries=$(($1 * 5))
    shift
    while ! "$@" > /dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.2
    done
}

ended() {
    wait "$1"
    status=$?
}

# The causes in a report; the replay's clock is not the capture's, which the time
# servers in it show.
causes() {
    grep -E '^ *"(kind|host|port)": ' "$1" | paste - - - 2> /dev/null | grep '"kind"' |
        grep -v 'ntp-bad-time' | tr -d ' \t' | sort -u
}

packets_of() {
    sed -n 's/^ *"packets": \([0-9]*\),*$/\1/p' "$1" | head -n 1
}

stored() {
    "$applepath" report -d "$1" --format json -o stored.json && [ "$(packets_of stored.json)" -gt "$2" ]
}

refuses "live no interface named" 'needs an interface' watch -d new.db
refuses "live no database named" 'needs a database' watch -i lo
refuses "live an interface twice" 'named twice' watch -i lo -i lo -d new.db
refuses "live bad --interval" '15m' watch -i lo -d new.db --interval soon
refuses "live bad --threads" 'from 1 to' watch -i lo -d new.db --threads 0

if ! live_ready; then
    for name in "same findings as read" "kill -TERM" "kill -9" "down and up" "threads" "rights" "doctor"; do
        skip "live $name" "$why"
    done
else
    trap 'end_space; chmod -R u+w "$scratch" 2> /dev/null; rm -rf "$scratch"' EXIT

    begin "live no such interface"
    inside "$applepath" watch -i nowhere0 -d new.db > "$out" 2> "$err"
    status=$?
    ended_with 2
    said_once 'nowhere0: there is no such interface.*b1'
    left ''
    end

    begin "live finds what read finds, and says so while it goes on"
    "$applepath" read --format json -o read.json "$squashed"
    watch found -i b1 -d live.db --interval 1s --format json -o live.json
    until_true 30 stored live.db -1 || wrong "nothing is committed"
    inside "$replay" a1 "$squashed" 6 || wrong "the replay failed"
    until_true 60 grep -q ' found critical port-blocked' found.out || wrong "no finding is told"
    "$applepath" report -d live.db > reported.txt || wrong "no report while it is written"
    grep -q '^BLOCKED' reported.txt || wrong "report: $(head -n 2 reported.txt)"
    ! grep -q 'not read to its end' reported.txt || wrong "a run that goes on counts as broken"
    run read -d live.db "$healthy"
    ended_with 2
    said_once 'live.db is in use by another applepath; wait or name another file'
    inside "$applepath" watch -i b2 -d live.db > "$out" 2> "$err" < /dev/null
    status=$?
    ended_with 2
    said_once 'live.db is in use by another applepath'
    until_true 30 grep -q ' verdict blocked' found.out || wrong "no verdict is told"
    kill -INT "$watch_process"
    ended "$watch_process"
    ended_with 0
    said_nothing found.err
    [ "$(grep -c ' found critical port-blocked' found.out)" -eq 1 ] || wrong "told twice"
    is_report live.json
    causes read.json > read.causes
    causes live.json > live.causes
    [ -s read.causes ] && cmp -s read.causes live.causes ||
        wrong "read: $(cat read.causes) live: $(cat live.causes)"
    [ ! -e live.db-wal ] || wrong "the log stays"
    end

    begin "live kill -TERM in the middle keeps all"
    watch term -i b1 -d term.db --interval 600s -o term.txt
    until_true 30 listening 1
    inside "$replay" a1 "$squashed" 4 &
    sender=$!
    sleep 2
    kill -USR1 "$watch_process"
    until_true 20 grep -q 'packets, .* dropped' term.err || wrong "no counters: $(cat term.err)"
    kill -TERM "$watch_process"
    ended "$watch_process"
    ended_with 0
    wait "$sender"
    run report -d term.db --format json -o term.json
    ended_with 0
    is_report term.json
    [ "$(packets_of term.json)" -gt 10 ] || wrong "$(packets_of term.json) packets"
    grep -q '"dropped_packets": 0' term.json || wrong "drops are not told"
    grep -q '^b1, ' term.txt || wrong "no report at the end"
    end

    begin "live kill -9 in the middle leaves a database that can be read and written"
    watch kill -i b1 -d kill.db --interval 1s
    until_true 30 listening 1
    inside "$replay" a1 "$squashed" 4 &
    sender=$!
    until_true 30 stored kill.db 10 || wrong "nothing is committed"
    kill -9 "$watch_process"
    wait "$watch_process" 2> /dev/null
    wait "$sender"
    run report -d kill.db
    ended_with 0
    printed 'not read to its end'
    run read -d kill.db "$healthy"
    ended_with 0
    if command -v sqlite3 > /dev/null 2>&1; then
        [ "$(sqlite3 kill.db 'PRAGMA integrity_check')" = ok ] || wrong "integrity_check"
    fi
    end

    begin "live an interface that goes down and comes up again; several merge"
    watch down -i b1 -i b2 -d down.db --interval 1s --threads 2 --format json -o down.json
    until_true 30 listening 4
    until_true 30 stored down.db -1
    ip -n "$space" link set b1 down
    until_true 20 grep -q 'b1: is down' down.err || wrong "not told: $(cat down.err)"
    inside "$replay" a2 "$squashed" 20
    ip -n "$space" link set b1 up
    until_true 30 grep -q 'b1: is back' down.err || wrong "not told: $(cat down.err)"
    inside "$replay" a1 "$healthy" 20
    ip -n "$space" link delete a2
    until_true 30 grep -q 'b2: is gone' down.err || wrong "not told: $(cat down.err)"
    kill -HUP "$watch_process"
    until_true 20 grep -q 'opened again' down.err || wrong "SIGHUP: $(cat down.err)"
    kill -TERM "$watch_process"
    ended "$watch_process"
    ended_with 0
    is_report down.json
    grep -q '"name": "b2"' down.json || wrong "b2 is missing"
    [ "$(grep -c '"packets": [1-9]' down.json)" -ge 2 ] || wrong "packets of one interface only"
    end

    begin "live --count and --duration end it, a filter of Apple only lets through what it must"
    watch count -i b1 -d count.db --apple-only --count 20 -o count.txt
    watching=$watch_process
    until_true 30 listening 1
    inside "$replay" a1 "$squashed" 40
    ended "$watching"
    ended_with 0
    grep -q '20 packets' count.txt || wrong "$(head -n 3 count.txt)"
    inside "$applepath" watch -i b1 -d count.db --duration 1s -o count.txt > "$out" 2> "$err"
    status=$?
    ended_with 0
    end

    begin "live rights are given up, packets kept, and facts forgotten"
    watch kept -i b1 -d kept.db -w ring --interval 1s --keep-days 1
    watching=$watch_process
    until_true 10 stored kept.db -1 || wrong "nothing is committed"
    proc=/proc/$watching/status
    grep -q '^Uid:.0' "$proc" && wrong "it is still root"
    grep -q '^CapPrm:.0*$' "$proc" || wrong "it has capabilities: $(grep '^Cap' "$proc")"
    grep -q '^NoNewPrivs:.1' "$proc" || wrong "it may have new privileges"
    case $("$applepath" --version) in
    *seccomp*) grep -q '^Seccomp:.2' "$proc" || wrong "no filter of calls" ;;
    esac
    inside "$replay" a1 "$squashed" 10 || wrong "the replay failed"
    sleep 1
    kill -TERM "$watching"
    ended "$watching"
    ended_with 0
    said_nothing kept.err
    [ -z "$(find kept.db ring -type f ! -perm 600)" ] || wrong "$(ls -l . ring)"
    run read --format json -o ring.json ring/applepath-b1-*.pcapng
    ended_with 0
    "$applepath" report -d kept.db --format json -o kept.json
    causes kept.json > kept.causes
    causes ring.json > ring.causes
    [ -s kept.causes ] && cmp -s kept.causes ring.causes ||
        wrong "watched: $(cat kept.causes) out of its packets: $(cat ring.causes)"
    # The ring's packets bear the numbers by which facts name them.
    run evidence -d kept.db F2 -w kept.pcapng
    ended_with 0
    printed '^F2 port-blocked: 12 packets, 12 of them with a comment'
    run evidence -d kept.db F1 -w kept.pcapng --flows
    ended_with 0
    printed '^F1 cname-squashed: 4 packets, 2 of them with a comment'
    rm ring/*
    run evidence -d kept.db F1 -w kept.pcapng
    ended_with 2
    said_once 'holds no packets of b1 any more'
    end

    begin "live root's own folder"
    mkdir mine
    (exec ip netns exec "$space" "$applepath" watch -i b1 -d mine/site.db --duration 2s \
        -o mine/site.txt > mine.out 2> mine.err < /dev/null)
    status=$?
    ended_with 0
    said_nothing mine.err
    grep -q '^b1, ' mine/site.txt || wrong "no report"
    run report -d mine/site.db
    ended_with 0
    run read -d mine/site.db "$healthy"
    ended_with 0
    end

    begin "live doctor: a mirror port that works, one that nothing is mirrored to"
    (exec ip netns exec "$space" "$applepath" doctor -i b1 --duration 5s --format json \
        -o doctor.json --fail-on critical > "$out" 2> "$err" < /dev/null) &
    doctor=$!
    until_true 20 listening 1
    inside "$replay" a1 "$healthy" 8
    ended "$doctor"
    ended_with 0
    said_nothing
    for name in interface packets directions names apple drops; do
        [ "$(sed -n "/\"name\": \"$name\"/,/\"verdict\"/s/^ *\"verdict\": \"\(.*\)\",/\1/p" \
            doctor.json)" = good ] || wrong "$name: $(grep -A 6 "\"name\": \"$name\"" doctor.json)"
    done
    grep -q '"live": true' doctor.json || wrong "it is not live"
    inside "$applepath" doctor -i b1 --duration 1s --fail-on critical > "$out" 2> "$err"
    status=$?
    ended_with 1
    said_nothing
    printed '^UNFIT: '
    printed '^BAD  Traffic of other machines'
    # The kernel's own multicast may come in that second: then it is told apart.
    printed '^  do  *\(Nothing arrives\|What arrives is this\)'
    if command -v ethtool > /dev/null 2>&1 && inside ethtool -K b1 gro on 2> /dev/null; then
        inside "$applepath" doctor -i b1 --duration 1s > "$out" 2> "$err"
        printed '^LOOK  Packets as they were sent'
        printed 'ethtool -K b1 gro off'
        inside ethtool -K b1 gro off
    fi
    inside "$applepath" doctor -i nowhere0 > "$out" 2> "$err"
    status=$?
    ended_with 2
    said_once 'nowhere0: there is no such interface'
    end

    begin "live doctor: gives rights up, ends by a signal and then says what it saw"
    (exec ip netns exec "$space" "$applepath" doctor -i b1 --duration 60s > signal.out \
        2> signal.err < /dev/null) &
    doctor=$!
    until_true 20 listening 1
    until_true 20 grep -q '^NoNewPrivs:.1' /proc/$doctor/status || wrong "it may have new privileges"
    grep -q '^Uid:.0' /proc/$doctor/status && wrong "it is still root"
    grep -q '^CapPrm:.0*$' /proc/$doctor/status || wrong "it has capabilities"
    kill -INT "$doctor"
    ended "$doctor"
    ended_with 0
    grep -q '^UNFIT: ' signal.out || wrong "$(cat signal.out signal.err)"
    end

    end_space
    trap 'chmod -R u+w "$scratch" 2> /dev/null; rm -rf "$scratch"' EXIT
fi
