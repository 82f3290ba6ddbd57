# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The server for gs.apple.com says ServerHello and certificate (TLS 1.2) and resets when the device goes on.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com
    make_certificate gs gs.apple.com
}

fault() {
    start_tls_server gs.apple.com 443 gs --fault=reset-in-handshake --version=1.2
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
trust
verdict blocked
must connection-reset host=gs.apple.com port=443 transport=tcp origin=server stage=handshake severity=critical device=10.20.0.20 address=17.188.22.70
coverage albert.apple.com 443 tcp ok
END
}
