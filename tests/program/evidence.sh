# SPDX-License-Identifier: Apache-2.0
# The packets behind a finding: which are written, what they are told with, and what is
# said where they are not to be had.  Sourced by run.sh.

# packets FILE: number of the packet in its capture, time, comment; one packet a line.
packets() {
    tshark -r "$1" -T fields -e frame.packet_id -e frame.time_epoch -e frame.comment 2> /dev/null
}

if command -v tshark > /dev/null && command -v capinfos > /dev/null; then
    begin "evidence the packets of a finding bear its words, and their own numbers and times"
    "$applepath" read -d site.db --format json -o report.json "$squashed"
    run evidence -d site.db F2 -w f2.pcap
    ended_with 0
    said_nothing
    printed '^F2 port-blocked: 12 packets, 12 of them with a comment, in f2.pcap$'
    packets f2.pcap > shown
    [ "$(grep -c '' shown)" -eq 12 ] || wrong "$(grep -c '' shown) packets, not 12"
    [ "$(cut -f 1 shown | tr '\n' ' ')" = "44 45 46 47 52 53 54 59 60 61 62 63 " ] ||
        wrong "not the packets of the report: $(cut -f 1 shown | tr '\n' ' ')"
    [ "$(grep -c 'F2 port-blocked: SYN from 10.20.0.20 (packet [0-9]* of courier-squashed.pcap)' shown)" -eq 12 ] ||
        wrong "comments: $(cut -f 3 shown)"
    grep -q 'is blocked for 1 device: nothing comes back' shown || wrong "no summary: $(cat shown)"
    tshark -r "$squashed" -Y 'frame.number in {44..47, 52..54, 59..63}' -T fields \
        -e frame.number -e frame.time_epoch 2> /dev/null > captured
    cut -f 1,2 shown | cmp -s - captured || wrong "$(cut -f 1,2 shown | diff - captured)"
    capinfos f2.pcap 2> /dev/null > about
    grep -q 'File type: .*pcapng' about || wrong "no pcapng: $(cat about)"
    grep -q 'Capture comment: *F2 port-blocked: TCP port 5223' about ||
        wrong "the section does not name the finding: $(cat about)"
    end

    begin "evidence the whole flows, the ICMP errors about them and the DNS of their names"
    "$applepath" read -d site.db -o report.txt "$squashed"
    run evidence -d site.db F1 -w f1.pcapng --flows
    ended_with 0
    [ "$(packets f1.pcapng | cut -f 1 | tr '\n' ' ')" = "36 37 38 39 " ] ||
        wrong "not query and answer for both types: $(packets f1.pcapng)"
    [ "$(packets f1.pcapng | grep -c 'F1 cname-squashed')" -eq 2 ] ||
        wrong "comments: $(packets f1.pcapng)"
    lab=$srcdir/tests/golden/lab/hello-lost-too-big-told.pcap
    "$applepath" read -d lab.db -o report.txt "$lab"
    run evidence -d lab.db F1 -w lab.pcapng --flows
    ended_with 0
    for port in $(packets lab.pcapng > shown; tshark -r lab.pcapng -Y 'tcp.flags.syn == 1 && tcp.flags.ack == 0' \
        -T fields -e tcp.srcport 2> /dev/null | sort -u); do
        # tcp.port also matches what an ICMP error quotes.
        was=$(tshark -r "$lab" -Y "tcp.port == $port" 2> /dev/null | grep -c '')
        is=$(tshark -r lab.pcapng -Y "tcp.port == $port" 2> /dev/null | grep -c '')
        [ "$was" -eq "$is" ] || wrong "of port $port $is packets, not $was"
    done
    tshark -r lab.pcapng -Y icmp 2> /dev/null | grep -q 'Fragmentation needed' ||
        wrong "no ICMP errors"
    cut -f 1 shown | sort -n -c 2>> "$failures" || wrong "not in their order"
    end

    begin "evidence out of several captures, compressed ones too, and out of a folder"
    editcap -r "$squashed" first.pcap 1-50 2> /dev/null
    editcap -r "$squashed" second.pcap 51-92 2> /dev/null
    gzip second.pcap
    "$applepath" read -d site.db -o report.txt first.pcap second.pcap.gz
    run evidence -d site.db F2 -w f2.pcapng
    ended_with 0
    [ "$(packets f2.pcapng | cut -f 1 | tr '\n' ' ')" = "44 45 46 47 2 3 4 9 10 11 12 13 " ] ||
        wrong "not those of both: $(packets f2.pcapng | cut -f 1 | tr '\n' ' ')"
    [ "$(capinfos -I f2.pcapng 2> /dev/null | grep -c 'Name = .*pcap')" -eq 2 ] ||
        wrong "not an interface for each capture: $(capinfos -I f2.pcapng)"
    mkdir elsewhere
    mv first.pcap elsewhere
    gunzip -c second.pcap.gz > elsewhere/second.pcap
    rm second.pcap.gz
    run evidence -d site.db F2 -w moved.pcapng
    ended_with 2
    said_once 'first.pcap.*--captures'
    [ ! -e moved.pcapng ] || wrong "something was written"
    run evidence -d site.db F2 -w moved.pcapng --captures elsewhere
    ended_with 0
    [ "$(packets f2.pcapng)" = "$(packets moved.pcapng)" ] || wrong "$(packets moved.pcapng)"
    end

    begin "evidence of a link type that is not Ethernet keeps it"
    editcap -T rawip -C 14 "$squashed" raw.pcap 2> /dev/null
    "$applepath" read -d raw.db -o report.txt raw.pcap
    run evidence -d raw.db F2 -w raw.pcapng
    ended_with 0
    capinfos -E raw.pcapng 2> /dev/null | grep -q 'Raw IP' || wrong "$(capinfos -E raw.pcapng)"
    end
