# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The device was given the interceptor's root, and its browser gets pages from gs through it (TLS 1.2).
# Apple's own services do not take that root: the chain in clear is forged, and it is critical.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers gs.apple.com
}

fault() {
    make_ca interceptor "/CN=mitmproxy/O=mitmproxy"
    start_mitmproxy interceptor router
    router_redirects tcp 443 8443
}

timeline() {
    device_fetches gs.apple.com --tls-max 1.2 --cacert "$LAB_FOLDER/interceptor.pem"
    device_fetches gs.apple.com --tls-max 1.2 --cacert "$LAB_FOLDER/interceptor.pem"
}

label() {
    cat << 'END'
verdict blocked
trust
must certificate-intercepted host=gs.apple.com port=443 transport=tcp vendor=mitmproxy culprit=none role=proxy device=10.20.0.20 severity=critical
END
}
