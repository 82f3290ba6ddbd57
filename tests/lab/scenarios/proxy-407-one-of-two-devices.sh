# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# Of two devices one has the proxy's credentials and gets through after the 407; the other has none.

capture_at=devices

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    join device2
    start_web_servers albert.apple.com
}

fault() {
    start_squid auth=basic
}

timeline() {
    device_tunnels albert.apple.com 443
    on device2 device_tunnels albert.apple.com 443 --authenticate basic --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels albert.apple.com 443
    on device2 device_tunnels albert.apple.com 443 --authenticate basic --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels albert.apple.com 443
}

label() {
    cat << 'END'
verdict blocked impaired
trust
must proxy-authentication host=albert.apple.com port=443 transport=tcp culprit=10.20.0.3 role=proxy device=10.20.0.20
END
}
