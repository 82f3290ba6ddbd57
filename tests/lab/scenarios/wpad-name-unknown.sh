# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A device looks for wpad.school.example, as those do that look for a proxy; the name does not exist, no PAC
# file is learnt.  Healthy.

parts() {
    upstream_removes wpad.school.example
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com
}

fault() {
    start_dhcp
}

timeline() {
    device_leases
    device_resolve wpad.school.example A
    device_fetches albert.apple.com
}

label() {
    cat << 'END'
verdict healthy
trust
coverage albert.apple.com 443 tcp ok
END
}
