# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The firewall drops what Squid sends to gs.apple.com: CONNECT is never answered, and the device gives
# up.  Other hosts get through the same proxy.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    start_squid
    firewall_drops tcp 443 17.188.22.70
}

timeline() {
    device_tunnels albert.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels gs.apple.com 443 --timeout 6
    device_tunnels gs.apple.com 443 --timeout 6
    device_tunnels albert.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
}

label() {
    cat << 'END'
verdict blocked
trust
must proxy-refused host=gs.apple.com port=443 transport=tcp culprit=10.20.0.3 role=proxy device=10.20.0.20 severity=critical
coverage albert.apple.com 443 tcp ok
END
}
