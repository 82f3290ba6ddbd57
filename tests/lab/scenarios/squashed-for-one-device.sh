# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Three devices; the second one was given another resolver (resolver2), which squashes the placeholder.
# The others' push works.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

# shellcheck disable=SC2034 # read by tests/lab/run
capture_at=devices

fault() {
    join device2
    join device3
    start_resolver resolver unbound
    resolver_answers resolver2 courier.push.apple.com nxdomain-soa
    start_resolver resolver2 bind
}

timeline() {
    device_resolve courier.push.apple.com A
    LAB_RESOLVERS=10.20.0.4 on device2 device_resolve courier.push.apple.com A
    on device3 device_resolve courier.push.apple.com A
    device_connects_apns 7 5223
    LAB_RESOLVERS=10.20.0.4 on device2 device_fetches albert.apple.com
    on device3 device_connects_apns 8 5223
    sleep 1
    LAB_RESOLVERS=10.20.0.4 on device2 device_resolve courier.push.apple.com A
}

label() {
    cat << 'END'
verdict blocked
must cname-squashed host=*.push.apple.com name=courier.push.apple.com device=10.20.0.21 culprit=10.20.0.4 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
