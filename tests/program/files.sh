# SPDX-License-Identifier: Apache-2.0
# Captures as they lie about: compressed, of several interfaces, in directories, more
# than may be open.  Sourced by run.sh.

"$applepath" read --format json "$squashed" > "$scratch/whole.json"
"$support/check_json" findings "$scratch/whole.json" > "$scratch/whole"

# same: the report in $out has the findings of the whole capture.
same() {
    is_report "$out"
    "$support/check_json" findings "$out" > findings
    cmp -s "$scratch/whole" findings || wrong "$(diff "$scratch/whole" findings)"
}

# Longer than what zstd compresses as one.
{
    cat "$squashed"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do tail -c +25 "$squashed"; done
} > "$scratch/long.pcap"

# packed NAME COMMAND...: compressed by the command, as a file and through a pipe.
packed() {
    if ! command -v "$2" > /dev/null 2>&1; then
        skip "files $1" "no $2"
        return
    fi
    packed_name=$1
    shift
    begin "files $packed_name"
    "$@" < "$squashed" > packed
    run read --format json packed
    if grep -q 'was built without' "$err"; then
        skip "files $packed_name" "built without it"
        return
    fi
    ended_with 0
    said_nothing
    same
    "$applepath" read --format json - < packed > "$out" 2> "$err"
    said_nothing
    same
    # tail: a pipe that comes in pieces.
    tail -c +1 packed | "$applepath" read --format json - > "$out" 2> "$err"
    said_nothing
    same
    end
    begin "files $packed_name, cut"
    "$@" < "$scratch/long.pcap" > packed
    head -c $(($(wc -c < packed) - 16)) packed > cut
    run read --format json cut
    ended_with 0
    is_report "$out"
    grep -q 'cut: warning: breaks off after [0-9]* packets (its compressed data is incomplete)' \
        "$err" || wrong "$(cat "$err")"
    end
}
packed "gzip" gzip -c
packed "zstd" zstd -c

if command -v gzip > /dev/null 2>&1; then
    begin "files gzip in two members"
    { head -c 5000 "$squashed" | gzip -c; tail -c +5001 "$squashed" | gzip -c; } > packed
    run read --format json packed
    ended_with 0
    said_nothing
    same
    end
    begin "files what is compressed is not always a capture"
    echo "no packets here" | gzip -c > packed
    run read packed
    ended_with 2
    said_once 'is not a pcap or pcapng'
    end
fi

# A ring: parts whose names are not in the order of time, and what else lies there.
offset=$("$support/pcap_offset" "$squashed" 45)
later=$("$support/pcap_offset" "$squashed" 80)
mkdir "$scratch/ring" "$scratch/ring/older"
head -c "$offset" "$squashed" > "$scratch/ring/site.pcap1"
{ head -c 24 "$squashed"; head -c "$later" "$squashed" | tail -c +$((offset + 1)); } \
    > "$scratch/ring/site.pcap2"
{ head -c 24 "$squashed"; tail -c +$((later + 1)) "$squashed"; } > "$scratch/ring/site.pcap0"
head -c 24 "$squashed" > "$scratch/ring/site.pcap3"
cp "$squashed" "$scratch/ring/older/site.pcap"

begin "files a directory is one capture in the order of time"
run read --format json "$scratch/ring"
ended_with 0
said_nothing
same
[ "$(grep -c '"name": "site.pcap[0-3]"' "$out")" -eq 4 ] || wrong "not its four captures"
grep '"name": "site.pcap' "$out" | head -n 1 | grep -q pcap1 || wrong "the first is not first"
end

begin "files what is no capture in a directory is named once"
echo "notes" > "$scratch/ring/notes.txt"
: > "$scratch/ring/empty.pcap"
run read --format json "$scratch/ring"
ended_with 0
same
[ "$(grep -c '' "$err")" -eq 1 ] || wrong "not one warning: $(cat "$err")"
grep -q 'ring: warning: files that cannot be read are skipped (2): empty.pcap, notes.txt (' "$err" ||
    wrong "$(cat "$err")"
end

mkdir "$scratch/letters"
echo "notes" > "$scratch/letters/notes.txt"
refuses "files a directory without a capture" \
    'letters: is a directory of which no file can be read; .*notes.txt: is not a pcap' \
    read "$scratch/letters"

begin "files more captures than may be open"
mkdir many
parts=0
while [ "$parts" -lt 200 ]; do
    cp "$scratch/ring/site.pcap$((parts % 3))" "many/$parts.pcap"
    parts=$((parts + 1))
done
(
    ulimit -n 40
    exec "$applepath" read --format json many
) > "$out" 2> "$err"
status=$?
ended_with 0
said_nothing
is_report "$out"
[ "$(grep -c '"cut_short": false' "$out")" -eq 200 ] || wrong "not all were read to their ends"
end

begin "files -o may not name a capture of the directory"
mkdir own
cp "$squashed" own/a.pcap
run read -o own/a.pcap own
ended_with 2
said_once 'is a capture'
cmp -s "$squashed" own/a.pcap || wrong "it was written to"
end

# Ethernet and raw IP in one file, as macOS and Wireshark write them, filtered too.
mixed=$srcdir/tests/program/mixed.pcapng
begin "files interfaces of several link types"
run read --format json "$mixed"
ended_with 0
is_report "$out"
grep -q '"link_type": "EN10MB, USB_LINUX, RAW"' "$out" || wrong "$(grep link_type "$out")"
grep -q '"interfaces": "en0, utun3, usb1"' "$out" || wrong "$(grep '"interfaces"' "$out")"
grep -q '"packets": 5,' "$out" || wrong "$(grep packets "$out")"
grep -q '"undecoded_packets": 1,' "$out" || wrong "$(grep undecoded "$out")"
grep -q '"dropped_packets": 7,' "$out" || wrong "$(grep dropped "$out")"
[ "$(grep -c '' "$err")" -eq 1 ] || wrong "not one warning: $(cat "$err")"
grep -q 'mixed.pcapng: warning: packets of link type USB_LINUX (1) are left out' "$err" ||
    wrong "$(cat "$err")"
end
begin "files a filter is for all link types"
run read --format json -f 'udp port 53' "$mixed"
ended_with 0
grep -q '"packets": 4,' "$out" || wrong "$(grep packets "$out")"
run read --format json -f 'ether host 02:00:00:00:00:01' "$mixed"
ended_with 0
grep -q '"packets": 2,' "$out" || wrong "$(grep packets "$out")"
grep -q 'mixed.pcapng: warning: packets of link type RAW are left out, as the filter' "$err" ||
    wrong "$(cat "$err")"
end
