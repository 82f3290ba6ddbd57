# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The firewall forgets TCP connections that were idle for 4 s and drops what it does not know: three push connections
# that wait 5 s go dead, and the two that speak every 2 or 3 s live.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    firewall_forgets 4
}

timeline() {
    meanwhile device_connects_apns 7 5223 --version 1.2 --times 4 --every 3
    meanwhile device_connects_apns 9 5223 --times 5 --every 2
    meanwhile device_connects_apns 12 5223 --version 1.2 --times 3 --every 5
    meanwhile device_connects_apns 23 5223 --times 3 --every 5
    device_connects_apns 31 5223 --times 3 --every 6
    all_done
    device_connects_apns 8 5223
}

label() {
    cat << 'END'
trust
verdict impaired
must idle-timeout host=*.push.apple.com port=5223 transport=tcp severity=warning device=10.20.0.20 idle_seconds=3..5
coverage *.push.apple.com 443 tcp unseen
END
}
