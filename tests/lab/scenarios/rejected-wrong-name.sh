# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The server at gs has a genuine certificate for another name (TLS 1.2): clients say bad_certificate.
# The chain is under the right root: rejected, not intercepted.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    make_certificate other xp.apple.com
    web_site gs.apple.com certificate=other
    start_web_servers albert.apple.com
}

fault() {
    :
}

timeline() {
    device_connects gs.apple.com 443 --version 1.2
    device_fetches albert.apple.com --tls-max 1.2
    device_connects gs.apple.com 443 --version 1.2
}

label() {
    cat << 'END'
verdict blocked
trust
must tls-rejected host=gs.apple.com port=443 transport=tcp alert=bad_certificate sender=device|client device=10.20.0.20 severity=critical
coverage albert.apple.com 443 tcp ok
END
}
