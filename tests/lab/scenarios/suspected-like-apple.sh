# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# mitmproxy in the router, TLS 1.3, and a client that refuses as Apple's do: by an encrypted alert
# where its Finished would stand, again and again.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers gs.apple.com albert.apple.com
}

fault() {
    make_ca interceptor "/CN=mitmproxy/O=mitmproxy"
    start_mitmproxy interceptor router
    router_redirects tcp 443 8443
}

timeline() {
    for turn in 1 2 3; do
        device_refuses_like_apple gs.apple.com 443
        device_refuses_like_apple albert.apple.com 443
    done
}

label() {
    cat << 'END'
verdict impaired
trust
must tls-interception-suspected host=gs.apple.com port=443 transport=tcp device=10.20.0.20 severity=warning
must tls-interception-suspected host=albert.apple.com port=443 transport=tcp device=10.20.0.20 severity=warning
END
}
