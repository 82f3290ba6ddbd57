# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# NTP is dropped, and the certificate of gs really ended yesterday: two causes.  The capture's own
# clock shows that the certificate is over.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    make_certificate gs gs.apple.com end="$(date -u -d yesterday +%Y%m%d000000Z)"
    web_site gs.apple.com certificate=gs
    start_time_server
    start_web_servers albert.apple.com
}

fault() {
    firewall_drops udp 123
}

timeline() {
    device_asks_time
    device_fetches gs.apple.com --tls-max 1.2
    device_fetches gs.apple.com --tls-max 1.2
    device_fetches albert.apple.com
}

label() {
    cat << 'END'
verdict blocked
trust
must port-blocked host=time-ios.apple.com port=123 transport=udp how=no-answer device=10.20.0.20
must tls-rejected host=gs.apple.com port=443 alert=certificate_expired sender=device|client device=10.20.0.20
coverage albert.apple.com 443 tcp ok
END
}
