# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Squid answers 503 for a host that is not Apple's and is down; albert and gs get through.  Healthy.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    start_squid
}

timeline() {
    device_tunnels albert.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels www.unrelated.example 443
    device_tunnels www.unrelated.example 443
    device_tunnels gs.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
}

label() {
    cat << 'END'
verdict healthy
trust
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
