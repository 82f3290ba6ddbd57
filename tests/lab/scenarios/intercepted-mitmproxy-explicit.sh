# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# mitmproxy is the site's proxy and signs certificates for gs and albert anew; TLS 1.2 shows them.
# The proxy that was asked is the interceptor, and its CA's name says which software it is.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    make_ca interceptor "/CN=mitmproxy/O=mitmproxy"
    start_mitmproxy interceptor
}

timeline() {
    device_tunnels gs.apple.com 443 --version 1.2
    device_tunnels albert.apple.com 443 --version 1.2
    device_tunnels gs.apple.com 443 --version 1.2
}

label() {
    cat << 'END'
verdict blocked
trust
must certificate-intercepted host=gs.apple.com port=443 transport=tcp vendor=mitmproxy culprit=10.20.0.3 role=proxy device=10.20.0.20 severity=critical
must certificate-intercepted host=albert.apple.com port=443 transport=tcp vendor=mitmproxy culprit=10.20.0.3 role=proxy device=10.20.0.20 severity=critical
END
}
