# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A firewall with a timetable: albert works, is prohibited for some eight seconds, and works again; gs is open all the time.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    :
}

prohibition() {
    firewall_rejects tcp 443 admin-prohibited "$(address_of albert.apple.com)"
}

permission() {
    firewall_opens
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    prohibition
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    sleep 4
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    sleep 4
    device_fetches albert.apple.com
    permission
    device_fetches albert.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict impaired
must port-blocked host=albert.apple.com port=443 transport=tcp how=icmp-prohibited severity=warning culprit=10.20.0.1 role=firewall device=10.20.0.20
coverage albert.apple.com 443 tcp partial
coverage gs.apple.com 443 tcp ok
END
}
