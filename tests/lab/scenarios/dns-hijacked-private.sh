# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The resolver answers gs.apple.com with a host of the site, 10.20.0.30, that has no web server: its RSTs
# are the resolver's doing and no finding of their own.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    join other
    resolver_answers resolver gs.apple.com address 10.20.0.30
    start_resolver resolver dnsmasq
}

label() {
    cat << 'END'
verdict blocked
must dns-hijacked host=gs.apple.com name=gs.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
