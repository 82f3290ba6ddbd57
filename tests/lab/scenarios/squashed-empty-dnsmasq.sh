# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# dnsmasq has a record of its own for the placeholder, so that it answers NOERROR without a CNAME, and
# without the SOA that Apple's answer has.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    start_resolver resolver dnsmasq local=/courier.push.apple.com/ txt-record=courier.push.apple.com,blocked
}

label() {
    cat << 'END'
verdict blocked
must cname-squashed host=*.push.apple.com name=courier.push.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
