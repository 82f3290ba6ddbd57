# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Packets above 1400 bytes vanish on their way out, without ICMP.  The new iPad's ClientHello (post-quantum key share)
# needs one and gets no answer; the older iPad's is small, and passes.
capture_at=devices

parts() {
    join device2
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com
}

fault() {
    way_loses_big apple 1400 left
}

timeline() {
    meanwhile device_connects albert.apple.com 443 --big-hello --timeout 6
    on device2 device_fetches albert.apple.com
    all_done
    device_connects albert.apple.com 443 --big-hello --timeout 6
}

label() {
    cat << 'END'
verdict blocked
must handshake-stalled host=albert.apple.com port=443 transport=tcp suspect=mtu-black-hole severity=critical device=10.20.0.20 address=17.171.47.86
END
}
