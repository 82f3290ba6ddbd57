# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# DHCP's option 252 names a PAC file; the device resolves the name, fetches wpad.dat, and then asks the
# proxy that it names.  A warning.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com
    start_pac
    start_squid
}

fault() {
    start_dhcp wpad=http://wpad.school.example/wpad.dat
}

timeline() {
    device_leases
    device_fetches_pac
    device_fetches_by_proxy albert.apple.com
}

label() {
    cat << 'END'
verdict impaired
trust
must proxy-autoconfig device=10.20.0.20 severity=warning
coverage albert.apple.com 443 tcp ok
END
}
