# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The resolver, asked over IPv6, refuses gs.apple.com and resolves the rest.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

parts() {
    lab_ipv6
    start_upstream_dns
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    resolver_answers resolver gs.apple.com refused
    start_resolver resolver unbound
    device_uses_resolvers 2001:db8:20::2
}

label() {
    cat << 'END'
verdict blocked
must dns-blocked host=gs.apple.com name=gs.apple.com culprit=2001:db8:20::2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
