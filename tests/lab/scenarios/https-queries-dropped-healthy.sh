# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# An old filter drops questions of type 65 (HTTPS) for two names; A and AAAA are answered, and all works.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    start_resolver resolver unbound
    # QTYPE stands behind UDP header, DNS header and the name: albert.apple.com 18 bytes, courier.push.apple.com 24.
    on resolver firewall_rule input udp 53 '' @th,304,16 65 drop
    on resolver firewall_rule input udp 53 '' @th,352,16 65 drop
}

timeline() {
    device_resolve albert.apple.com HTTPS
    device_fetches albert.apple.com
    device_resolve courier.push.apple.com HTTPS A AAAA
    device_connects_apns 7 5223
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
