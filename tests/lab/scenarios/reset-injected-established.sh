# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A box in the way lets the handshake with gs.apple.com pass and cuts each connection at its first request, in the
# server's name: the RST has another TTL, and comes at once.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    link_rule apple address=17.188.22.70 data=3 act=reset-both ttl=125 then=drop
}

timeline() {
    device_fetches albert.apple.com
    device_connects gs.apple.com 443 --send "GET / HTTP/1.1\\r\\nHost: gs.apple.com\\r\\n\\r\\n"
    device_connects gs.apple.com 443 --send "GET / HTTP/1.1\\r\\nHost: gs.apple.com\\r\\n\\r\\n" --version 1.2
    device_connects gs.apple.com 443 --send "GET / HTTP/1.1\\r\\nHost: gs.apple.com\\r\\n\\r\\n"
}

label() {
    cat << 'END'
trust
verdict blocked
must connection-reset host=gs.apple.com port=443 transport=tcp origin=injected stage=established severity=critical device=10.20.0.20 address=17.188.22.70
coverage albert.apple.com 443 tcp ok
END
}
