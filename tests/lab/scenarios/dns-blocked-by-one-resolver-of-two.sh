# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The first resolver refuses gs.apple.com; the second serves it, and the connection works.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    resolver_answers resolver gs.apple.com refused
    start_resolver resolver unbound
    start_resolver resolver2 dnsmasq
    device_uses_resolvers 10.20.0.2 10.20.0.4
}

label() {
    cat << 'END'
verdict impaired
must dns-blocked host=gs.apple.com name=gs.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=warning
coverage albert.apple.com 443 tcp ok
END
}
