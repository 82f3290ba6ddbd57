# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The router leads all questions into its own dnsmasq, which says NXDOMAIN for gs.apple.com; the device
# asked a public resolver, and the answer bears its address (but the router's TTL).

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    resolver_answers router gs.apple.com nxdomain
    start_resolver router dnsmasq
    router_redirects udp 53 53
    device_uses_resolvers 198.51.100.99
}

label() {
    cat << 'END'
verdict blocked
must dns-blocked host=gs.apple.com name=gs.apple.com device=10.20.0.20 severity=critical
coverage albert.apple.com 443 tcp ok
END
}
