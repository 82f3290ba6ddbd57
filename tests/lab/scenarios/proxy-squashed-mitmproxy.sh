# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A device asks mitmproxy for CONNECT courier.push.apple.com:443.  The target has no address, by design, and
# the proxy answers with an error instead of trying the numbered names; gs gets through,
# with a certificate of the proxy that this client takes (TLS 1.3 hides it).

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers gs.apple.com
}

fault() {
    make_ca interceptor "/CN=mitmproxy/O=mitmproxy"
    start_mitmproxy interceptor
}

timeline() {
    lab_client 10.20.0.3 443 --proxy 10.20.0.3:3128 --name gs.apple.com --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels courier.push.apple.com 443 --alpn apns-security-v3
    device_tunnels courier.push.apple.com 443 --alpn apns-security-v3
    lab_client 10.20.0.3 443 --proxy 10.20.0.3:3128 --name gs.apple.com --send "GET / HTTP/1.0\r\n\r\n"
}

label() {
    cat << 'END'
verdict blocked
trust
must cname-squashed host=*.push.apple.com name=courier.push.apple.com culprit=10.20.0.3 role=proxy device=10.20.0.20
coverage gs.apple.com 443 tcp ok
END
}
