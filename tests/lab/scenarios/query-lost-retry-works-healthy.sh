# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The first question to the resolver is lost, and the first one for the placeholder; the retries a second
# later are answered.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    start_resolver resolver unbound
    on resolver firewall_drops_first udp 53 1
}

timeline() {
    device_fetches albert.apple.com
    on resolver firewall_drops_first udp 53 1
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
