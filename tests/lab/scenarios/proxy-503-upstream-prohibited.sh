# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Both sides of the proxy are captured: it answers 503 for gs because the firewall prohibits its own connections there.
# That is the firewall's doing, and not the proxy's.

capture_at=lan0

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
    start_squid
}

fault() {
    firewall_rejects tcp 443 admin-prohibited "$(address_of gs.apple.com)"
}

timeline() {
    device_tunnels albert.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels gs.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels gs.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels albert.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
}

label() {
    cat << 'END'
verdict blocked
trust
must port-blocked host=gs.apple.com port=443 transport=tcp how=icmp-prohibited culprit=10.20.0.1 role=firewall device=10.20.0.20 device=10.20.0.3
may port-blocked host=17.0.0.0/8 port=443 transport=tcp how=icmp-prohibited culprit=10.20.0.1
coverage albert.apple.com 443 tcp ok
END
}
