# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# 5223 is dropped for the whole site: three devices suffer alike and fall back to 443.  One cause, one finding.
capture_at=devices

parts() {
    join device2
    join device3
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    firewall_drops tcp 5223
}

timeline() {
    meanwhile device_apns 7
    meanwhile on device2 device_apns 12
    on device3 device_apns 31
    all_done
}

label() {
    cat << 'END'
verdict impaired
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=no-answer severity=warning device=10.20.0.20 device=10.20.0.21 device=10.20.0.22
coverage *.push.apple.com 443 tcp ok
END
}
