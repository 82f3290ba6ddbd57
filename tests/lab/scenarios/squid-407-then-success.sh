# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Squid wants to know who asks, by Negotiate or Basic; the devices answer the 407 and get through.
# That is how authentication works, and no finding.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    start_squid auth=both
}

timeline() {
    device_tunnels albert.apple.com 443 --authenticate basic --version 1.2 --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels albert.apple.com 443 --authenticate basic --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels gs.apple.com 443 --authenticate negotiate --send "GET / HTTP/1.0\r\n\r\n"
}

label() {
    cat << 'END'
verdict healthy
trust
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
