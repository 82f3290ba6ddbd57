# SPDX-License-Identifier: Apache-2.0
# The export: are its records what their formats promise, and are all facts in them?
# Sourced by run.sh.

exported_captures="$squashed $srcdir/tests/golden/lab/intercepted-mitmproxy-explicit.pcap \
$srcdir/tests/golden/lab/intercepted-sslsplit-fortinet.pcap \
$srcdir/tests/golden/lab/port-prohibited-icmpv6.pcap"
exported=
for capture in $exported_captures; do
    [ ! -e "$capture" ] || exported="$exported $capture"
done

# columns FILE: is every line of a Zeek log as wide as its header, and typed likewise?
columns() {
    awk -F '\t' -v file="$1" '
        /^#fields/ { wide = NF - 1 }
        /^#types/ && NF - 1 != wide { print file ": " NF - 1 " types for " wide " fields" }
        !/^#/ && NF != wide { print file ":" FNR ": " NF " columns, not " wide }' "$1"
}

# rows FILE: how many records a Zeek log has.
rows() {
    grep -vc '^#' "$1"
}

begin "export as NDJSON: every line is an object, and every fact is in one"
# shellcheck disable=SC2086 # names without spaces
"$applepath" read -d site.db --all-flows -o report.txt $exported
run export -d site.db
ended_with 0
said_nothing
cp "$out" events.ndjson
if command -v python3 > /dev/null && command -v sqlite3 > /dev/null; then
    python3 - events.ndjson > counts 2>> "$failures" << 'PYTHON'
import collections, json, sys
kinds = collections.Counter()
for line in open(sys.argv[1], 'rb'):
    event = json.loads(line.decode('utf-8'))
    kind = event['event_type']
    kinds[kind + '-' + event['dns']['type'] if kind == 'dns' else kind] += 1
    assert event['timestamp'].endswith('+0000')
    if kind in ('flow', 'tls', 'dns', 'http', 'ntp'):
        assert event['community_id'].startswith('1:') and event['flow_id'] < 1 << 53, line
for kind in ('flow', 'tls', 'dns-answer', 'http', 'ntp', 'alert'):
    print(kind, kinds[kind])
PYTHON
    sqlite3 site.db "SELECT 'flow ' || count(*) FROM flow; SELECT 'tls ' || count(*) FROM tls;
        SELECT 'dns-answer ' || count(*) FROM dns WHERE answered;
        SELECT 'http ' || count(*) FROM http; SELECT 'ntp ' || count(*) FROM ntp" > wanted
    echo "alert $(grep -c '^F[0-9]' report.txt)" >> wanted
    cmp -s wanted counts || wrong "$(diff wanted counts)"
fi
end

begin "export as Zeek's logs: their headers fit, and every fact is in one"
# shellcheck disable=SC2086
"$applepath" read -d site.db --all-flows -o report.txt $exported
run export -d site.db --format zeek -o logs
ended_with 0
said_nothing
for log in conn dns ssl x509 http ntp; do
    columns "logs/$log.log" >> "$failures"
    head -n 1 "logs/$log.log" | grep -q '^#separator \\x09$' || wrong "$log.log: no header"
    tail -n 1 "logs/$log.log" | grep -q '^#close' || wrong "$log.log: no end"
done
if command -v sqlite3 > /dev/null; then
    for pair in conn:flow dns:dns ssl:tls x509:certificate http:http; do
        is=$(rows "logs/${pair%:*}.log")
        was=$(sqlite3 site.db "SELECT count(*) FROM ${pair#*:}")
        [ "$is" -eq "$was" ] || wrong "${pair%:*}.log has $is records of $was"
    done
fi
# Flows are joined with their DNS and TLS by uid.
awk -F '\t' '!/^#/ { print $2 }' logs/conn.log | sort > uids
[ "$(uniq -d uids)" = '' ] || wrong "a uid twice: $(uniq -d uids)"
for log in dns ssl http; do
    awk -F '\t' '!/^#/ { print $2 }' "logs/$log.log" | sort -u | comm -23 - uids > strange
    [ ! -s strange ] || wrong "$log.log has flows that conn.log has not: $(cat strange)"
done
run export -d site.db --format zeek-json -o json
ended_with 0
for log in conn dns ssl x509 http ntp; do
    [ "$(rows "logs/$log.log")" -eq "$(grep -c '' "json/$log.log")" ] ||
        wrong "$log.log: not as many records in JSON"
    ! command -v python3 > /dev/null ||
        python3 -c 'import json, sys
for line in open(sys.argv[1]): json.loads(line)' "json/$log.log" 2>> "$failures" ||
        wrong "$log.log is no JSON"
done
end

begin "export the states of connections"
# shellcheck disable=SC2086
"$applepath" read -d site.db --all-flows -o report.txt "$squashed"
run export -d site.db --format csv
ended_with 0
grep -q '^first,last,device,' "$out" || wrong "no header"
grep -q ',17.57.145.36,5223,tcp,.*,S0,S,' "$out" || wrong "a silent port is no S0: $(cat "$out")"
grep -q ',17.171.47.86,443,tcp,.*,SF,ShADadfF,' "$out" || wrong "a whole connection is no SF"
[ "$(grep -c '' "$out")" -eq 17 ] || wrong "not 16 flows"
end

if command -v tshark > /dev/null; then
    begin "export Community IDs as tshark makes them"
    for capture in $exported; do
        for seed in 0 7; do
            rm -f one.db
            "$applepath" read -d one.db --all-flows -o report.txt "$capture"
            run export -d one.db --format csv --community-id-seed "$seed"
            ended_with 0
            tail -n +2 "$out" | tr -d '\r' | awk -F , '{ print $NF }' | sort -u > ours
            # An ICMP error has the ID of ICMP there, and none of ours.
            tshark -r "$capture" --enable-protocol communityid -o "communityid.seed:$seed" \
                -Y '(tcp || udp) && !icmp && !icmpv6' -T fields -e communityid 2> /dev/null |
                sort -u > theirs
            [ -s ours ] || wrong "$capture: no IDs"
            comm -23 ours theirs > strange
            [ ! -s strange ] || wrong "$capture: tshark knows no $(head -n 3 strange)"
        done
    done
    end
else
    skip "export Community IDs as tshark makes them" "no tshark"
fi

begin "export limits itself to a device and a time"
"$applepath" read -d site.db -o report.txt "$squashed"
run export -d site.db --format csv --device 10.99.0.1
ended_with 0
[ "$(grep -c '' "$out")" -eq 1 ] || wrong "flows of a device that is not there"
run export -d site.db --format csv --since 2030-01-01
[ "$(grep -c '' "$out")" -eq 1 ] || wrong "flows of another time"
end

begin "export refuses what it cannot do"
"$applepath" read -d site.db -o report.txt "$squashed"
run export
ended_with 2
said_once 'export needs a database'
run export -d site.db --format eve
ended_with 2
said_once "no format 'eve'; choose one of: ndjson, zeek, zeek-json, csv"
run export -d site.db --format zeek
ended_with 2
said_once 'name a folder'
run export -d site.db --format zeek -o report.txt
ended_with 2
said_once 'not a folder'
run export -d site.db --community-id-seed 65536
ended_with 2
said_once '0 to 65535'
run export -d site.db -o site.db
ended_with 2
said_once 'is the database'
run export -d none.db
ended_with 2
left site.db report.txt
end
