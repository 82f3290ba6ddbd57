# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The certificate of gs begins next week: clients say bad_certificate (TLS 1.2).  The chain in clear is
# the genuine one, so it is no interception.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    make_certificate gs gs.apple.com start="$(date -u -d '7 days' +%Y%m%d000000Z)"
    web_site gs.apple.com certificate=gs
    start_web_servers albert.apple.com
}

fault() {
    :
}

timeline() {
    device_fetches albert.apple.com --tls-max 1.2
    device_fetches gs.apple.com --tls-max 1.2
    device_fetches gs.apple.com --tls-max 1.2
}

label() {
    cat << 'END'
verdict blocked
trust
must tls-rejected host=gs.apple.com port=443 transport=tcp alert=bad_certificate sender=device|client device=10.20.0.20 severity=critical
coverage albert.apple.com 443 tcp ok
END
}
