# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The router leads 5223 into mitmproxy; the couriers' certificate is forged (TLS 1.2 shows it).
# The interceptor has no address of its own in the capture: nobody's address is named.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers albert.apple.com
}

fault() {
    make_ca interceptor "/CN=mitmproxy/O=mitmproxy"
    start_mitmproxy interceptor router
    router_redirects tcp 5223 8443
}

timeline() {
    device_fetches albert.apple.com --tls-max 1.2
    device_connects_apns 7 5223 --version 1.2
    device_connects_apns 9 5223 --version 1.2
}

label() {
    cat << 'END'
verdict blocked
trust
must certificate-intercepted host=*.push.apple.com port=5223 transport=tcp vendor=mitmproxy culprit=none role=proxy device=10.20.0.20
coverage albert.apple.com 443 tcp ok
END
}
