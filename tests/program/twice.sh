# SPDX-License-Identifier: Apache-2.0
# The same capture read twice into one database counts once.  Sourced by run.sh.

# facts DB: all that was stored, without when.
facts() {
    "$applepath" report -d "$1" --format json |
        sed -e '/"generated":/d' -e 's/"path": "[^"]*"//' -e 's/"name": "[^"]*pcap[^"]*"//'
}

# sql FILE STATEMENT, with what there is.
sql() {
    if command -v sqlite3 > /dev/null 2>&1; then
        sqlite3 "$1" "$2"
    else
        python3 -c 'import sqlite3, sys
sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])' "$1" "$2"
    fi 2> /dev/null
}

begin "twice a capture counts once, whatever it is called"
run read -d once.db "$squashed"
ended_with 0
said_nothing
cp once.db twice.db
mkdir folder
cp "$squashed" folder/renamed.pcap
for again in "$squashed" folder/renamed.pcap folder; do
    run read -d twice.db --format json -o twice.json "$again"
    ended_with 0
    said_once 'twice.db: has .*pcap already; not stored again'
    is_report twice.json
    grep -q '"packets": 92,' twice.json || wrong "$(grep '"packets"' twice.json)"
done
cmp -s once.db twice.db || [ "$(facts once.db)" = "$(facts twice.db)" ] || wrong "facts were added"
run read -d twice.db folder/renamed.pcap
grep -q '^BLOCKED' "$out" || wrong "no report of what is there"
end

begin "twice standard input counts once"
"$applepath" read -d pipe.db - < "$squashed" > "$out" 2> "$err"
said_nothing
facts pipe.db > before
"$applepath" read -d pipe.db - < "$squashed" > "$out" 2> "$err"
status=$?
ended_with 0
said_once 'pipe.db: has standard input already; not stored again'
printed '^BLOCKED'
facts pipe.db > after
cmp -s before after || wrong "$(diff before after)"
end

begin "twice of several captures only the new ones are read"
run read -d part.db "$squashed"
run read -d part.db "$squashed" "$healthy"
ended_with 0
said_once 'part.db: has .*courier-squashed.pcap already'
"$applepath" report -d part.db --format json -o part.json
[ "$(grep -c '"cut_short"' part.json)" -eq 2 ] || wrong "not two captures"
run read -d whole.db "$squashed"
run read -d whole.db "$healthy"
[ "$(facts part.db)" = "$(facts whole.db)" ] || wrong "other facts than one after the other"
end

begin "twice a capture that has grown is another, and so is a part"
"$applepath" read -d grown.db "$squashed" > "$out" 2> "$err"
offset=$("$support/pcap_offset" "$squashed" 50)
head -c "$offset" "$squashed" > part.pcap
run read -d grown.db part.pcap
ended_with 0
said_nothing
end

begin "twice without a database is read twice"
run read "$squashed" "$healthy"
ended_with 0
said_nothing
end

if mkfifo "$scratch/pipe" 2> /dev/null; then
    begin "twice two may not write at once, and a report may be made meanwhile"
    run read -d shared.db "$healthy"
    "$applepath" read -d shared.db "$scratch/pipe" > first.out 2> first.err &
    reading=$!
    # Its head, and the rest when the others have tried.
    exec 9> "$scratch/pipe"
    head -c 5000 "$squashed" >&9
    tries=50
    until [ "$status" -eq 2 ] || [ $tries -eq 0 ]; do
        sleep 0.1
        tries=$((tries - 1))
        run read -d shared.db "$healthy"
    done
    ended_with 2
    said_once 'shared.db is in use by another applepath; wait or name another file'
    run report -d shared.db
    ended_with 0
    printed 'courier-healthy.pcap'
    tail -c +5001 "$squashed" >&9
    exec 9>&-
    wait "$reading"
    status=$?
    ended_with 0
    run report -d shared.db --format json
    [ "$(grep -c -e '"packets": 108,' -e '"packets": 92,' "$out")" -eq 2 ] || wrong "$(grep '"packets"' "$out")"
    end
fi

begin "twice a database of an earlier development version is refused"
run read -d old.db "$squashed"
if sql old.db 'ALTER TABLE lease ADD COLUMN colour TEXT'; then
    for command in "read -d old.db $healthy" "report -d old.db" "watch -i lo -d old.db"; do
        # shellcheck disable=SC2086 # words
        run $command
        ended_with 2
        said_once 'old.db was made by an earlier development version of applepath.*; read the'
    done
fi
end
