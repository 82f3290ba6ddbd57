# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The site's resolver never answers the question for the placeholder; it answers all others.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    resolver_answers resolver courier.push.apple.com drop
    start_resolver resolver unbound
}

timeline() {
    device_fetches albert.apple.com
    device_resolve courier.push.apple.com
    sleep 1
    device_resolve courier.push.apple.com
    device_fetches albert.apple.com --tls-max 1.2
}

label() {
    cat << 'END'
verdict blocked
trust
must cname-squashed host=*.push.apple.com name=courier.push.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
