# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Squid forbids gs.apple.com (403) and lets other hosts through.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    start_squid deny=gs.apple.com
}

timeline() {
    device_tunnels albert.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels gs.apple.com 443
    device_tunnels gs.apple.com 443
}

label() {
    cat << 'END'
verdict blocked
trust
must proxy-refused host=gs.apple.com port=443 transport=tcp status=403 culprit=10.20.0.3 role=proxy device=10.20.0.20 severity=critical
coverage albert.apple.com 443 tcp ok
END
}
