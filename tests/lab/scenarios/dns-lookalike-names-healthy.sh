# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Names that only look like Apple's do not exist, or are on a block list: the search domain's, a phisher's, an
# enterprise's.  None of them is in the catalogue.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    resolver_answers resolver apple.com.school.example nxdomain
    resolver_answers resolver apple.com.verify-account.example refused
    resolver_answers resolver notapple.com nxdomain
    resolver_answers resolver courier.push.apple.com.school.example empty
    start_resolver resolver unbound
}

timeline() {
    device_resolve gs.apple.com.school.example
    device_resolve courier.push.apple.com.school.example
    device_resolve appleid.apple.com.verify-account.example
    device_resolve gs.notapple.com
    device_fetches albert.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
