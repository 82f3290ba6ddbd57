# SPDX-License-Identifier: Apache-2.0
# Is a capture or a SPAN port fit to judge by?  Each defect, made of a healthy capture by
# the lab's own variants, is told by its check and by no other; a healthy one passes all.
# Sourced by run.sh.

vary=$builddir/tests/lab/vary

# defects FILE: prints the checks of that JSON that are not good, as "loss=bad".
defects() {
    awk -F'"' '/^ *"name": "[a-z]*",$/ { name = $4 }
        /^ *"verdict": "(look|bad)",$/ { printf "%s%s=%s", separator, name, $4; separator = " " }
        END { print "" }' "$1"
}

# finds VERDICT DEFECTS ARGUMENT...: what the doctor says of these.
finds() {
    finds_verdict=$1
    finds_defects=$2
    shift 2
    run doctor --format json -o doctor.json "$@"
    ended_with 0
    grep -q "^  \"verdict\": \"$finds_verdict\",$" doctor.json ||
        wrong "$*: $(grep '^  "verdict"' doctor.json), not $finds_verdict"
    [ "$(defects doctor.json)" = "$finds_defects" ] ||
        wrong "$*: '$(defects doctor.json)', not '$finds_defects'"
    # What is wrong comes with what to do about it, and nothing else does.
    awk '/^ *"verdict": "(look|bad)",$/ { due = 1 }
        /^ *"advice": null,$/ && due { print "no advice in line " NR }
        /^ *"advice": "/ && !due { print "advice without need in line " NR }
        /^ *"advice": / { due = 0 }' doctor.json >> "$failures"
}

# figure NAME: its number in doctor.json.
figure() {
    sed -n "s/^ *\"$1\": \([0-9.e+-]*\),*\$/\1/p" doctor.json | head -n 1
}

refuses "doctor nothing named" 'an interface or a capture' doctor
refuses "doctor both named" 'cannot be looked at together' doctor -i lo "$squashed"
refuses "doctor an interface twice" 'named twice' doctor -i lo -i lo
refuses "doctor --duration of a file" 'for an interface' doctor --duration 1s "$squashed"
refuses "doctor no such format" 'there is no format' doctor --format pdf "$squashed"
refuses "doctor no such file" 'nowhere.pcap' doctor nowhere.pcap

begin "doctor healthy captures pass all checks"
for capture in "$healthy" "$squashed" "$srcdir/tests/golden/lab/activation-healthy.pcap"; do
    finds fit '' "$capture"
done
run doctor "$healthy" --fail-on warning
ended_with 0
said_nothing
head -n 1 "$out" | grep -q '^FIT: This capture is fit to judge by\.$' || wrong "$(head -n 1 "$out")"
printed '^  good  *Both directions of TCP: 4 connections with both sides'
printed '^  unknown  *DHCP: '
awk 'length($0) > 80 { print "longer than 80: " $0 }' "$out" >> "$failures"
left doctor.json
end

if [ -x "$vary" ]; then
    # variant NAME VERDICT DEFECTS: of the healthy capture.
    variant() {
        "$vary" "$1" 1 "$srcdir/tests/golden/lab/activation-healthy.pcap" "$1.pcap" ||
            wrong "no variant $1"
        finds "$2" "$3" "$1.pcap"
    }

    begin "doctor one direction only"
    variant one-direction-out unfit 'directions=bad names=look'
    [ "$(figure two_sided_connections)" = 0 ] || wrong "connections with both sides"
    run doctor one-direction-out.pcap --fail-on critical
    ended_with 1
    printed '^BAD  Both directions of TCP'
    printed '^  do  *Mirror both directions'
    variant one-direction-in unfit 'directions=bad beginnings=look names=look'
    end

    begin "doctor packets twice, in each form"
    variant doubled limited 'duplicates=look'
    run doctor doubled.pcap
    printed 'The copies are the same in all'
    variant doubled-vlan limited 'duplicates=look'
    [ "$(figure copies_in_other_vlans)" -gt 50 ] || wrong "$(figure copies_in_other_vlans) in VLANs"
    run doctor doubled-vlan.pcap --fail-on warning
    ended_with 1
    printed 'The copies are in another VLAN'
    run doctor doubled-vlan.pcap --fail-on critical
    ended_with 0
    variant doubled-ttl limited 'duplicates=look'
    run doctor doubled-ttl.pcap
    printed 'The copies have another TTL'
    end

    begin "doctor loss, little and much"
    variant loss-5 limited 'loss=look'
    variant loss-20 unfit 'loss=bad'
    end

    begin "doctor packets cut, out of order, begun before, broken off"
    variant snaplen-96 unfit 'snapshot=bad'
    run doctor snaplen-96.pcap
    printed '^  do  *Capture whole packets: tcpdump -s 0'
    variant reordered limited 'order=look'
    finds limited 'beginnings=look' -f 'not (tcp[tcpflags] & tcp-syn != 0)' \
        "$srcdir/tests/golden/lab/activation-healthy.pcap"
    head -c $(($(wc -c < "$healthy") - 7)) "$healthy" > broken.pcap
    finds limited 'completeness=look' broken.pcap
    end

    begin "doctor VLANs and tunnels are no defect, and are told"
    for name in vlan qinq vxlan geneve erspan2 mpls cooked radiotap pcapng; do
        variant $name fit ''
    done
    run doctor vlan.pcap
    printed 'VLANs and tunnels: VLANs: [0-9]* ([0-9]* packets); 0 packets without a'
    run doctor vxlan.pcap
    printed 'Tunnels: VXLAN ([0-9]* packets)'
    end
else
    skip "doctor variants" "tests/lab/vary is not built"
fi

begin "doctor a filter that leaves DNS and Apple out is noticed"
run doctor -f 'not port 53' "$healthy"
ended_with 0
printed '^LOOK  DNS with its answers'
run doctor -f arp "$healthy"
ended_with 0
printed '^BAD  Traffic to Apple'
end

begin "doctor every format, the same checks"
for format in text md csv html json; do
    run doctor "$healthy" "$squashed" --format $format -o doctor.$format
    ended_with 0
    said_nothing
    grep -q 'Both directions of TCP' doctor.$format || wrong "$format has no directions"
    [ "$(stat -c %a doctor.$format 2> /dev/null || echo 600)" = 600 ] || wrong "$format is readable"
done
[ "$(grep -c '^"' doctor.csv)" -eq "$(grep -c '"title"' doctor.json)" ] ||
    wrong "rows of csv: $(grep -c '^"' doctor.csv)"
run doctor "$healthy" -o "$healthy"
ended_with 2
said_once 'is a capture to be read'
end
