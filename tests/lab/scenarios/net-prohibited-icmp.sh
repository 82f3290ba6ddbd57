# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The provider refuses Apple's network 17.188.0.0/16 by ICMP 3/9 (network administratively prohibited): gs and gg
# fail, and the couriers, elsewhere, work.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers gs.apple.com gg.apple.com
}

fault() {
    on isp firewall_rejects tcp 443 net-prohibited 17.188.0.0/16
}

timeline() {
    device_apns 7
    device_fetches gs.apple.com
    device_fetches gg.apple.com
}

label() {
    cat << 'END'
verdict blocked
must port-blocked host=gs.apple.com port=443 transport=tcp how=icmp-prohibited severity=critical culprit=203.0.113.2 role=firewall device=10.20.0.20
must port-blocked host=gg.apple.com port=443 transport=tcp how=icmp-prohibited severity=critical culprit=203.0.113.2 role=firewall device=10.20.0.20
coverage *.push.apple.com 5223 tcp ok
END
}
