# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The site has IPv6 addresses but its firewall lets no TCP out over IPv6.  Happy Eyeballs (RFC 8305)
# hides it: IPv4 serves after 250 ms.

parts() {
    lab_ipv6
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com init.itunes.apple.com
}

fault() {
    firewall_rule '' tcp '' '' meta nfproto ipv6 drop
}

timeline() {
    device_fetches albert.apple.com
    device_races init.itunes.apple.com 443
    device_fetches init.itunes.apple.com
    device_connects_to "$(address_of init.itunes.apple.com 6)" 443 init.itunes.apple.com --timeout 4
}

label() {
    cat << 'END'
verdict impaired
must port-blocked name=init.itunes.apple.com port=443 transport=tcp how=no-answer severity=warning address=2a02:26f0::46
coverage albert.apple.com 443 tcp ok
END
}
