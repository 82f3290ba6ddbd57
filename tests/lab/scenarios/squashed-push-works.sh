# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The resolver empties the answer for the placeholder, but the device gets a numbered courier and
# push works on 5223: harm, no stop.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    resolver_answers resolver courier.push.apple.com empty
    start_resolver resolver unbound
}

timeline() {
    device_fetches albert.apple.com
    device_resolve courier.push.apple.com
    sleep 1
    device_resolve courier.push.apple.com
    device_connects_apns 7 5223 --times 3 --every 1
}

label() {
    cat << 'END'
verdict impaired
must cname-squashed host=*.push.apple.com name=courier.push.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=warning
coverage albert.apple.com 443 tcp ok
END
}
