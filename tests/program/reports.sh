# SPDX-License-Identifier: Apache-2.0
# What is written: reports in their formats, as files, out of databases.  Sourced by run.sh.

for name in courier-squashed courier-healthy; do
    begin "reports $name as text"
    run read "$srcdir/tests/golden/$name.pcap"
    ended_with 0
    said_nothing
    case $name in
    *squashed)
        head -n 1 "$out" | grep -q '^BLOCKED' || wrong "does not begin with the verdict"
        printed 'cname-squashed'
        printed 'port-blocked'
        printed '10\.20\.0\.20'
        printed "#44"
        ;;
    *)
        head -n 1 "$out" | grep -q '^HEALTHY' || wrong "does not begin with the verdict"
        printed_not 'CRITICAL'
        printed_not 'WARNING'
        ;;
    esac
    awk 'length($0) > 80 { print "longer than 80: " $0 }' "$out" >> "$failures"
    ! grep -q "$(printf '\033')" "$out" || wrong "has escape codes"
    end
    begin "reports $name as JSON"
    run read --format json "$srcdir/tests/golden/$name.pcap"
    ended_with 0
    said_nothing
    is_report "$out"
    end
done

if [ -d "$captures" ]; then
    begin "reports every capture at hand is reported on, or refused in one line"
    for capture in "$captures"/*.pcap "$captures"/*.pcapng; do
        run read --format json "$capture"
        case $status in
        0) is_report "$out" ;;
        2) said_once "${capture##*/}" ;;
        *) wrong "$capture: exit status $status" ;;
        esac
    done
    end
else
    skip "reports every capture at hand is reported on, or refused in one line" "no captures"
fi

begin "reports all flows do not change the findings"
run read --format json -o few.json "$squashed"
run read --format json -o all.json --all-flows "$squashed"
"$support/check_json" findings few.json > few
"$support/check_json" findings all.json > all
cmp -s few all || wrong "$(diff few all)"
end

begin "reports out of a database are those of the capture"
run read -d site.db --format json -o first.json "$squashed"
ended_with 0
run report -d site.db --format json -o second.json
ended_with 0
is_report second.json
"$support/check_json" same first.json second.json 2>> "$failures" || wrong "they differ"
run read --format json -o memory.json "$squashed"
"$support/check_json" same first.json memory.json 2>> "$failures" ||
    wrong "that of a database in memory differs"
left first.json memory.json second.json site.db
end

begin "reports as text out of a database are those of the capture"
run read -d site.db "$squashed"
cp "$out" first
run report -d site.db
cmp -s first "$out" || wrong "$(diff first "$out")"
end

begin "reports as HTML out of a database are those of the capture"
SOURCE_DATE_EPOCH=1790000000
export SOURCE_DATE_EPOCH
run read -d site.db --format html -o first.html "$squashed"
ended_with 0
run report -d site.db --format html -o second.html
ended_with 0
unset SOURCE_DATE_EPOCH
head -n 1 first.html | grep -q '^<!DOCTYPE html>$' || wrong "does not begin as HTML"
grep -q 'id="F1"' first.html || wrong "lacks the finding"
cmp -s first.html second.html || wrong "$(diff first.html second.html)"
left first.html second.html site.db
end

begin "reports the database is its owner's alone"
(umask 022 && "$applepath" read -d site.db "$squashed" > /dev/null)
[ -n "$(find site.db -perm 600)" ] || wrong "$(ls -l site.db)"
end

begin "reports a second reading adds to the database"
run read -d site.db "$healthy"
run read -d site.db --format json -o both.json "$squashed"
ended_with 0
is_report both.json
grep -q '"name": "courier-healthy.pcap"' both.json || wrong "the first capture is gone"
grep -q '"name": "courier-squashed.pcap"' both.json || wrong "the second is not there"
end

begin "reports --device selects"
run read -d site.db "$squashed"
run report -d site.db --device 10.20.0.20 --fail-on critical
ended_with 1
run report -d site.db --device 10.20.0.21 --fail-on critical
ended_with 0
printed '^INCONCLUSIVE'
end

