# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin: chronyd with good time.  Healthy.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com
}

fault() {
    start_time_server
}

timeline() {
    device_asks_time
    device_fetches albert.apple.com
    device_asks_time
}

label() {
    cat << 'END'
verdict healthy
trust
coverage time-ios.apple.com 123 udp ok
coverage albert.apple.com 443 tcp ok
END
}
