# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The resolver answers gs.apple.com with NOERROR and nothing at all: no address, no CNAME, no SOA.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    resolver_answers resolver gs.apple.com empty
    start_resolver resolver unbound
}

label() {
    cat << 'END'
verdict blocked
must dns-blocked host=gs.apple.com name=gs.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
