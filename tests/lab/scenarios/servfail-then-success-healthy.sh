# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The provider's resolver is out of reach for a moment: the site's says SERVFAIL once, for the placeholder
# and for a host; asked again seconds later it has both.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    start_resolver resolver unbound "infra-host-ttl: 1" "infra-cache-max-rtt: 1000"
    firewall_rejects udp 53 port-unreachable 198.51.100.54
}

timeline() {
    LAB_DNS_TIMEOUT=9 device_resolve albert.apple.com A
    LAB_DNS_TIMEOUT=9 device_resolve courier.push.apple.com A
    firewall_opens
    sleep 6
    device_fetches albert.apple.com
    device_resolve courier.push.apple.com
    device_connects_apns 7 5223
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
