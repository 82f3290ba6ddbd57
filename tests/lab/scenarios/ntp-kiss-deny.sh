# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The time server answers by a kiss-o'-death, DENY: it serves others.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com
}

fault() {
    start_time_server DENY
}

timeline() {
    device_asks_time
    device_fetches albert.apple.com
    device_asks_time
}

label() {
    cat << 'END'
verdict impaired
trust
must ntp-bad-time host=time-ios.apple.com port=123 transport=udp how=kiss-o-death device=10.20.0.20 address=17.253.14.251 severity=warning
coverage albert.apple.com 443 tcp ok
END
}
