# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The iPad's way out is dead: names resolve at the site, and nothing that leaves it comes back, whoever is asked.
# No single service of Apple's is to be accused.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers albert.apple.com
}

fault() {
    firewall_rule '' any '' '' oifname wan0 ip saddr 10.20.0.20 drop
}

timeline() {
    LAB_FETCH_TIMEOUT=5 device_fetches www.unrelated.example
    LAB_FETCH_TIMEOUT=5 device_fetches albert.apple.com
    device_apns 7
    LAB_FETCH_TIMEOUT=5 device_fetches unrelated.example
    device_asks_time
}

label() {
    cat << 'END'
verdict blocked inconclusive
may port-blocked host=none device=10.20.0.20
END
}
