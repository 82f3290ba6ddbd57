# SPDX-License-Identifier: Apache-2.0
# The same capture read twice into one database counts once.  Sourced by run.sh.

# facts DB: all that was stored, without when.
facts() {
    "$applepath" report -d "$1" --format json |
        sed -e '/"generated":/d' -e 's/"path": "[^"]*"//' -e 's/"name": "[^"]*pcap[^"]*"//'
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
