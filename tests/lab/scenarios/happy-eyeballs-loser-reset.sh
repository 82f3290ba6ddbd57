# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# IPv6 is slow, so IPv4 is tried after 250 ms (RFC 8305).  Both open; the device closes the loser by RST.

parts() {
    lab_ipv6
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers init.itunes.apple.com
}

fault() {
    link_set cdn delay=200
}

timeline() {
    device_races init.itunes.apple.com 443 rst
    device_races init.itunes.apple.com 443 rst
}

label() {
    cat << 'END'
verdict healthy
END
}
