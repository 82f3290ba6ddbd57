# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Another twin of idle-forgotten-silently: the server, not the way, ends connections that were idle for 4 s,
# with close and FIN of its own, and new ones are taken.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers 5223 --fault close-when-idle --seconds 4
}

fault() {
    :
}

timeline() {
    meanwhile device_connects_apns 9 5223 --times 3 --every 3
    meanwhile device_connects_apns 12 5223 --hold 6
    meanwhile device_connects_apns 23 5223 --hold 6
    device_connects_apns 31 5223 --hold 6
    all_done
    device_connects_apns 8 5223
}

label() {
    cat << 'END'
verdict healthy
coverage *.push.apple.com 5223 tcp ok
END
}
