# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of port-reset-three-hops-away: the server itself refuses one connection (it starts anew), and
# serves the next.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers albert.apple.com
}

fault() {
    on apple firewall_rule '' tcp 443 17.171.47.86 limit rate 1/day burst 1 packets reject with tcp reset
}

timeline() {
    device_fetches albert.apple.com
    device_apns 7
    device_fetches albert.apple.com
}

label() {
    cat << 'END'
verdict healthy
coverage *.push.apple.com 5223 tcp ok
END
}
