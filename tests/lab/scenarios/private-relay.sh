# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The device uses Private Relay: it asks for mask.icloud.com and mask-h2.icloud.com, and opens QUIC to the one
# and TLS to the other.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_quic_server mask.icloud.com
    start_web_servers albert.apple.com mask-h2.icloud.com
}

fault() {
    :
}

timeline() {
    device_fetches albert.apple.com
    device_resolve mask.icloud.com HTTPS
    device_quic mask.icloud.com
    device_fetches mask-h2.icloud.com
}

label() {
    cat << 'END'
verdict healthy
must dns-encrypted device=10.20.0.20 severity=note
coverage albert.apple.com 443 tcp ok
END
}
