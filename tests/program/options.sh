# SPDX-License-Identifier: Apache-2.0
# What the command line takes, and what it says to the rest.  Sourced by run.sh.

refuses "options no command" 'no command' 
refuses "options unknown command" "no command 'rad'" rad file.pcap
refuses "options unknown long option" "'--bogus'" read --bogus "$squashed"
refuses "options unknown short option" "'-x'" read -x "$squashed"
refuses "options option of another command" "'--since'" read --since 2026-01-01 "$squashed"
refuses "options missing value of -d" '-d needs a value' read "$squashed" -d
refuses "options missing value of --format" '--format needs a value' read "$squashed" --format
refuses "options missing value of --fail-on" '--fail-on needs a value' read "$squashed" --fail-on
refuses "options value where none is taken" '--all-flows' read --all-flows=yes "$squashed"
refuses "options bad --fail-on" 'critical.*warning' read --fail-on note "$squashed"
refuses "options bad --format" 'text, md, csv, html, json' read --format xml "$squashed"
refuses "options bad --since" "'yesterday'" report -d some.db --since yesterday
refuses "options bad --until" "'25:00'" report -d some.db --until 25:00
refuses "options bad --device" "'my-ipad'" report -d some.db --device my-ipad
refuses "options no file" 'no file' read
refuses "options a word too many" "'extra'" report -d some.db extra
refuses "options bad filter" 'filter' read -f 'tcp and (' "$squashed"
refuses "options missing catalogue" 'nowhere.txt' hosts --catalog nowhere.txt

for command in read report hosts; do
    begin "options $command --help fits 24 lines of 80 columns"
    run "$command" --help
    ended_with 0
    said_nothing
    printed "^usage: applepath $command"
    printed '^examples:'
    [ "$(grep -c '' "$out")" -le 24 ] || wrong "$(grep -c '' "$out") lines"
    awk 'length($0) > 80 { print "too long: " $0 }' "$out" >> "$failures"
    end
done

begin "options watch --help fits 80 columns"
run watch --help
ended_with 0
said_nothing
printed '^usage: applepath watch -i IFACE -d DB'
printed '^examples:'
awk 'length($0) > 80 { print "too long: " $0 }' "$out" >> "$failures"
end

begin "options --help fits 24 lines of 80 columns and names every command"
run --help
ended_with 0
for command in read watch report hosts; do
    printed "^  applepath $command"
done
[ "$(grep -c '' "$out")" -le 24 ] || wrong "$(grep -c '' "$out") lines"
awk 'length($0) > 80 { print "too long: " $0 }' "$out" >> "$failures"
end

begin "options every option that --help names is taken"
run read --help
for option in $(sed -n 's/^.* \(--[a-z-]*\) [A-Z].*/\1/p' "$out"); do
    run read "$option"
    grep -q -e "$option needs a value" "$err" || wrong "$option: $(cat "$err")"
done
end

begin "options --version"
run --version
ended_with 0
printed '^applepath [0-9][0-9.]*$'
end

begin "options file names that look like options, after --"
cp "$squashed" ./-d
run read -- -d
ended_with 0
printed 'BLOCKED'
end

begin "options anywhere, and in all spellings"
run read "$squashed" --format=json -o report.json -dnew.db
ended_with 0
is_report report.json
run report --database=new.db --output again.json --format json
ended_with 0
"$support/check_json" same report.json again.json 2>> "$failures" || wrong "reports differ"
left again.json new.db report.json
end

for severity in critical warning; do
    begin "options --fail-on $severity, blocked"
    run read --fail-on "$severity" "$squashed"
    ended_with 1
    said_nothing
    printed '^BLOCKED'
    end
    begin "options --fail-on $severity, healthy"
    run read --fail-on "$severity" "$healthy"
    ended_with 0
    printed '^HEALTHY'
    end
done

begin "options --fail-on of a stored capture"
run read -d site.db "$squashed"
ended_with 0
run report -d site.db --fail-on critical
ended_with 1
end

begin "options -f takes only what the filter lets pass"
run read -f 'udp port 53' --format json -o report.json "$squashed"
ended_with 0
is_report report.json
"$support/check_json" findings report.json > kinds
grep -q '^cname-squashed' kinds || wrong "the names are gone"
! grep -q '^port-blocked' kinds || wrong "port 5223 is still there"
end

