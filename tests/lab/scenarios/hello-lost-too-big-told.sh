# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The link towards Apple takes 1400 bytes, and its router says so by ICMP; the site's router drops ICMP.  Seen between
# router and provider (wan0): the messages come, and the device goes on as before.
capture_at=wan0

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    way_narrows apple 1400
    firewall_rule '' icmp '' '' icmp type destination-unreachable drop
}

timeline() {
    device_fetches gs.apple.com
    device_connects albert.apple.com 443 --big-hello --timeout 7
    device_connects albert.apple.com 443 --big-hello --timeout 7
}

label() {
    cat << 'END'
verdict blocked
must handshake-stalled host=albert.apple.com port=443 transport=tcp suspect=mtu-black-hole severity=critical detail.path_mtu=1400 device=10.20.0.20 address=17.171.47.86
coverage gs.apple.com 443 tcp ok
END
}
