# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The firewall drops 5223 and, to Apple's push network, 443 too: nothing is left for push, while
# activation works.  Two rows fail for one device.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers albert.apple.com
}

fault() {
    firewall_drops tcp 5223
    firewall_drops tcp 443 17.57.144.0/22
}

timeline() {
    device_fetches albert.apple.com
    device_apns 7
    device_apns 12
}

label() {
    cat << 'END'
verdict blocked
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=no-answer severity=critical device=10.20.0.20 address=17.57.145.36
must port-blocked host=*.push.apple.com port=443 transport=tcp how=no-answer severity=critical device=10.20.0.20 address=17.57.145.36
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp failing
END
}
