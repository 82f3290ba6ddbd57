# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# bind's policy zone drops questions for gs.apple.com (rpz-drop); all others are answered at once.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    resolver_answers resolver gs.apple.com drop
    start_resolver resolver bind
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
must dns-blocked host=gs.apple.com name=gs.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
