# SPDX-License-Identifier: Apache-2.0
# What a report of a part holds: a time, a device, a category.  Sourced by run.sh.


begin "selection the whole is named as none"
run read --format json "$squashed"
[ "$(grep -A 4 '"selection": {' "$out" | grep -c ': null')" -eq 4 ] || wrong "not all are null"
run read "$squashed"
printed_not '^Only '
end

begin "selection --category limits findings, coverage and devices"
run read -d site.db "$squashed"
run report -d site.db --format json --category software-update
ended_with 0
is_report "$out"
printed '"verdict": "healthy"'
printed '"category": "software-update"'
printed_not '"category": "apns"'
printed_not '"kind":'
[ "$(grep -c '"retired":' "$out")" -eq 33 ] || wrong "$(grep -c '"retired":' "$out") rows"
printed '"address": "10.20.0.20"'
run report -d site.db --format json --category apns
is_report "$out"
printed '"verdict": "blocked"'
printed '"kind": "cname-squashed"'
printed '"kind": "port-blocked"'
printed_not '"category": "software-update"'
run report -d site.db --format json --category app-store
is_report "$out"
printed '"verdict": "inconclusive"'
printed '"devices": \[\]'
end

begin "selection --category is told in every format"
run read -d site.db "$squashed"
for format in text md; do
    run report -d site.db --format $format --category apns --device 10.20.0.20 --until 2027-01-01
    printed '^Only category apns device 10.20.0.20 until 2027-01-01'
    printed_not 'software-update'
done
run report -d site.db --format csv --category software-update
[ "$(grep -c '' "$out")" -eq 1 ] || wrong "rows that are not of the category"
end

begin "selection findings keep their identities"
run read -d site.db "$squashed"
run report -d site.db --format csv --category apns
grep '^"F2","port-blocked"' "$out" > whole
run report -d site.db --format csv --category firewall
grep '^"F2","port-blocked"' "$out" > part
[ -s part ] || wrong "no F2"
cmp -s part whole || wrong "F2 is another"
end

begin "selection --fail-on looks at the part"
run read -d site.db "$squashed"
run report -d site.db --category software-update --fail-on warning
ended_with 0
run report -d site.db --category apns --fail-on critical
ended_with 1
end

begin "selection times are cut to it, in every format"
run read -d site.db "$squashed"
for format in text md csv json; do
    run report -d site.db --format $format --since 2026-11-21T20:02:05Z \
        --until 2026-11-21T20:02:08Z
    ended_with 0
    case $format in
    text | md) printed '2026-11-21 20:02:05.000 to 20:02:08.000 UTC, seen' ;;
    csv) printed ',2026-11-21T20:02:05Z,2026-11-21T20:02:08Z,' ;;
    json)
        is_report "$out"
        printed '"first_seen": "2026-11-21T20:02:05Z"'
        printed '"last_seen": "2026-11-21T20:02:08Z"'
        ;;
    esac
    printed_not 'cname-squashed'
    printed_not '20:02:0[1-4]\.[0-9]* \(SYN\|query\)'
    printed_not 'tried since 20:02:0[1-4]'
done
end

begin "selection the coverage counts what was selected alone"
run read -d site.db "$squashed" "$healthy"
run report -d site.db --format json -o all.json
run report -d site.db --format json -o before.json --until 2026-11-21T20:02:02.4Z
attempts() {
    grep '"attempts":' "$1" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum }'
}
[ "$(attempts before.json)" -lt "$(attempts all.json)" ] ||
    wrong "$(attempts before.json) of $(attempts all.json) attempts"
[ "$(attempts before.json)" -gt 0 ] || wrong "no attempts before"
run report -d site.db --format json --since 2030-01-01
[ "$(attempts "$out")" -eq 0 ] || wrong "attempts in a time that nothing was in"
[ "$(grep -c '"status": "unseen"' "$out")" -eq "$(grep -c '"retired":' "$out")" ] ||
    wrong "rows are seen in a time that nothing was in"
printed '"devices": \[\]'
run report -d site.db --format json --device 192.0.2.1
[ "$(attempts "$out")" -eq 0 ] || wrong "attempts of a device that is not there"
printed '"devices": \[\]'
printed '"device": "192.0.2.1"'
end

refuses "selection a category that is none" "choose one of: device-setup, .*apns" \
    report -d site.db --category push
