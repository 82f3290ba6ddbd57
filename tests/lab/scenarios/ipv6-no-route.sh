# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The provider has no IPv6 route to Apple and says so by ICMPv6 1/0; IPv4 serves the couriers.

parts() {
    lab_ipv6
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    lab_in isp ip -6 route del 2620:149::/32
}

timeline() {
    device_connects_apns 7 5223
    device_connects_to "$(address_of courier 6)" 5223 courier.push.apple.com --alpn apns-security-v3 --timeout 3
    device_connects_apns 9 5223
}

label() {
    cat << 'END'
verdict impaired
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=icmp-unreachable severity=warning culprit=2001:db8:ffff::2 address=2620:149:a44:502::36
END
}
