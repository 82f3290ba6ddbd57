# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The server for gs.apple.com itself resets each connection when it has read the ClientHello: the RST has the TTL of its
# other packets.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com
    make_certificate gs gs.apple.com
}

fault() {
    start_tls_server gs.apple.com 443 gs --fault=reset-after-hello
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
must connection-reset host=gs.apple.com port=443 transport=tcp origin=server stage=after-client-hello severity=critical device=10.20.0.20 address=17.188.22.70
coverage albert.apple.com 443 tcp ok
END
}
