# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A box on the way reads the name in the ClientHello and forges RSTs to both ends for gs.apple.com;
# the same address under another name, and all other hosts, work.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    sni_filter apple gs.apple.com reset-both ttl=125
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    device_apns 7
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
must connection-reset host=gs.apple.com port=443 origin=injected stage=after-client-hello device=10.20.0.20
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
