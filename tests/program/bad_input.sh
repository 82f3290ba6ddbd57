# SPDX-License-Identifier: Apache-2.0
# What cannot be read or written: one line that says what is wrong and what to do,
# exit 2, and nothing left behind.  Sourced by run.sh.

files=$scratch/bad
mkdir "$files" "$files/folder"
: > "$files/empty"
echo "no packets here" > "$files/text.pcap"
head -c 10 "$squashed" > "$files/header-cut.pcap"
gzip -c "$squashed" 2> /dev/null | head -c 10 > "$files/packed.pcap.gz"
# A pcap of link type 147, which is set aside for private use and so unknown to all.
printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\000\000\004\000\223\000\000\000' \
    > "$files/private.pcap"

refuses "bad-input missing file" 'nowhere.pcap.*no such file' read nowhere.pcap
refuses "bad-input folder" 'directory' read "$files/folder"
refuses "bad-input empty file" 'empty' read "$files/empty"
refuses "bad-input text file" 'not a pcap or pcapng' read "$files/text.pcap"
refuses "bad-input cut in the file's header" 'damaged' read "$files/header-cut.pcap"
refuses "bad-input unsupported link type" 'link type' read "$files/private.pcap"
if [ -s "$files/packed.pcap.gz" ]; then
    refuses "bad-input compressed file cut in its header" 'compressed' read "$files/packed.pcap.gz"
else
    skip "bad-input compressed file cut in its header" "no gzip"
fi
refuses "bad-input second file missing" 'nowhere.pcap' read "$squashed" nowhere.pcap
refuses "bad-input missing file, database and output named" 'nowhere.pcap' \
    read -d new.db -o report.txt nowhere.pcap
refuses "bad-input empty standard input" 'standard input' read -
refuses "bad-input name with escape codes" 'no such file' read "$(printf 'a\033[31mb\nc.pcap')"
cp "$squashed" "$files/own.pcap"
refuses "bad-input report in the place of its capture" 'is a capture' \
    read -o "$files/own.pcap" "$files/own.pcap"
refuses "bad-input report in the place of its new database" 'is the database' \
    read -d "$files/new.db" -o "$files/new.db" "$squashed"
"$applepath" read -d "$files/kept.db" -o "$files/kept.txt" "$squashed"
refuses "bad-input report in the place of its database" 'is the database' \
    report -d "$files/kept.db" -o "$files/kept.db"
if [ "$(id -u)" -ne 0 ]; then
    cp "$squashed" "$files/secret.pcap"
    chmod 000 "$files/secret.pcap"
    refuses "bad-input unreadable file" 'secret.pcap' read "$files/secret.pcap"
else
    skip "bad-input unreadable file" "root reads everything"
fi

# cut NAME OFFSET PACKETS: what is whole is reported, with a warning.
cut_capture() {
    begin "bad-input capture cut $1"
    head -c "$2" "$squashed" > cut.pcap
    run read cut.pcap
    ended_with 0
    [ "$(grep -c '' "$err")" -eq 1 ] || wrong "not one warning: $(cat "$err")"
    grep -q "cut.pcap: warning: breaks off after $3 packets" "$err" || wrong "$(cat "$err")"
    printed "cut.pcap, $3 packets"
    run read --format json -o report.json cut.pcap
    ended_with 0
    is_report report.json
    grep -q '"packets": '"$3"',' report.json || wrong "the report has not $3 packets"
    left cut.pcap report.json
    end
}

offset=$("$support/pcap_offset" "$squashed" 50)
cut_capture "in a record's header" $((offset + 7)) 49
cut_capture "in a packet" $((offset + 16 + 20)) 49
cut_capture "at the first record" 30 0

begin "bad-input capture that ends between two packets is whole"
head -c "$offset" "$squashed" > cut.pcap
run read cut.pcap
ended_with 0
said_nothing
printed "cut.pcap, 49 packets"
end

# A pcapng that is broken in its first section header cannot be read; from its end on it is one
# that breaks off.
mixed=$srcdir/tests/program/mixed.pcapng
head_end=$(od -An -tu4 -j4 -N4 "$mixed" | tr -d ' ')
begin "bad-input pcapng cut at every length of its section header"
length=1
while [ $length -lt "$head_end" ]; do
    head -c $length "$mixed" > cut.pcapng
    run read --format json cut.pcapng
    ended_with 2
    [ ! -s "$out" ] || wrong "$length bytes: prints something"
    if [ $length -lt 4 ]; then said_once 'not a pcap or pcapng'; else said_once 'damaged (the file ends in'; fi
    length=$((length + 1))
