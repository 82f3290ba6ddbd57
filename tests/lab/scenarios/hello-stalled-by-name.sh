# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A filter on the way reads the name gs.apple.com in the ClientHello and lets nothing more of that connection
# through; the same address under another name, and other hosts, work.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    web_site gg.apple.com address=17.188.22.70
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    sni_filter apple gs.apple.com stall
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    device_fetches_from 17.188.22.70 gg.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
must handshake-stalled host=gs.apple.com port=443 transport=tcp suspect=sni-filter severity=critical device=10.20.0.20 address=17.188.22.70
coverage albert.apple.com 443 tcp ok
coverage gg.apple.com 443 tcp ok
END
}
