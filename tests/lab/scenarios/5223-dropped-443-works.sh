# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The firewall drops 5223; the iPad falls back to 443 on the couriers, and push works.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers albert.apple.com
}

fault() {
    firewall_drops tcp 5223
}

timeline() {
    device_fetches albert.apple.com
    device_resolve courier.push.apple.com > /dev/null
    device_apns 7
    device_apns 9
}

label() {
    cat << 'END'
verdict impaired
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=no-answer severity=warning device=10.20.0.20 address=17.57.145.36
coverage *.push.apple.com 443 tcp ok
coverage albert.apple.com 443 tcp ok
END
}
