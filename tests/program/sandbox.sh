# SPDX-License-Identifier: Apache-2.0
# The sandbox changes nothing that is reported, and what is kept is its owner's alone.
# Sourced by run.sh.

begin "sandbox is told by --version"
run --version
ended_with 0
printed '^sandbox: [a-z]'
end

begin "sandbox changes no report"
for capture in "$srcdir"/tests/golden/*.pcap; do
    "$applepath" read --format json "$capture" > with 2> "$err"
    with=$?
    "$applepath" read --no-sandbox --format json "$capture" > without 2>> "$err"
    without=$?
    [ $with -eq $without ] || wrong "$capture: exit status $with, without the sandbox $without"
    sed '/"generated"/d' with > with.kept
    sed '/"generated"/d' without > without.kept
    cmp -s with.kept without.kept || wrong "$capture: reports differ"
done
said_nothing
rm -f with without with.kept without.kept
end

begin "sandbox leaves one database, its owner's alone"
mkdir kept
run read -d kept/site.db -o kept/site.txt "$squashed"
ended_with 0
run report -d kept/site.db
ended_with 0
printed '^BLOCKED'
[ "$(cd kept && echo *)" = "site.db site.txt" ] || wrong "there is $(cd kept && echo *)"
[ -z "$(find kept -type f ! -perm 600)" ] || wrong "$(ls -l kept)"
rm -r kept
end

# More than SQLite sorts in the memory of its page cache: the rest would go into files that the
# sandbox does not let it make.
begin "sandbox lets the indexes of many connections be made"
"$builddir/tests/limits/flood" server-names 150000 > many.pcap
run read -d many.db -o many.txt many.pcap
ended_with 0
rm -f many.*
end

if getent hosts localhost > /dev/null 2>&1; then
    begin "sandbox lets a filter look up what it names"
    run read -f 'host localhost or port 53 or tcp' "$squashed"
    ended_with 0
    printed '^BLOCKED'
    end
else
    skip "sandbox lets a filter look up what it names" "localhost has no address here"
fi

begin "sandbox the system's roots stay in reach: the findings are the same"
for capture in intercepted-sslsplit-fortinet intercepted-mitmproxy-courier; do
    run read --format json -o held.json "$srcdir/tests/golden/lab/$capture.pcap"
    ended_with 0
    run read --no-sandbox --format json -o free.json "$srcdir/tests/golden/lab/$capture.pcap"
    ended_with 0
    "$support/check_json" same held.json free.json 2>> "$failures" || wrong "$capture: they differ"
done
end

# Without an option; --no-sandbox is what takes it off. In a container that has a filter of
# its own it cannot be told.
if grep -q '^Seccomp:[^0-9]*0$' /proc/self/status 2> /dev/null && "$applepath" --version | grep -q '^sandbox: .*seccomp'; then
    begin "sandbox is on while a capture is read, unless it is refused"
    for option in '' --no-sandbox; do
        mkfifo packets
        # shellcheck disable=SC2086 # no word, or one
        "$applepath" read $option - < packets > "$out" 2> "$err" &
        reader=$!
        exec 9> packets
        cat "$squashed" >&9
        filter=0
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            filter=$(sed -n 's/^Seccomp:[^0-9]*//p' /proc/$reader/status)
            [ "$filter" = 2 ] && break
            [ -n "$option" ] && [ "$_" -gt 5 ] && break
            sleep 0.2
        done
        exec 9>&-
        wait "$reader" || wrong "read $option -: $(cat "$err")"
        [ "$filter" = "$([ -n "$option" ] && echo 0 || echo 2)" ] || wrong "read $option: Seccomp: $filter"
        rm packets
    done
    end
fi
