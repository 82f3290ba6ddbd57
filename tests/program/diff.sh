# SPDX-License-Identifier: Apache-2.0
# What was mended, what broke, and what nobody can tell.  Sourced by run.sh.

two_databases() {
    run read -d bad.db "$squashed"
    run read -d good.db "$healthy"
}

# changes_of FINDING|ROW|DEVICE: prints the changes of that part, each once, with its count.
changes_of() {
    "$applepath" diff --format csv "$2" "$3" | awk -F'","' -v part="$1" \
        '$1 == "\"" part { sub(/".*/, "", $2); print $2 }' | sort | uniq -c |
        awk '{ printf "%s%s %s", separator, $1, $2; separator = ", " } END { print "" }'
}

has_changes() {
    changes_found=$(changes_of "$1" "$2" "$3")
    [ "$changes_found" = "$4" ] || wrong "$1: $changes_found, not $4"
}

begin "diff what was mended is mended"
two_databases
run diff bad.db good.db
ended_with 0
said_nothing
head -n 1 "$out" | grep -q '^MENDED: blocked before, healthy afterwards' || wrong "$(head -n 1 "$out")"
printed '^MENDED  cname-squashed'
printed '^MENDED  port-blocked'
printed_not '^  do '
awk 'length($0) > 80 { print "longer than 80: " $0 }' "$out" >> "$failures"
has_changes finding bad.db good.db '2 mended'
has_changes device bad.db good.db '1 mended'
run diff bad.db good.db --fail-on warning
ended_with 0
left bad.db good.db
end

begin "diff the other way round it is new"
two_databases
run diff good.db bad.db
ended_with 0
head -n 1 "$out" | grep -q '^WORSE: healthy before, blocked afterwards' || wrong "$(head -n 1 "$out")"
printed '^NEW  port-blocked'
printed '^  do '
has_changes finding good.db bad.db '2 new'
has_changes device good.db bad.db '1 new'
run diff good.db bad.db --fail-on critical
ended_with 1
end

begin "diff a database and itself have no difference"
two_databases
for name in bad good; do
    run diff $name.db $name.db --fail-on warning
    ended_with 0
    head -n 1 "$out" | grep -q '^UNCHANGED' || wrong "$(head -n 1 "$out")"
    has_changes device $name.db $name.db '1 unchanged'
    rows=$("$applepath" diff --format csv $name.db $name.db | grep '^"row"' |
        grep -v '"row","unchanged"\|Not contacted on either side')
    [ -z "$rows" ] || wrong "$rows"
done
has_changes finding bad.db bad.db '2 unchanged'
end

begin "diff what was not contacted proves nothing"
two_databases
run read -d nothing.db -f 'udp port 123' "$squashed"
ended_with 0
run diff bad.db nothing.db
ended_with 0
printed '^NOT COMPARABLE'
printed_not '^MENDED'
has_changes finding bad.db nothing.db '2 not-comparable'
has_changes finding nothing.db bad.db '2 not-comparable'
run diff nothing.db bad.db --fail-on warning
ended_with 0
end

begin "diff one category, one device"
two_databases
run diff bad.db good.db --category software-update --format json
ended_with 0
"$support/check_json" diff "$out" 2>> "$failures" || wrong "no diff of the contract"
printed '"outcome": "unchanged"'
printed_not '"category": "apns"'
run diff bad.db good.db --device 192.0.2.1
ended_with 0
printed '^NOT COMPARABLE'
printed 'Only device 192.0.2.1'
end

begin "diff in every format"
two_databases
for format in text md csv html json; do
    run diff bad.db good.db --format $format -o diff.$format
    ended_with 0
    said_nothing
    [ -s diff.$format ] || wrong "$format: nothing written"
done
"$support/check_json" diff diff.json 2>> "$failures" || wrong "no diff of the contract"
grep -q '^| mended |' diff.md || wrong "no table of rows"
end

begin "diff leaves the databases as they are"
two_databases
cksum bad.db good.db > before
run diff bad.db good.db -o bad.db
ended_with 2
said_once 'bad.db'
cksum bad.db good.db > after
cmp -s before after || wrong "a database is another"
end

begin "diff a capture is no database"
run diff "$squashed" "$healthy"
ended_with 2
said_once "applepath read -d DB CAPTURE"
left ''
end

refuses "diff one database alone" "one more file is needed" diff nowhere.db
refuses "diff a database that is not there" "nowhere.db" diff nowhere.db nowhere.db