# --trust
certificate=$scratch/root.pem
if openssl req -x509 -newkey rsa:2048 -nodes -keyout "$scratch/key.pem" -out "$certificate" \
    -days 3650 -subj '/CN=A school of its own' > /dev/null 2>&1; then
    begin "options --trust, good roots"
    { echo "A text before it does no harm."; cat "$certificate" "$certificate"; } > two.pem
    run read --trust "$certificate" --trust two.pem "$squashed"
    ended_with 0
    said_nothing
    end
    begin "options --trust, second certificate broken"
    { cat "$certificate"; sed '3s/^..../!!!!/' "$certificate"; } > broken.pem
    run read --trust broken.pem "$squashed"
    ended_with 2
    said_once 'broken.pem: certificate 2'
    end
else
    skip "options --trust, good roots" "no openssl"
    skip "options --trust, second certificate broken" "no openssl"
fi
refuses "options --trust, missing file" 'nowhere.pem' read --trust nowhere.pem "$squashed"
echo "no certificate" > "$scratch/text.pem"
refuses "options --trust, no certificate" 'text.pem' read --trust "$scratch/text.pem" "$squashed"
printf '%s\n' '-----BEGIN CERTIFICATE-----' 'bm90IG9uZQ==' '-----END CERTIFICATE-----' \
    > "$scratch/false.pem"
refuses "options --trust, false certificate" 'false.pem' \
    read --trust "$scratch/false.pem" "$squashed"

# --geoip
mkdir -p "$scratch/geoip"
if perl "$srcdir/tests/support/make_mmdb.pl" "$scratch/geoip" 2> /dev/null &&
    ! "$applepath" read --geoip "$scratch/nowhere.mmdb" "$squashed" 2>&1 |
        grep -q 'without libmaxminddb'; then
    begin "options --geoip, several databases, on read and on report"
    run read -d some.db --geoip "$scratch/geoip/maxmind-asn.mmdb" \
        --geoip "$scratch/geoip/ipinfo-location.mmdb" "$squashed"
    ended_with 0
    said_nothing
    run report -d some.db --geoip "$scratch/geoip/dbip-country.mmdb"
    ended_with 0
    said_nothing
    if command -v sqlite3 > /dev/null; then
        sqlite3 some.db "SELECT DISTINCT asn, organisation, country, city, told_by FROM place
            WHERE address LIKE '17.%'" > "$out"
        printed '^714|APPLE-ENGINEERING|US|Cupertino|maxmind-asn.mmdb,ipinfo-location.mmdb$'
        [ "$(grep -c '' "$out")" -eq 1 ] || wrong "$(cat "$out")"
    fi
    end
    head -c 600 "$scratch/geoip/maxmind-asn.mmdb" > "$scratch/half.mmdb"
    refuses "options --geoip, half a database" 'half.mmdb' \
        read --geoip "$scratch/half.mmdb" "$squashed"
    refuses "options --geoip, no database" 'text.pem' \
        read --geoip "$scratch/text.pem" "$squashed"
else
    for name in "several databases, on read and on report" "half a database" "no database"; do
        skip "options --geoip, $name" "no libmaxminddb, or no MaxMind::DB::Writer for perl"
    done
fi
refuses "options --geoip, missing file" 'nowhere.mmdb' \
    read --geoip "$scratch/nowhere.mmdb" "$squashed"

# --catalog
begin "options --catalog adds a host"
echo "mdm.school.example 8443 tcp" > mine.txt
run hosts
printed_not 'mdm.school.example'
before=$(grep -c '' "$out")
run hosts --catalog mine.txt
ended_with 0
printed 'mdm.school.example'
[ "$(grep -c '' "$out")" -gt "$before" ] || wrong "it took another's place"
run hosts --catalog mine.txt --format json
"$support/check_json" hosts "$out" 2>> "$failures" || wrong "no list of hosts"
printed '"mdm.school.example"'
run read --catalog mine.txt --format json -o report.json "$squashed"
ended_with 0
grep -q '"mdm.school.example"' report.json || wrong "coverage has no row for it"
end

begin "options --catalog, a line that is none"
printf 'mdm.school.example 8443 tcp\nmdm.school.example 99999 tcp\n' > mine.txt
run hosts --catalog mine.txt
ended_with 2
grep -q 'mine.txt.*2' "$err" || wrong "does not name file and line: $(cat "$err")"
[ "$(grep -c '' "$err")" -eq 1 ] || wrong "not one line"
end
