# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The site's unbound has the placeholder on a block list: NXDOMAIN without an SOA, where Apple has a
# CNAME.  The device asks again and opens no push connection.

parts() {
    start_upstream_dns
    start_couriers
    start_web_servers albert.apple.com
}

fault() {
    resolver_answers resolver courier.push.apple.com nxdomain
    start_resolver resolver unbound
}

timeline() {
    device_fetches albert.apple.com
    device_resolve courier.push.apple.com
    sleep 1
    device_resolve courier.push.apple.com
}

label() {
    cat << 'END'
verdict blocked
must cname-squashed host=*.push.apple.com name=courier.push.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
