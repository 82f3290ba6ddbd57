# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The server for gs.apple.com accepts connections, acknowledges the ClientHello and never says a word: it hangs, or
# what is behind it does.  Nothing points at a filter or at the size.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com
    make_certificate gs gs.apple.com
}

fault() {
    start_tls_server gs.apple.com 443 gs --fault=silent-after-hello
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    device_fetches gs.apple.com --tls-max 1.2
}

label() {
    cat << 'END'
verdict blocked
must handshake-stalled host=gs.apple.com port=443 transport=tcp suspect=unknown severity=critical device=10.20.0.20 address=17.188.22.70
coverage albert.apple.com 443 tcp ok
END
}
