# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# 5223 is silent for some ten seconds and then opens again; 443 served meanwhile.  It was a fault, at most a warning, and
# it is over.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    firewall_drops tcp 5223
}

timeline() {
    device_apns 7
    device_connects_apns 9 5223
    firewall_opens
    device_connects_apns 12 5223
    device_connects_apns 23 5223
}

label() {
    cat << 'END'
verdict healthy impaired
may port-blocked host=*.push.apple.com port=5223 transport=tcp how=no-answer severity=warning|note device=10.20.0.20
END
}
