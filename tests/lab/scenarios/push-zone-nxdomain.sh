# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A block list has push.apple.com and all below it: placeholder, couriers and the bag are NXDOMAIN
# without an SOA (dnsmasq).

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    resolver_answers resolver push.apple.com nxdomain
    start_resolver resolver dnsmasq
}

timeline() {
    device_fetches albert.apple.com --tls-max 1.2
    device_fetches init.push.apple.com
    device_resolve courier.push.apple.com
    device_apns 7
}

label() {
    cat << 'END'
verdict blocked
trust
must cname-squashed host=*.push.apple.com name=courier.push.apple.com name=7-courier.push.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
may dns-blocked name=init.push.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver
coverage albert.apple.com 443 tcp ok
END
}
