# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Two faults at once: the resolver says NXDOMAIN for gs.apple.com, and the firewall drops 5223 and 443 to
# the couriers.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

parts() {
    start_upstream_dns
    start_couriers
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    resolver_answers resolver gs.apple.com nxdomain
    start_resolver resolver unbound
    firewall_drops tcp 5223
    firewall_drops tcp 443 17.57.144.0/22
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    device_resolve courier.push.apple.com
    LAB_CONNECT_TIMEOUT=4 device_apns 7
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
must dns-blocked host=gs.apple.com name=gs.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=no-answer device=10.20.0.20 severity=critical
must port-blocked host=*.push.apple.com port=443 transport=tcp how=no-answer device=10.20.0.20 severity=critical
coverage albert.apple.com 443 tcp ok
END
}
