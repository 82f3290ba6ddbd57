# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# 5223 is open over IPv4 and dropped over IPv6: a rule that was written for one family.  Push works, but
# each connection begins with silence.

parts() {
    lab_ipv6
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    firewall_rule '' tcp 5223 '' meta nfproto ipv6 drop
}

timeline() {
    device_connects_apns 7 5223
    device_connects_to "$(address_of courier 6)" 5223 courier.push.apple.com --alpn apns-security-v3 --timeout 4
    device_connects_apns 9 5223
}

label() {
    cat << 'END'
verdict impaired
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=no-answer severity=warning address=2620:149:a44:502::36
coverage *.push.apple.com 5223 tcp partial
END
}
