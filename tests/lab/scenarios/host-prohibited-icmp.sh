# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The site's router refuses gs.apple.com by ICMP 3/10 (host administratively prohibited).

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    firewall_rejects tcp 443 host-prohibited 17.188.22.70
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
must port-blocked host=gs.apple.com port=443 transport=tcp how=icmp-prohibited severity=critical culprit=10.20.0.1 role=firewall device=10.20.0.20 address=17.188.22.70
coverage albert.apple.com 443 tcp ok
END
}
