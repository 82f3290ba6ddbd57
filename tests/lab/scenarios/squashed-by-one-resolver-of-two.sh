# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The first resolver refuses the placeholder; the device asks the second (dnsmasq), gets the CNAME, and
# push works.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    resolver_answers resolver courier.push.apple.com refused
    start_resolver resolver unbound
    start_resolver resolver2 dnsmasq
    device_uses_resolvers 10.20.0.2 10.20.0.4
}

timeline() {
    device_fetches albert.apple.com
    device_resolve courier.push.apple.com
    sleep 1
    device_resolve courier.push.apple.com
    device_connects_apns 9 5223
}

label() {
    cat << 'END'
verdict impaired
must cname-squashed host=*.push.apple.com name=courier.push.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=warning
coverage albert.apple.com 443 tcp ok
END
}
