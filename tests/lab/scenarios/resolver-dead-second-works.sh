# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The first of two resolvers answers nothing at all; the second (dnsmasq) answers everything.

parts() {
    start_upstream_dns
    start_resolver resolver2 dnsmasq
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    part_silent resolver udp 53
    device_uses_resolvers 10.20.0.2 10.20.0.4
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict impaired
must dns-unanswered severity=warning culprit=10.20.0.2 role=resolver device=10.20.0.20
END
}