done
end
for length in "$head_end" $((head_end + 3)); do
    begin "bad-input pcapng cut $((length - head_end)) bytes behind its section header"
    head -c "$length" "$mixed" > cut.pcapng
    run read --format json -o report.json cut.pcapng
    ended_with 0
    is_report report.json
    if [ "$length" -eq "$head_end" ]; then
        said_nothing
    else
        grep -q 'cut.pcapng: warning: breaks off after 0 packets' "$err" || wrong "$(cat "$err")"
    fi
    end
done
# Its length at the end, and its first option's, say otherwise than there is.
for damage in $((head_end - 4)) 26; do
    { head -c "$damage" "$mixed"; printf '\377\377'; tail -c +$((damage + 3)) "$mixed"; } \
        > "$files/section-$damage.pcapng"
done
refuses "bad-input pcapng whose section header has two lengths" 'damaged (a block claims' \
    read --format json "$files/section-$((head_end - 4)).pcapng"
begin "bad-input pcapng whose section header has an option that is too long"
run read --format json -o report.json "$files/section-26.pcapng"
ended_with 0
! grep -q 'damaged\|breaks off' "$err" || wrong "$(cat "$err")"
is_report report.json
end

# Databases.  Their files must be the same afterwards.
echo "no database" > "$files/text.db"
"$applepath" read -d "$files/ours.db" "$squashed" > /dev/null 2>&1
head -c 5000 "$files/ours.db" > "$files/cut.db"

# refuses_database NAME PATTERN FILE
refuses_database() {
    cp "$3" "$files/before.db"
    refuses "bad-input $1, read" "$2" read -d "$3" "$squashed"
    refuses "bad-input $1, report" "$2" report -d "$3"
    begin "bad-input $1 stays as it is"
    cmp "$files/before.db" "$3" > /dev/null || wrong "it was changed"
    [ "$(find "$files" -name "${3##*/}-*")" = "" ] || wrong "files beside it are left"
    end
}

refuses_database "text as database" 'not an applepath database' "$files/text.db"
cp "$squashed" "$files/capture.db"
chmod u+w "$files/capture.db"
refuses_database "capture as database" 'not an applepath database' "$files/capture.db"
refuses_database "damaged database" 'damaged' "$files/cut.db"

# sql FILE STATEMENT, with what there is.
sql() {
    if command -v sqlite3 > /dev/null 2>&1; then
        sqlite3 "$1" "$2"
    else
        python3 -c 'import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.executescript(sys.argv[2])
database.commit()' "$1" "$2"
    fi 2> /dev/null
}

cp "$files/ours.db" "$files/newer.db"
if sql "$files/newer.db" 'PRAGMA user_version = 999;' &&
    sql "$files/foreign.db" 'CREATE TABLE pictures (name TEXT);'; then
    refuses_database "database of a newer schema" 'newer applepath' "$files/newer.db"
    refuses_database "database of another program" 'not an applepath database' "$files/foreign.db"
else
    skip "bad-input database of a newer schema" "neither sqlite3 nor python3"
    skip "bad-input database of another program" "neither sqlite3 nor python3"
fi
# A stranger's database of two hundred thousand clients, each with a connection of its own:
# 3.5 kB of memory for 143 bytes of the file.
cp "$files/ours.db" "$files/crowded.db"
if [ "$(uname)" != Linux ] || grep -q __asan_init "$applepath" 2> /dev/null; then
    skip "bad-input database that asks for much memory" "nothing bounds a process here"
elif sql "$files/crowded.db" "INSERT INTO flow (id, run, client_address, server_address, server_port,
        transport, first_time, last_time, outcome, syns)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
        SELECT 1000 + i, 1, '10.' || (i >> 16) || '.' || (i >> 8 & 255) || '.' || (i & 255),
        '17.' || (i >> 16) || '.' || (i >> 8 & 255) || '.' || (i & 255), 443, 'tcp', i, i,
        'silent', 2 FROM n;"; then
    refuses "bad-input database that asks for much memory, report" 'memory is out.*limit the report' \
        report --max-memory 96M -d "$files/crowded.db"
    refuses "bad-input database that asks for much memory, diff" 'memory is out' \
        diff --max-memory 96M "$files/ours.db" "$files/crowded.db"
    begin "bad-input database that asks for much memory takes no more than it may"
    read -r _ _ kilobytes status << END
$("$builddir/tests/limits/measure" "$applepath" report --max-memory 96M -d "$files/crowded.db" 2> "$err")
END
    ended_with 2
    # The program's own code and libraries come to it.
    [ "$kilobytes" -le $(((96 + 32) * 1024)) ] || wrong "it took $kilobytes KiB"
    end
    begin "bad-input database that asks for much memory has a report for one device"
    run report --max-memory 96M -d "$files/crowded.db" --device 10.20.0.20
    ended_with 0
    said_nothing
    printed 'F1  CRITICAL  cname-squashed'
    end
else
    skip "bad-input database that asks for much memory" "neither sqlite3 nor python3"
fi
rm -f "$files/crowded.db"
# Each is held where it opens its first file, before it has seen the database.
mkfifo "$files/held.pem"
for command in report export diff evidence; do
    begin "bad-input database: $command is bounded before it reads"
    if [ "$(uname)" = Linux ] && ! grep -q __asan_init "$applepath" 2> /dev/null; then
        case $command in
        diff) set -- diff "$files/ours.db" "$files/ours.db" ;;
        *) set -- "$command" -d "$files/ours.db" ;;
        esac
        "$applepath" "$@" --trust "$files/held.pem" > "$out" 2> "$err" &
        held=$!
        timeout 20 sh -c 'exec 3> "$1" && cat "/proc/$2/limits"' sh "$files/held.pem" $held \
            > limits || wrong "does not come to its first file"
        wait $held
        grep -q 'Max data size  *[0-9]' limits || wrong "$(grep 'Max data' limits)"
    fi
    end
