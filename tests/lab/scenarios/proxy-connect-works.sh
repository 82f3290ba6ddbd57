# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin: Squid lets hosts through that the list marks as proxy-capable, and a courier on 443,
# undecrypted.  Healthy.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    start_squid
}

timeline() {
    device_tunnels albert.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
    device_fetches_by_proxy gs.apple.com
    device_tunnels courier.push.apple.com 443 --target 7-courier.push.apple.com:443 --alpn apns-security-v3
}

label() {
    cat << 'END'
verdict healthy
trust
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
coverage *.push.apple.com 443 tcp ok
END
}
