# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of idle-forgotten-silently: the device itself closes its idle connections after 4 s, by FIN.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    :
}

timeline() {
    meanwhile device_connects_apns 9 5223 --times 3 --every 3
    meanwhile device_connects_apns 12 5223 --hold 4 --end fin
    meanwhile device_connects_apns 23 5223 --hold 4 --end fin
    device_connects_apns 31 5223 --hold 4
    all_done
}

label() {
    cat << 'END'
verdict healthy
coverage *.push.apple.com 5223 tcp ok
END
}
