# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A firewall rule by source address drops albert for one iPad; the two beside it activate.
capture_at=devices

parts() {
    join device2
    join device3
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers albert.apple.com
}

fault() {
    firewall_rule '' tcp 443 17.171.0.0/16 ip saddr 10.20.0.21 drop
}

timeline() {
    device_fetches albert.apple.com
    meanwhile on device2 device_fetches albert.apple.com
    on device3 device_fetches albert.apple.com
    on device2 device_connects_apns 7 5223
    all_done
}

label() {
    cat << 'END'
verdict blocked
must port-blocked host=albert.apple.com port=443 transport=tcp how=no-answer severity=critical device=10.20.0.21 address=17.171.47.86
coverage albert.apple.com 443 tcp partial
coverage *.push.apple.com 5223 tcp ok
END
}
