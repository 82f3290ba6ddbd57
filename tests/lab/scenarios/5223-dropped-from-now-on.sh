# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# 5223 works until a new firewall rule drops it; from then on every attempt fails and the iPad lives on 443.  What worked
# earlier does not excuse it.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    :
}

timeline() {
    device_connects_apns 7 5223
    device_connects_apns 9 5223
    firewall_drops tcp 5223
    device_apns 12
    device_apns 23
    device_apns 31
}

label() {
    cat << 'END'
verdict impaired
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=no-answer severity=warning device=10.20.0.20
coverage *.push.apple.com 5223 tcp partial
coverage *.push.apple.com 443 tcp ok
END
}
