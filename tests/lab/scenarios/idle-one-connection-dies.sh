# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# One push connection of four goes dead after some idling (a box restarted, a cable was pulled): one is no rule, and
# the others idle as long and live.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    link_rule apple port=5223 from=left idle=3.5 first=1 act=stall
}

timeline() {
    device_connects_apns 12 5223 --times 2 --every 4
    meanwhile device_connects_apns 9 5223 --times 2 --every 4
    meanwhile device_connects_apns 23 5223 --times 2 --every 5
    device_connects_apns 31 5223 --times 2 --every 6
    all_done
}

label() {
    cat << 'END'
verdict healthy
coverage *.push.apple.com 5223 tcp ok
END
}
