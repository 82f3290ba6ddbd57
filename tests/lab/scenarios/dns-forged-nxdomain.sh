# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The same for "no such name": the resolver that the device asked had the name, and comes too late.

# shellcheck source=tests/lab/scenarios/dns-forged-on-the-way.sh
. "$LAB_SOURCE/scenarios/dns-forged-on-the-way.sh"

fault() {
    start_resolver public unbound
    device_uses_resolvers 198.51.100.99
    router_forges gs.apple.com nxdomain
}

label() {
    cat << 'END'
verdict blocked
must dns-blocked host=gs.apple.com name=gs.apple.com device=10.20.0.20 culprit=none role=network|firewall severity=critical detail.answer=nxdomain detail.proof=two-answers
coverage albert.apple.com 443 tcp ok
END
}
