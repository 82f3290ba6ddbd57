# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# mitmproxy in the router, TLS 1.3: the chain is hidden, but the clients (OpenSSL) leave each
# connection to gs and humb with unknown_ca in clear.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers gs.apple.com humb.apple.com
}

fault() {
    make_ca interceptor "/CN=mitmproxy/O=mitmproxy"
    start_mitmproxy interceptor router
    router_redirects tcp 443 8443
}

timeline() {
    device_fetches gs.apple.com
    device_fetches humb.apple.com
    device_fetches gs.apple.com
    device_fetches humb.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict impaired
trust
must tls-interception-suspected host=gs.apple.com port=443 transport=tcp device=10.20.0.20 severity=warning
must tls-interception-suspected host=humb.apple.com port=443 transport=tcp device=10.20.0.20 severity=warning
END
}
