# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# UDP 123 is dropped: no time server answers, neither the one of iOS nor the general one; the rest works.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_time_server
    start_web_servers albert.apple.com
}

fault() {
    firewall_drops udp 123
}

timeline() {
    LAB_TIME_TIMEOUT=6 device_asks_time time-ios.apple.com
    LAB_TIME_TIMEOUT=6 device_asks_time time.apple.com
    device_fetches albert.apple.com
}

label() {
    cat << 'END'
verdict blocked
must port-blocked host=time-ios.apple.com port=123 transport=udp how=no-answer device=10.20.0.20 address=17.253.14.251
must port-blocked host=time.apple.com port=123 transport=udp how=no-answer device=10.20.0.20 address=17.253.14.253
coverage albert.apple.com 443 tcp ok
END
}
