# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# UDP 443 is dropped, so that QUIC to a host that Apple lists for it gets no answer; TCP 443 serves instead.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers app-site-association.cdn-apple.com
    start_quic_server app-site-association.cdn-apple.com
}

fault() {
    firewall_drops udp 443
}

timeline() {
    device_quic app-site-association.cdn-apple.com
    device_fetches app-site-association.cdn-apple.com
}

label() {
    cat << 'END'
verdict healthy
must quic-blocked host=app-site-association.cdn-apple.com port=443 transport=udp severity=note device=10.20.0.20 address=104.73.61.34
coverage app-site-association.cdn-apple.com 443 tcp ok
END
}
