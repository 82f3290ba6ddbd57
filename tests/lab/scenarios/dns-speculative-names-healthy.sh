# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Names asked on speculation: DNS-SD below apple.com and of the site's network (NXDOMAIN, no SOA), a
# proxy's name, and basejumper.apple.com, which has no address (Apple's SOA).

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

parts() {
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    upstream_adds basejumper.apple.com 300 TXT none
    start_upstream_dns
    resolver_answers resolver _dns-sd._udp.apple.com nxdomain
    resolver_answers resolver 10.in-addr.arpa nxdomain
    start_resolver resolver unbound
}

timeline() {
    device_resolve lb._dns-sd._udp.apple.com PTR
    device_resolve b._dns-sd._udp.apple.com PTR
    device_resolve lb._dns-sd._udp.0.0.20.10.in-addr.arpa PTR
    device_resolve _aaplcache._tcp.apple.com SRV TXT
    device_resolve basejumper.apple.com
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    device_resolve basejumper.apple.com
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
