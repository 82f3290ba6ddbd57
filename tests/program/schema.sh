# SPDX-License-Identifier: Apache-2.0
# Is every JSON document what its published schema says?  Sourced by run.sh.

check_schema() {
    python3 "$srcdir/tests/check_schema.py" "$@" > "$scratch/answers/schema" 2>&1 ||
        wrong "$(head -n 10 "$scratch/answers/schema")"
}

if python3 -c 'import jsonschema' 2> /dev/null; then
    begin "schema the schemas are strict, and whole by themselves"
    check_schema --schemas "$srcdir/doc"
    end

    begin "schema reports of every capture, hosts and diffs are what it says"
    number=0
    every=$(one_of_how_many 5)
    for capture in "$srcdir"/tests/golden/*.pcap "$srcdir"/tests/golden/lab/*.pcap \
        "$captures"/*.pcap "$captures"/*.pcapng; do
        [ -f "$capture" ] || continue
        number=$((number + 1))
        [ $((number % every)) -eq 0 ] || continue
        run read --format json -o $number.json "$capture"
        [ "$status" -eq 0 ] || rm -f $number.json
    done
    [ $number -gt 100 ] || wrong "no more than $number captures"
    run read -d bad.db "$squashed"
    run read -d good.db "$healthy"
    run report -d bad.db --format json -o part.json --category apns --since 2026-11-21 \
        --until 2026-11-22 --device 10.20.0.20
    run diff bad.db good.db --format json -o diff.json
    run diff good.db bad.db --format json -o worse.json --category apns
    run hosts --format json -o hosts.json
    number=0
    for capture in "$squashed" "$srcdir"/tests/golden/lab/dns-*.pcap "$captures"/*.pcap; do
        number=$((number + 1))
        [ ! -f "$capture" ] || run doctor --format json -o doctor-$number.json "$capture"
    done
    check_schema "$srcdir/doc" ./*.json
    end

    begin "schema what is wrong is noticed"
    run read --format json -o right.json "$squashed"
    sed 's/"verdict": "blocked"/"verdict": "broken"/' right.json > wrong.json
    sed 's/"generated":/"made": 1, "generated":/' right.json > more.json
    sed '/"remedy":/d' right.json > less.json
    for name in wrong more less; do
        python3 "$srcdir/tests/check_schema.py" "$srcdir/doc" $name.json > /dev/null 2>&1
        [ $? -eq 1 ] || wrong "$name.json passes"
    done
    end
else
    skip "schema" "python3-jsonschema is not installed"
fi
