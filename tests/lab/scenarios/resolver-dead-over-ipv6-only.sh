# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The resolver is deaf at its IPv6 address and answers at its IPv4 address; the device asks both.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

parts() {
    lab_ipv6
    start_upstream_dns
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    start_resolver resolver unbound
    on resolver firewall_rule input udp 53 '' meta nfproto ipv6 drop
    device_uses_resolvers 2001:db8:20::2 10.20.0.2
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict impaired
must dns-unanswered severity=warning culprit=2001:db8:20::2 role=resolver
END
}
