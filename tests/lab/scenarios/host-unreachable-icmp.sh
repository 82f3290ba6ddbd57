# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The site's router has lost its way to the CDN and says so by ICMP 3/1; Apple's own network works.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com init.itunes.apple.com
}

fault() {
    firewall_rejects tcp 443 host-unreachable 23.45.74.0/24
}

timeline() {
    device_fetches albert.apple.com
    device_fetches init.itunes.apple.com
}

label() {
    cat << 'END'
verdict blocked
must port-blocked name=init.itunes.apple.com port=443 transport=tcp how=icmp-unreachable severity=critical culprit=10.20.0.1 device=10.20.0.20 address=23.45.74.46
coverage albert.apple.com 443 tcp ok
END
}
