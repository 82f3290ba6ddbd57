# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Every answer that is not in the cache takes 1.5 seconds: one question waits for it, another is repeated after
# a second, and the late answers serve.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    start_resolver resolver dnsmasq
    link_set world delay=750
}

timeline() {
    LAB_DNS_TIMEOUT=3 device_fetches albert.apple.com
    LAB_DNS_TIMEOUT=1 device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
