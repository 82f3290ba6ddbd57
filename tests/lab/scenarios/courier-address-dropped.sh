# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Of the two couriers that the name has, a stale rule drops one.  A device that has cached it waits in vain,
# then asks again and is served by the other.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    firewall_drops tcp 5223 17.57.145.37
}

timeline() {
    device_connects_to 17.57.145.37 5223 courier.push.apple.com --alpn apns-security-v3 --timeout 5
    device_connects_apns 7 5223
    device_connects_to 17.57.145.37 5223 courier.push.apple.com --alpn apns-security-v3 --timeout 5
    device_connects_apns 9 5223
}

label() {
    cat << 'END'
verdict impaired
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=no-answer severity=warning device=10.20.0.20 address=17.57.145.37
coverage *.push.apple.com 5223 tcp partial
END
}
