# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The provider prohibits 5223 over IPv6 by ICMPv6 1/1 and lets it through over IPv4: push works the other way.

parts() {
    lab_ipv6
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    on isp firewall_rule '' tcp 5223 '' meta nfproto ipv6 reject with icmpv6 type admin-prohibited
}

timeline() {
    device_connects_apns 7 5223
    device_connects_to "$(address_of courier 6)" 5223 courier.push.apple.com --alpn apns-security-v3 --timeout 4
}

label() {
    cat << 'END'
verdict impaired
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=icmp-prohibited severity=warning culprit=2001:db8:ffff::2 role=firewall address=2620:149:a44:502::36
END
}
