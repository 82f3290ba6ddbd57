# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# An iPad enrols.  The site's resolver empties the answer for the placeholder
# courier.push.apple.com, because the CNAME's target has no address; and the firewall drops 5223.

parts() {
    start_upstream_dns
    start_couriers
    web_site albert.apple.com bytes=1500 upload=yes
    web_site gs.apple.com
    start_web
    start_time_server
}

fault() {
    resolver_answers resolver courier.push.apple.com empty
    firewall_drops tcp 5223
    start_resolver resolver unbound
}

timeline() {
    device_asks_time
    device_fetches albert.apple.com
    device_resolve courier.push.apple.com > /dev/null
    device_connects_apns 7 5223
    LAB_ADDRESS=$(device_resolve 31-courier.push.apple.com A | tail -n 1)
    device_connects_to "$LAB_ADDRESS" 5223 courier.push.apple.com --alpn apns-security-v3
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
must cname-squashed host=*.push.apple.com name=courier.push.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=no-answer device=10.20.0.20 address=17.57.145.36 address=17.57.145.37
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
coverage time-ios.apple.com 123 udp ok
END
}
