# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The provider's NAT forgets TCP connections after 4 s and is silent about it; two iPads hold push connections on 443, as
# their site allows no 5223, and lose each that waits.  One cause, two devices.
capture_at=devices

parts() {
    join device2
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers 443
}

fault() {
    on isp firewall_forgets 4
}

timeline() {
    meanwhile device_connects_apns 7 443 --times 4 --every 3
    meanwhile device_connects_apns 12 443 --times 2 --every 5
    meanwhile on device2 device_connects_apns 23 443 --times 2 --every 5
    on device2 device_connects_apns 31 443 --times 2 --every 4.8
    all_done
}

label() {
    cat << 'END'
verdict impaired
must idle-timeout host=*.push.apple.com port=443 transport=tcp severity=warning device=10.20.0.20 device=10.20.0.21 idle_seconds=3..5
END
}
