# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Over IPv6 a filter stalls connections after the ClientHello for init.itunes.apple.com; the same address answers another name,
# and IPv4 is not filtered, so that the device is served in the end.

parts() {
    lab_ipv6
    start_upstream_dns
    start_resolver resolver unbound
    web_site itunes.apple.com "address=$(address_of init.itunes.apple.com 6)"
    start_web_servers init.itunes.apple.com
}

fault() {
    link_rule cdn address=2a02:26f0::46 sni=init.itunes.apple.com act=stall
}

timeline() {
    device_connects_to "$(address_of init.itunes.apple.com 6)" 443 init.itunes.apple.com --timeout 4
    device_connects_to "$(address_of init.itunes.apple.com 6)" 443 init.itunes.apple.com --timeout 4
    device_connects_to "$(address_of init.itunes.apple.com 6)" 443 itunes.apple.com --send "GET / HTTP/1.0\\r\\n\\r\\n"
    device_connects_to "$(address_of init.itunes.apple.com)" 443 init.itunes.apple.com --send "GET / HTTP/1.0\\r\\n\\r\\n"
}

label() {
    cat << 'END'
verdict impaired
must handshake-stalled name=init.itunes.apple.com port=443 transport=tcp suspect=sni-filter severity=warning address=2a02:26f0::46
END
}
