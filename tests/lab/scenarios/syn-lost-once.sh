# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The first SYN to gs.apple.com is lost, the second answered: every network loses a packet.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    firewall_drops_first tcp 443 1 17.188.22.70
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
