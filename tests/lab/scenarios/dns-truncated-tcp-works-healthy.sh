# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The answer for gs.apple.com comes truncated (TC); the device asks again by TCP and gets it.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    resolver_answers resolver gs.apple.com truncated
    start_resolver resolver bind
}

timeline() {
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
