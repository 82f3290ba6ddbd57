# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A box beside the way reads the certificate of gs.apple.com in the server's flight (TLS 1.2) and forges RSTs to both
# ends; other hosts work.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    link_rule apple address=17.188.22.70 from=right server-data=1 act=reset-both ttl=125
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com --tls-max 1.2
    device_fetches gs.apple.com --tls-max 1.2
}

label() {
    cat << 'END'
trust
verdict blocked
must connection-reset host=gs.apple.com port=443 transport=tcp origin=injected stage=handshake severity=critical role=firewall device=10.20.0.20 address=17.188.22.70
coverage albert.apple.com 443 tcp ok
END
}
