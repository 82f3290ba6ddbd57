# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# Two faults: the firewall drops 5223, and on 443 sslsplit forges certificates, those of the couriers
# too (TLS 1.2).  Push has no way left, so that both are critical.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers gs.apple.com
}

fault() {
    make_ca interceptor "/O=School/CN=School Web Filter"
    start_sslsplit interceptor
    router_redirects tcp 443 8443
    firewall_drops tcp 5223
}

timeline() {
    device_fetches gs.apple.com --tls-max 1.2
    LAB_CONNECT_TIMEOUT=4
    device_connects_apns 7 5223 --version 1.2
    device_connects_apns 18 443 --version 1.2
    device_connects_apns 9 5223 --version 1.2
    device_connects_apns 20 443 --version 1.2
}

label() {
    cat << 'END'
verdict blocked
trust
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=no-answer device=10.20.0.20 severity=critical
must certificate-intercepted host=*.push.apple.com port=443 transport=tcp culprit=none role=proxy device=10.20.0.20
must certificate-intercepted host=gs.apple.com port=443 transport=tcp culprit=none role=proxy device=10.20.0.20
END
}
