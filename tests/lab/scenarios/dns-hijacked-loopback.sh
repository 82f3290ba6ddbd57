# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A hosts-file filter (dnsmasq) answers gdmf.apple.com with 127.0.0.1.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    resolver_answers resolver gdmf.apple.com address 127.0.0.1
    start_resolver resolver dnsmasq
}

timeline() {
    device_fetches albert.apple.com --tls-max 1.2
    device_resolve gdmf.apple.com
    sleep 1
    device_resolve gdmf.apple.com
}

label() {
    cat << 'END'
verdict blocked
trust
must dns-hijacked host=gdmf.apple.com name=gdmf.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
