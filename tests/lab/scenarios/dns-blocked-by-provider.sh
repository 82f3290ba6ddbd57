# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The provider's resolver says NXDOMAIN for gs.apple.com, the site's passes it on.  The capture has the whole
# site, so it shows who said it first.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

# shellcheck disable=SC2034 # read by tests/lab/run
capture_at=lan0

parts() {
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    resolver_answers upstream gs.apple.com nxdomain
    start_upstream_dns
    start_resolver resolver dnsmasq
}

label() {
    cat << 'END'
verdict blocked
must dns-blocked host=gs.apple.com name=gs.apple.com culprit=198.51.100.54 role=resolver severity=critical
may dns-blocked host=gs.apple.com name=gs.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver
coverage albert.apple.com 443 tcp ok
END
}
