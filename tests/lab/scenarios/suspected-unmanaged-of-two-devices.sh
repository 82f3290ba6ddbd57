# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# mitmproxy in the router, TLS 1.3: the managed device has its root and gets its pages, the other one
# refuses as Apple's do, each time.  Only the other one shows that something is wrong.

capture_at=devices

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    join device2
    start_web_servers gs.apple.com
}

fault() {
    make_ca interceptor "/CN=mitmproxy/O=mitmproxy"
    start_mitmproxy interceptor router
    lab_in router sysctl -qw net.bridge.bridge-nf-call-iptables=0 # or the SPAN shows what NAT made of it
    router_redirects tcp 443 8443
}

timeline() {
    for turn in 1 2 3; do
        device_refuses_like_apple gs.apple.com 443
        on device2 device_fetches gs.apple.com --cacert "$LAB_FOLDER/interceptor.pem"
    done
}

label() {
    cat << 'END'
verdict impaired
trust
must tls-interception-suspected host=gs.apple.com port=443 transport=tcp device=10.20.0.20 severity=warning
END
}
