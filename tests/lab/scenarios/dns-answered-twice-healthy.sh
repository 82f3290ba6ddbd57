# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A cache on the way answers first, and rightly; the resolver's own answer says the same.

# shellcheck source=tests/lab/scenarios/dns-forged-on-the-way.sh
. "$LAB_SOURCE/scenarios/dns-forged-on-the-way.sh"

fault() {
    start_resolver public unbound
    device_uses_resolvers 198.51.100.99
    router_forges gs.apple.com cname=gs.apple.com.akadns.net a=17.188.22.70
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
