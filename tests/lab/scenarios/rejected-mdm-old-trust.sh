# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# The MDM server's trust store lacks the root of api.push.apple.com: it says unknown_ca to a genuine
# chain (TLS 1.2), each time.  The server that asks is at fault, and nobody intercepts.

capture_at=mdm

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    join mdm
    make_ca other "/CN=AAA Certificate Services/O=Comodo CA Limited/C=GB"
    web_site api.push.apple.com port=2197
    start_web
}

fault() {
    :
}

timeline() {
    for turn in 1 2 3; do
        on mdm device_connects api.push.apple.com 2197 --ca "$LAB_FOLDER/other.pem" --alpn h2 --version 1.2
    done
}

label() {
    cat << 'END'
verdict blocked
trust
must tls-rejected host=api.push.apple.com port=2197 transport=tcp alert=unknown_ca sender=device|client device=10.20.0.10 severity=critical
END
}