begin "reports --since and --until select"
run read -d site.db "$squashed"
run report -d site.db --since 2026-11-21T20:02:05Z --format json -o late.json
ended_with 0
is_report late.json
"$support/check_json" findings late.json > late
! grep -q cname-squashed late || wrong "the name was asked before that"
grep -q port-blocked late || wrong "the port was tried after that"
run report -d site.db --until 2026-11-21T20:02:02.4Z --format json -o early.json
ended_with 0
"$support/check_json" findings early.json > early
grep -q cname-squashed early || wrong "the name was asked before that"
! grep -q port-blocked early || wrong "the port was tried after that"
run report -d site.db --since 2030-01-01 --fail-on warning
ended_with 0
printed '^INCONCLUSIVE'
end

begin "reports -o writes a whole file, its owner's alone"
(umask 000 && "$applepath" read -o report.txt "$squashed" > "$out" 2> "$err")
[ ! -s "$out" ] || wrong "prints something too"
[ -n "$(find report.txt -perm 600)" ] || wrong "$(ls -l report.txt)"
run read "$squashed"
cmp -s report.txt "$out" || wrong "the file is not what is printed"
left report.txt
end

begin "reports -o replaces what was there"
echo "yesterday's report" > report.txt
run read -o report.txt "$healthy"
ended_with 0
grep -q '^HEALTHY' report.txt || wrong "it was not replaced"
! grep -q yesterday report.txt || wrong "a part of the old one is there"
left report.txt
end

begin "reports -o replaces a link and does not follow it"
mkdir there
echo "yesterday's report" > there/report.txt
ln -s there/report.txt link
run read -o link "$healthy"
ended_with 0
[ ! -L link ] || wrong "the link was followed"
grep -q '^HEALTHY' link || wrong "no report is in its place"
grep -q '^yesterday' there/report.txt || wrong "what the link leads to was written"
[ -n "$(find link -perm 600)" ] || wrong "$(ls -l link)"
left link there there/report.txt
end

begin "reports -o makes nothing where a dangling link leads"
ln -s elsewhere link
run read -o link "$healthy"
ended_with 0
[ ! -L link ] || wrong "the link was followed"
left link
end

begin "reports -o /dev/stdout is standard output"
run read -o /dev/stdout "$healthy"
ended_with 0
printed '^HEALTHY'
[ -L /dev/stdout ] || wrong "the link was replaced"
end

begin "reports -d is not written through a link"
: > victim
ln -s victim site.db
run read -d site.db "$healthy"
ended_with 2
said_once 'site.db is a symbolic link.*name the file itself for -d'
[ ! -s victim ] || wrong "what it leads to was written"
rm site.db
ln -s nowhere site.db
run read -d site.db "$healthy"
ended_with 2
[ ! -e nowhere ] || wrong "a file was made where it leads"
left site.db victim
end

begin "reports -d is not a file that a stranger laid ready"
if [ "$(id -u)" -eq 0 ] && chown 65534 . 2> /dev/null; then
    chown 0 . && mkdir sticky && chmod 1777 sticky && : > sticky/site.db
    chown 65534 sticky/site.db
    run read -d sticky/site.db "$healthy"
    ended_with 2
    said_once 'belongs to another user'
    [ ! -s sticky/site.db ] || wrong "it was written"
fi
end

begin "reports -o - is standard output"
run read -o - "$healthy"
ended_with 0
printed '^HEALTHY'
left ''
end

begin "reports -o /dev/null leaves it a device"
run read -o /dev/null "$healthy"
ended_with 0
[ -c /dev/null ] || wrong "/dev/null was replaced"
end

begin "reports hosts as text"
run hosts
ended_with 0
said_nothing
printed 'courier\|\*\.push\.apple\.com'
printed '5223'
! grep -q "$(printf '\033')" "$out" || wrong "has escape codes"
end

begin "reports hosts as JSON"
run hosts --format json
ended_with 0
"$support/check_json" hosts "$out" 2>> "$failures" || wrong "no list of hosts"
printed '"\*\.push\.apple\.com"'
run hosts --format json -o hosts.json
cmp -s hosts.json "$out" || true
"$support/check_json" hosts hosts.json 2>> "$failures" || wrong "no list of hosts in the file"
left hosts.json
end

begin "reports coverage has a row for every row of hosts"
run hosts --format json
hosts=$(grep -c '"host":' "$out")
run read --format json "$healthy"
rows=$(grep -c '"retired":' "$out")
[ "$hosts" -eq "$rows" ] || wrong "$hosts hosts, $rows rows"
end
