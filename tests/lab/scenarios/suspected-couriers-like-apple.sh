# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# mitmproxy in the router takes 5223 under TLS 1.3: every courier connection ends in an encrypted
# alert before any data, whichever courier is asked; gs, which is left alone, works.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers gs.apple.com
}

fault() {
    make_ca interceptor "/CN=mitmproxy/O=mitmproxy"
    start_mitmproxy interceptor router
    router_redirects tcp 5223 8443
}

timeline() {
    device_fetches gs.apple.com
    for number in 7 9 31; do
        LAB_ADDRESS=$(device_resolve $number-courier.push.apple.com A | head -n 1) device_refuses_like_apple courier.push.apple.com 5223
    done
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict impaired
trust
must tls-interception-suspected host=*.push.apple.com port=5223 transport=tcp device=10.20.0.20 severity=warning
coverage gs.apple.com 443 tcp ok
END
}
