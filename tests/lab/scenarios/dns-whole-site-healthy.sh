# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of dns-blocked-by-provider: the same capture of device, resolver and its questions to the provider,
# nothing withheld.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

# shellcheck disable=SC2034 # read by tests/lab/run
capture_at=lan0

parts() {
    start_couriers
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    start_upstream_dns
    start_resolver resolver unbound
}

timeline() {
    device_fetches albert.apple.com
    device_resolve courier.push.apple.com
    device_connects_apns 7 5223
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
