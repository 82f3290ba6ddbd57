# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Something at the router sees the questions to a resolver on the internet pass, and answers for gs.apple.com
# before it can; the true answer comes second, from ten hops away.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    start_resolver public unbound
    device_uses_resolvers 198.51.100.99
    router_forges gs.apple.com a=10.10.34.35
}

label() {
    cat << 'END'
verdict blocked
must dns-hijacked host=gs.apple.com name=gs.apple.com device=10.20.0.20 culprit=none role=network|firewall severity=critical address=10.10.34.35 detail.proof=two-answers
coverage albert.apple.com 443 tcp ok
END
}
