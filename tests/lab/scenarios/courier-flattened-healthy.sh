# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The resolver leaves the CNAMEs of numbered couriers out and answers with the right address in 17/8:
# flattening harms nobody.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    resolver_answers resolver 7-courier.push.apple.com address 17.57.145.36
    resolver_answers resolver 9-courier.push.apple.com address 17.57.145.37
    start_resolver resolver unbound
}

timeline() {
    device_fetches albert.apple.com
    device_connects_apns 7 5223
    device_connects_apns 9 5223
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
