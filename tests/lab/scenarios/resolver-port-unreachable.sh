# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The only resolver's machine is up, its DNS server is not: ICMP port unreachable to every question.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

parts() {
    start_couriers
}

fault() {
    join resolver
}

timeline() {
    device_connects_to 17.57.145.36 5223 courier.push.apple.com --alpn apns-security-v3 --bytes 100
    device_resolve albert.apple.com
    sleep 1
    device_resolve albert.apple.com
    sleep 1
    device_resolve gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
must dns-unanswered severity=critical culprit=10.20.0.2 role=resolver device=10.20.0.20
coverage *.push.apple.com 5223 tcp ok
END
}
