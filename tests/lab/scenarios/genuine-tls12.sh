# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of the interceptions: TLS 1.2, and the chain under the trusted root is the servers' own.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    :
}

timeline() {
    device_fetches gs.apple.com --tls-max 1.2
    device_fetches albert.apple.com --tls-max 1.2
    device_connects_apns 7 5223 --version 1.2
}

label() {
    cat << 'END'
verdict healthy
trust
coverage gs.apple.com 443 tcp ok
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
