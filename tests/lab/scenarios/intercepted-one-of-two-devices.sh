# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# The router intercepts one device only (TLS 1.2), because the filter's rule names its address; the
# other one gets the genuine chain of the same host.

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
    lab_nat
    lab_in router sysctl -qw net.bridge.bridge-nf-call-iptables=0 # or the SPAN shows what NAT made of it
    lab_in router nft add rule inet nat prerouting ip saddr 10.20.0.20 tcp dport 443 redirect to :8443
}

timeline() {
    device_fetches gs.apple.com --tls-max 1.2
    on device2 device_fetches gs.apple.com --tls-max 1.2
    device_fetches gs.apple.com --tls-max 1.2
    on device2 device_fetches gs.apple.com --tls-max 1.2
}

label() {
    cat << 'END'
verdict blocked
trust
must certificate-intercepted host=gs.apple.com port=443 transport=tcp vendor=mitmproxy culprit=none role=proxy device=10.20.0.20
END
}
