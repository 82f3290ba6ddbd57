# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The site's resolver, asked over IPv6, refuses the placeholder: REFUSED, each time.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

parts() {
    lab_ipv6
    start_upstream_dns
    start_couriers
    start_web_servers albert.apple.com
}

fault() {
    resolver_answers resolver courier.push.apple.com refused
    start_resolver resolver unbound
    device_uses_resolvers 2001:db8:20::2
}

label() {
    cat << 'END'
verdict blocked
must cname-squashed host=*.push.apple.com name=courier.push.apple.com culprit=2001:db8:20::2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
