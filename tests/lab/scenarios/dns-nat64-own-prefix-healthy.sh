# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The same with the provider's own prefix, which devices learn from ipv4only.arpa (RFC 7050).

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

parts() {
    lab_ipv6
    # The translator is left out: the servers have the translated addresses themselves.
    lab_in apple ip -6 route add local 2001:db8:64::/96 dev lo
    lab_in isp ip -6 route add 2001:db8:64::/96 via 2001:db8:ffff:1::2
    web_site albert.apple.com "address=17.171.47.86 2001:db8:64::11ab:2f56"
    web_site gs.apple.com "address=17.188.22.70 2001:db8:64::11bc:1646"
    start_web
}

fault() {
    upstream_adds ipv4only.arpa 300 A 192.0.0.170
    start_upstream_dns
    start_resolver resolver unbound 'module-config: "dns64 iterator"' "dns64-prefix: 2001:db8:64::/96"
    device_uses_resolvers 2001:db8:20::2
}

timeline() {
    device_resolve ipv4only.arpa AAAA
    device_resolve albert.apple.com AAAA
    device_fetches_from "[2001:db8:64::11ab:2f56]" albert.apple.com
    device_resolve gs.apple.com AAAA
    device_fetches_from "[2001:db8:64::11bc:1646]" gs.apple.com
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
