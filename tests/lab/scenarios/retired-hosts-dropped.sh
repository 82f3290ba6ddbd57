# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Old devices still try hosts that Apple has retired; nobody answers there.  That is no fault of this network: retired
# rows raise nothing that counts.

parts() {
    upstream_adds gnf-mdn.apple.com 300 A 17.171.47.101
    upstream_adds updates.apple.com 300 A 17.171.47.102
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com
}

fault() {
    on apple firewall_drops_address 17.171.47.101
    on apple firewall_drops_address 17.171.47.102
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gnf-mdn.apple.com
    device_fetches updates.apple.com
}

label() {
    cat << 'END'
verdict healthy
may port-blocked host=gnf-mdn.apple.com severity=note
may port-blocked host=updates.apple.com severity=note
coverage albert.apple.com 443 tcp ok
END
}
