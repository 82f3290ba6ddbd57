# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The placeholder is whole; a numbered courier keeps its CNAMEs, but a response policy zone on
# push-apple.com.akadns.net takes the address at their end away.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    resolver_answers resolver push-apple.com.akadns.net empty
    start_resolver resolver bind
}

timeline() {
    device_fetches albert.apple.com
    device_resolve courier.push.apple.com
    device_apns 7
    sleep 1
    device_apns 7
}

label() {
    cat << 'END'
verdict blocked
must cname-squashed host=*.push.apple.com name=7-courier.push.apple.com name=18-courier.push.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
