# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The answer for gs.apple.com comes truncated (TC), and TCP 53 to the resolver is closed by a firewall:
# the name never resolves.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    resolver_answers resolver gs.apple.com truncated
    start_resolver resolver bind
    on resolver firewall_drops tcp 53
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    device_fetches gs.apple.com
    device_fetches albert.apple.com
}

label() {
    cat << 'END'
verdict blocked
must dns-blocked host=gs.apple.com name=gs.apple.com device=10.20.0.20
coverage albert.apple.com 443 tcp ok
END
}
