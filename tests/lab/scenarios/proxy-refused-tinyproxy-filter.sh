# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# tinyproxy's filter knows albert.apple.com: 403 for it, while gs gets through.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    start_tinyproxy deny=albert
}

timeline() {
    device_tunnels albert.apple.com 443
    device_tunnels gs.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels albert.apple.com 443
}

label() {
    cat << 'END'
verdict blocked
trust
must proxy-refused host=albert.apple.com port=443 transport=tcp status=403 culprit=10.20.0.3 role=proxy device=10.20.0.20 severity=critical
coverage gs.apple.com 443 tcp ok
END
}
