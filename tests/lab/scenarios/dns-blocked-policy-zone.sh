# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A response policy zone in bind says NXDOMAIN for gdmf.apple.com, with its own SOA: software updates stop.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    resolver_answers resolver gdmf.apple.com nxdomain-soa
    start_resolver resolver bind
}

timeline() {
    device_fetches albert.apple.com --tls-max 1.2
    device_fetches gdmf.apple.com
    sleep 1
    device_fetches gdmf.apple.com
}

label() {
    cat << 'END'
verdict blocked
trust
must dns-blocked host=gdmf.apple.com name=gdmf.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
