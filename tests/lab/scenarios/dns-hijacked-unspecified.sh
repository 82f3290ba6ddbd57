# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A filter answers gs.apple.com with 0.0.0.0 and :: instead of an address; no connection can follow.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    resolver_answers resolver gs.apple.com addresses "0.0.0.0 ::"
    start_resolver resolver unbound
}

timeline() {
    device_fetches albert.apple.com
    device_resolve gs.apple.com
    sleep 1
    device_resolve gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
must dns-hijacked host=gs.apple.com name=gs.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
