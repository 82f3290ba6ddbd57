# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# An old profile still asks for the push gateway that Apple has retired: NXDOMAIN, with the SOA of apple.com.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

parts() {
    start_couriers
    start_web_servers albert.apple.com
}

fault() {
    upstream_removes gateway.push.apple.com
    start_upstream_dns
    start_resolver resolver unbound
}

timeline() {
    device_fetches albert.apple.com
    device_resolve gateway.push.apple.com
    device_resolve feedback.push.apple.com
    device_connects_apns 7 5223
}

label() {
    cat << 'END'
verdict healthy
may legacy-port
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
