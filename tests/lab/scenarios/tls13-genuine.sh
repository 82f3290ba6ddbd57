# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of the suspicions: TLS 1.3 with the genuine servers, couriers by name and gs by two kinds
# of client.  Healthy.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers gs.apple.com albert.apple.com
}

fault() {
    :
}

timeline() {
    device_fetches gs.apple.com --tlsv1.3
    device_connects_apns 7 5223 --version 1.3
    device_fetches albert.apple.com --tlsv1.3
    device_refuses_like_apple gs.apple.com 443
}

label() {
    cat << 'END'
verdict healthy
trust
coverage gs.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
