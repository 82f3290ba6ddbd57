# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A response policy zone in bind empties the answer for the placeholder: NOERROR, no CNAME, its own SOA.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    resolver_answers resolver courier.push.apple.com empty
    start_resolver resolver bind
}

label() {
    cat << 'END'
verdict blocked
must cname-squashed host=*.push.apple.com name=courier.push.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
