# SPDX-License-Identifier: Apache-2.0
# How many threads share the work changes nothing but the time it takes.  Sourced by run.sh.

refuses "threads none at all" '--threads takes a number from 1' read --threads 0 "$squashed"

begin "threads one, two and three give the same report, to the byte"
every=$(one_of_how_many 5)
SOURCE_DATE_EPOCH=1700000000
export SOURCE_DATE_EPOCH
compared=0
number=0
for capture in "$srcdir"/tests/golden/*.pcap* "$srcdir"/tests/golden/lab/*.pcap* \
    "$captures"/*.pcap*; do
    number=$((number + 1))
    [ $((number % every)) -eq 0 ] || continue
    [ -f "$capture" ] || continue
    run read --threads 1 --all-flows --format json "$capture"
    one=$status
    cp "$out" one.json
    cp "$err" one.err
    for threads in 2 3; do
        run read --threads $threads --all-flows --format json "$capture"
        [ "$status" -eq "$one" ] || wrong "$capture, $threads: exit status $status, not $one"
        cmp -s one.json "$out" || wrong "$capture, $threads: another report"
        cmp -s one.err "$err" || wrong "$capture, $threads: says something else: $(head -n 1 "$err")"
    done
    compared=$((compared + 1))
done
unset SOURCE_DATE_EPOCH
[ "$compared" -ge 2 ] || wrong "only $compared captures were compared"
end

begin "threads two read several captures at once, and one that breaks off in a pipe"
run read --threads 1 --format json "$squashed" "$healthy"
"$support/check_json" findings "$out" > one
run read --threads 2 --format json "$squashed" "$healthy"
ended_with 0
"$support/check_json" findings "$out" > two
cmp -s one two || wrong "$(diff one two)"
head -c 5000 "$squashed" | "$applepath" read --threads 2 - > "$out" 2> "$err"
status=$?
ended_with 0
grep -q 'standard input: warning: breaks off' "$err" || wrong "$(cat "$err")"
end
