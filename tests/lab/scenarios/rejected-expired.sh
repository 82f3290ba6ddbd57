# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The certificate of gs ended yesterday, under the genuine root; every client says certificate_expired,
# under TLS 1.2, where the capture shows it, and under 1.3.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    make_certificate gs gs.apple.com end="$(date -u -d yesterday +%Y%m%d000000Z)"
    web_site gs.apple.com certificate=gs
    start_web_servers albert.apple.com
}

fault() {
    :
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com --tls-max 1.2
    device_fetches gs.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
trust
must tls-rejected host=gs.apple.com port=443 transport=tcp alert=certificate_expired sender=device|client device=10.20.0.20 severity=critical
coverage albert.apple.com 443 tcp ok
END
}
