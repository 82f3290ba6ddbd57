# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The firewall refuses 5223 as many do by default: ICMP 3/3, which only the server itself ought to say.
# The iPad falls back to 443.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    firewall_rejects tcp 5223 port-unreachable
}

timeline() {
    device_apns 7
}

label() {
    cat << 'END'
verdict impaired
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=icmp-unreachable severity=warning culprit=10.20.0.1 role=firewall device=10.20.0.20
coverage *.push.apple.com 443 tcp ok
END
}
