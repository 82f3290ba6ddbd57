# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A box behind the provider, three hops away, answers the SYN for albert by a RST and lets nothing through;
# every other host works.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers albert.apple.com
}

fault() {
    link_rule apple address=17.171.47.86 syn act=reset-left ttl=64 then=drop
}

timeline() {
    device_fetches albert.apple.com
    device_apns 7
    device_fetches albert.apple.com
}

label() {
    cat << 'END'
verdict blocked
must port-blocked host=albert.apple.com port=443 transport=tcp how=reset severity=critical device=10.20.0.20 address=17.171.47.86
coverage *.push.apple.com 5223 tcp ok
END
}
