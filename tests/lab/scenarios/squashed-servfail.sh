# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The site's resolver says SERVFAIL for the placeholder each time, and resolves everything else.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    resolver_answers resolver courier.push.apple.com servfail
    start_resolver resolver bind
}

label() {
    cat << 'END'
verdict blocked
must cname-squashed host=*.push.apple.com name=courier.push.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
