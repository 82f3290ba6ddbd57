# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of the encrypted ones: plain DNS, once by TCP, and connections to remembered addresses without a
# question before them.  No name is hidden.

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
    device_fetches albert.apple.com
    lab_in device dig +tcp +noall @10.20.0.2 gs.apple.com A
    device_fetches_from 17.188.22.70 gs.apple.com
    device_connects_to 17.57.145.36 5223 courier.push.apple.com --alpn apns-security-v3 --bytes 100
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
