# SPDX-License-Identifier: Apache-2.0
# Does --anonymize leave nothing of a site in what is written, and everything else as it was?
# Sourced by run.sh.

# The same key each time: by chance one device's pseudonym may be another's address.
printf '%064d\n' 7 > "$scratch/fixed.key"
chmod 600 "$scratch/fixed.key"

# tell_tales: what of the plain report and export is the site's, one a line: addresses that
# are private, MACs and names of devices, and the hosts that are not Apple's.
tell_tales() {
    cat plain.json plain.ndjson | tr -c 'A-Za-z0-9.:_-' '\n' | sort -u > words
    grep -E -x '(10|192\.168|172\.(1[6-9]|2[0-9]|3[01])|169\.254|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))(\.[0-9]+)+' words |
        grep -E -x '[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+' | grep -E -v -x '10\.0\.0\.0|192\.168\.0\.0|172\.16\.0\.0' || :
    grep -E -i -x '(fe80|f[cd][0-9a-f]{2}):[0-9a-f:]+' words || :
    grep -E -i -x '([0-9a-f]{2}:){5}[0-9a-f]{2}' words | grep -v -i -E '^(01:00:5e|33:33|ff:ff|00:00:00:00)' || :
    sed -n '/^  "devices": \[/,$s/^.*"name": "\([^"]*\)".*$/\1/p' plain.json |
        grep -v -i -x -E 'ipad|iphone|mac|android|localhost|.{0,3}' || :
}

# search FILE...: the lines of `tales` that stand in one of the files.
search() {
    grep -a -i -w -F -f tales "$@" > found && wrong "$capture: $(head -n 3 found)"
    :
}

# bytes_of ADDRESS: an IPv4 address or a MAC as od shows it.
bytes_of() {
    case $1 in
    *:*:*:*:*:*) printf ' %s' "$1" | tr ':A-F' ' a-f' ;;
    *.*.*.*) printf '%s' "$1" | tr '.' '\n' | while read -r octet || [ -n "$octet" ]; do printf ' %02x' "$octet"; done ;;
    esac
    echo
}

# Every eighth of the lab's, and all where $ANONYMIZE_ALL is set: that takes minutes.
every=8
[ -z "${ANONYMIZE_ALL:-}" ] || every=1
of=$(one_of_how_many 5)
goldens=$(find "$srcdir/tests/golden" -name '*.pcap' | LC_ALL=C sort |
    awk -v every="$every" '!/lab\// || NR % every == 0 || /intercepted|portal|dhcp-without|ipv6-resolver/' |
    awk -v of="$of" 'NR % of == 0')

begin "anonymize no address, MAC or name of a site is in any format of any capture's report"
count=0
for capture in $goldens; do
    rm -rf all.db* logs shown.*
    "$applepath" read -d all.db --all-flows --format json -o plain.json "$capture" 2> /dev/null || continue
    "$applepath" export -d all.db -o plain.ndjson
    tell_tales | sort -u > tales
    [ -s tales ] || continue
    count=$((count + 1))
    for format in text md csv html json; do
        run report -d all.db --anonymize-key "$scratch/fixed.key" --format "$format" -o "shown.$format"
        ended_with 0
    done
    for format in ndjson csv; do
        run export -d all.db --anonymize-key "$scratch/fixed.key" --format "$format" -o "shown.export-$format"
        ended_with 0
    done
    run export -d all.db --anonymize-key "$scratch/fixed.key" --format zeek -o logs
    ended_with 0
    search shown.* logs/*
    grep -l -F "$(basename "$capture")" shown.* logs/* > found && wrong "$capture is named in $(cat found)"
    # What was found, where and how often, is the same.
    grep -E '"(kind|severity|confidence|count|verdict|status|attempts|first_seen)":' plain.json > was
    grep -E '"(kind|severity|confidence|count|verdict|status|attempts|first_seen)":' shown.json > is
    cmp -s was is || wrong "$capture: another diagnosis: $(diff was is | head -n 3)"
done
[ "$count" -gt $((12 / of)) ] || wrong "only $count captures were searched"
end

begin "anonymize no address, MAC or name of a site is in the packets of evidence"
count=0
for capture in $goldens; do
    rm -rf all.db* packets.pcapng
    "$applepath" read -d all.db --format json -o plain.json "$capture" 2> /dev/null || continue
    "$applepath" export -d all.db -o plain.ndjson
    tell_tales | sort -u > tales
    [ -s tales ] || continue
    while read -r tale; do bytes_of "$tale"; done < tales | grep . | sort -u > byte_tales
    for finding in $(sed -n 's/^ *"id": "\(F[0-9]*\)".*/\1/p' plain.json); do
        "$applepath" evidence -d all.db "$finding" --flows --anonymize-key "$scratch/fixed.key" -w packets.pcapng \
            > told 2>&1 || continue
        count=$((count + 1))
        search packets.pcapng
        od -An -v -tx1 packets.pcapng | tr -d '\n' > hexadecimal
        grep -o -F -f byte_tales hexadecimal > found && wrong "$capture $finding: $(sort found | uniq -c | head -n 3)"
    done
done
[ "$count" -gt $((12 / of)) ] || wrong "only the evidence of $count findings was searched"
end
