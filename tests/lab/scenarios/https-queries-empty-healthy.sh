# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The resolver (dnsmasq) empties answers of type 65 (HTTPS), without SOA; A and AAAA are answered.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    start_resolver resolver dnsmasq filter-rr=HTTPS,SVCB
}

timeline() {
    device_resolve albert.apple.com HTTPS A AAAA
    device_fetches albert.apple.com
    device_resolve courier.push.apple.com HTTPS A AAAA
    device_connects_apns 7 5223
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
