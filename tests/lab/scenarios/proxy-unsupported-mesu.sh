# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# mesu.apple.com, which Apple's list does not mark as proxy-capable, is fetched through Squid, and today
# it works: a warning.  albert, which is marked, goes the same way.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com mesu.apple.com
}

fault() {
    start_squid
}

timeline() {
    device_tunnels mesu.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels albert.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels mesu.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
}

label() {
    cat << 'END'
verdict impaired
trust
must proxy-unsupported host=mesu.apple.com port=443 transport=tcp device=10.20.0.20 severity=warning
coverage albert.apple.com 443 tcp ok
END
}
