# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Device and server share no cipher suite: the server ends every handshake by handshake_failure, and
# the host is out of reach.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    make_certificate albert albert.apple.com
    start_tls_server albert.apple.com 443 albert --version=1.2 --ciphers=ECDHE-ECDSA-AES256-GCM-SHA384
    start_web_servers gs.apple.com
}

fault() {
    :
}

timeline() {
    device_connects albert.apple.com 443 --version 1.2 --ciphers ECDHE-ECDSA-AES128-GCM-SHA256
    device_fetches gs.apple.com
    device_connects albert.apple.com 443 --version 1.2 --ciphers ECDHE-ECDSA-AES128-GCM-SHA256
}

label() {
    cat << 'END'
verdict blocked
trust
must tls-rejected host=albert.apple.com port=443 transport=tcp alert=handshake_failure sender=server device=10.20.0.20 severity=critical
coverage gs.apple.com 443 tcp ok
END
}
