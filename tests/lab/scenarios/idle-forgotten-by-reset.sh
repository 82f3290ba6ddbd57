# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The firewall forgets TCP connections that were idle for 4 s and answers by RST in the courier's name: each connection
# that waits longer is cut, and the busy one lives.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    firewall_forgets 4 reset
}

timeline() {
    meanwhile device_connects_apns 9 5223 --times 5 --every 3
    meanwhile device_connects_apns 12 5223 --times 3 --every 5
    meanwhile device_connects_apns 23 5223 --times 3 --every 4.6
    device_connects_apns 31 5223 --times 3 --every 6
    all_done
    device_connects_apns 8 5223
}

label() {
    cat << 'END'
verdict impaired
must idle-timeout host=*.push.apple.com port=5223 transport=tcp severity=warning device=10.20.0.20 idle_seconds=3..5
END
}
