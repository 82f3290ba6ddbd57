# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The firewall drops everything to the CDN address of init.itunes.apple.com; another of Apple's hosts on
# the same CDN, and Apple's own network, work.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com init.itunes.apple.com configuration.apple.com
}

fault() {
    firewall_drops_address 23.45.74.46
}

timeline() {
    device_fetches albert.apple.com
    device_fetches init.itunes.apple.com
    device_fetches configuration.apple.com
}

label() {
    cat << 'END'
verdict blocked
must port-blocked name=init.itunes.apple.com port=443 transport=tcp how=no-answer severity=critical device=10.20.0.20 address=23.45.74.46
coverage albert.apple.com 443 tcp ok
END
}