done
rm -f "$files/held.pem"
refuses "bad-input folder as database" 'folder' read -d "$files/folder" "$squashed"
refuses "bad-input database in a missing folder" 'nowhere/new.db' read -d nowhere/new.db "$squashed"
refuses "bad-input empty name for the database" 'file' read -d '' "$squashed"
refuses "bad-input report on a missing database" 'nowhere.db' report -d nowhere.db
refuses "bad-input report without a database" 'needs a database' report

# Outputs.
refuses "bad-input output is a folder" 'directory' read -o "$files/folder" "$squashed"
refuses "bad-input output in a missing folder" 'nowhere/report' read -o nowhere/report "$squashed"
refuses "bad-input empty name for the output" 'empty' read -o '' "$squashed"
refuses "bad-input bad output, good database" 'directory' read -d new.db -o "$files/folder" "$squashed"
mkdir "$files/readonly"
chmod 555 "$files/readonly"
if [ "$(id -u)" -ne 0 ]; then
    refuses "bad-input output in a read-only folder" 'cannot be written' \
        read -o "$files/readonly/report" "$squashed"
    refuses "bad-input database in a read-only folder" 'readonly/new.db' \
        read -d "$files/readonly/new.db" "$squashed"
else
    skip "bad-input output in a read-only folder" "root writes everywhere"
    skip "bad-input database in a read-only folder" "root writes everywhere"
fi

if [ -c /dev/full ]; then
    refuses "bad-input output to a full disk" '/dev/full: cannot be written' \
        read -o /dev/full "$squashed"
    begin "bad-input a device as output stays one"
    [ -c /dev/full ] || wrong "/dev/full was replaced"
    end
    # full NAME ARGUMENT...
    full() {
        begin "bad-input standard output is full: $1"
        shift
        "$applepath" "$@" > /dev/full 2> "$err" < /dev/null
        status=$?
        ended_with 2
        said_once 'standard output: cannot be written'
        end
    }
    full "text" read "$squashed"
    full "json" read --format json "$squashed"
    full "hosts" hosts
    full "--help" --help
    full "read --help" read --help
    full "--version" --version
else
    skip "bad-input full disk" "no /dev/full"
fi

begin "bad-input a report that fails keeps the one before it"
echo "yesterday's report" > report.txt
run read -o report.txt "$files/text.pcap"
ended_with 2
grep -q "yesterday's report" report.txt || wrong "it is gone"
left report.txt
end
