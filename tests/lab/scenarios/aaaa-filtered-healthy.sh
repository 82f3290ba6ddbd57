# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A site without IPv6: dnsmasq empties the answers for AAAA, and the device is served over IPv4.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

parts() {
    start_upstream_dns
    start_couriers
    start_web_servers albert.apple.com init.itunes.apple.com
}

fault() {
    resolver_answers resolver . no-aaaa
    start_resolver resolver dnsmasq
}

timeline() {
    device_fetches albert.apple.com
    device_fetches init.itunes.apple.com
    device_resolve courier.push.apple.com
    device_connects_apns 7 5223
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
coverage init.itunes.apple.com 443 tcp ok
END
}