else
    skip "evidence is read by tshark" "no tshark"
fi

begin "evidence names the findings there are"
"$applepath" read -d site.db -o report.txt "$squashed"
run evidence -d site.db
ended_with 2
said_once 'F1 cname-squashed, F2 port-blocked'
run evidence -d site.db F9 -w out.pcapng
ended_with 2
said_once "no finding 'F9'.*F1 cname-squashed, F2 port-blocked"
run evidence -d site.db F1
ended_with 2
said_once 'names\{0,1\} .*-w'
left site.db report.txt
end

begin "evidence is not made from another capture of that name"
cp "$squashed" site.pcap
"$applepath" read -d site.db -o report.txt site.pcap
cp "$healthy" site.pcap
run evidence -d site.db F1 -w out.pcapng
ended_with 2
said_once 'site.pcap: is not the capture that was read'
cp "$squashed" site.pcap
run evidence -d site.db F1 -w site.pcap
ended_with 2
said_once 'is a capture to be read'
cmp -s "$squashed" site.pcap || wrong "the capture was overwritten"
run evidence -d site.db F1 -w site.db
ended_with 2
said_once 'is the database'
left site.db report.txt site.pcap
end

begin "evidence of a capture that came through a pipe"
"$applepath" read -d site.db -o report.txt - < "$squashed"
run evidence -d site.db F1 -w out.pcapng
ended_with 2
said_once 'through a pipe'
left site.db report.txt
end

if command -v sqlite3 > /dev/null; then
    begin "evidence opens no pipe that a database names"
    run read -d site.db -o /dev/null "$squashed"
    mkfifo pipe
    sqlite3 site.db "UPDATE source SET path = '$PWD/pipe'" || wrong "sqlite3 failed"
    timeout 20 "$applepath" evidence -d site.db F1 -w f1.pcapng > "$out" 2> "$err" < /dev/null
    status=$?
    ended_with 2
    said_once 'pipe: is not there any more'
    left pipe site.db
    end
fi
