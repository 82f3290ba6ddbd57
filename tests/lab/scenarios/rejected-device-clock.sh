# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# One iPad's clock stands at 2019 although time servers answer: it refuses the genuine chains (TLS 1.2);
# another device fetches from the same hosts.  The device refuses, nobody intercepts.

capture_at=devices

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    join device2
    start_time_server
    start_web_servers gs.apple.com
}

fault() {
    :
}

timeline() {
    device_asks_time
    device_connects_in 2019 gs.apple.com
    on device2 device_fetches gs.apple.com --tls-max 1.2
    device_connects_in 2019 gs.apple.com
    device_connects_in 2019 gs.apple.com
}

label() {
    cat << 'END'
verdict impaired blocked
trust
must tls-rejected host=gs.apple.com port=443 alert=bad_certificate sender=device|client device=10.20.0.20
coverage time-ios.apple.com 123 udp ok
END
}
