# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The site's unbound says NXDOMAIN without an SOA for gs.apple.com (restore and activation); the rest works.

parts() {
    start_upstream_dns
    start_web_servers albert.apple.com gs.apple.com gdmf.apple.com
}

fault() {
    resolver_answers resolver gs.apple.com nxdomain
    start_resolver resolver unbound
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    sleep 1
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
must dns-blocked host=gs.apple.com name=gs.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
