# SPDX-License-Identifier: Apache-2.0
# Captures from standard input, in parts, and several at once.  Sourced by run.sh.

begin "several standard input is a capture"
"$applepath" read --format json - > "$out" 2> "$err" < "$squashed"
status=$?
ended_with 0
said_nothing
is_report "$out"
"$support/check_json" findings "$out" > piped
run read --format json "$squashed"
"$support/check_json" findings "$out" > named
cmp -s piped named || wrong "$(diff named piped)"
end

begin "several a pipe is a capture, and may break off"
head -c 5000 "$squashed" | "$applepath" read - > "$out" 2> "$err"
status=$?
ended_with 0
grep -q 'standard input: warning: breaks off' "$err" || wrong "$(cat "$err")"
end

# Two parts: the header, and packets from the 45th on, which is in the midst of the
# first refused connection's SYNs.
offset=$("$support/pcap_offset" "$squashed" 45)
head -c "$offset" "$squashed" > "$scratch/first.pcap"
{ head -c 24 "$squashed"; tail -c +$((offset + 1)) "$squashed"; } > "$scratch/second.pcap"

# parts NAME FILE...: findings are those of the whole.
parts() {
    begin "several $1"
    shift
    run read --format json "$squashed"
    "$support/check_json" findings "$out" > whole
    run read --format json -o parts.json "$@"
    ended_with 0
    said_nothing
    is_report parts.json
    "$support/check_json" findings parts.json > parts
    cmp -s whole parts || wrong "$(diff whole parts)"
    grep -q '"name": "first.pcap"' parts.json || wrong "first.pcap is not named"
    grep -q '"name": "second.pcap"' parts.json || wrong "second.pcap is not named"
    end
}
parts "a capture in two parts is one" "$scratch/first.pcap" "$scratch/second.pcap"
parts "a capture in two parts, in the wrong order, is one" \
    "$scratch/second.pcap" "$scratch/first.pcap"

begin "several evidence names the part and the packet's number in it"
run read --format json -o parts.json "$scratch/first.pcap" "$scratch/second.pcap"
tr -d '\n' < parts.json > joined
grep -q '"source": "first.pcap", *"packet": 44,' joined || wrong "no packet 44 of the first"
grep -q '"source": "second.pcap", *"packet": 1,' joined || wrong "no packet 1 of the second"
end

begin "several the same capture twice changes no finding"
run read --format json -o once.json "$squashed"
run read --format json -o twice.json "$squashed" "$squashed"
ended_with 0
is_report twice.json
"$support/check_json" findings once.json > once
"$support/check_json" findings twice.json | grep -v '^capture-duplicated' > twice
cmp -s once twice || wrong "$(diff once twice)"
end

begin "several two runs of one capture print the same"
run read "$squashed"
cp "$out" first
run read "$squashed"
cmp -s first "$out" || wrong "$(diff first "$out")"
end
