# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# An iPad enrols.  The site's resolver empties the answer for the placeholder
# courier.push.apple.com, because the CNAME's target has no address; and the firewall drops 5223.

parts() {
    start_upstream_dns
    start_couriers
    start_web_servers
    start_time_server
}

fault() {
    resolver_empties courier.push.apple.com
    firewall_drops tcp 5223
    start_site_resolver
}

timeline() {
    local address
    address=$(device_resolve time-ios.apple.com A)
    device_asks_time "$address"
    address=$(device_resolve albert.apple.com A AAAA)
    device_fetches "$address" albert.apple.com
    device_resolve courier.push.apple.com A AAAA > /dev/null
    address=$(device_resolve 7-courier.push.apple.com A AAAA | head -n 1)
    device_connects_apns "$address" 5223
    address=$(device_resolve 31-courier.push.apple.com A AAAA | tail -n 1)
    device_connects_apns "$address" 5223
    address=$(device_resolve gs.apple.com A AAAA)
    device_fetches "$address" gs.apple.com
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
