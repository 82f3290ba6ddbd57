# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# gs and albert send a leaf and the intermediate that signed it, as public servers do, under TLS 1.2;
# one of them also sends a flight of more than two segments.  Healthy.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    make_ca intermediate "/CN=Apple Public Server ECC CA 12 - G1/O=Apple Inc./ST=California/C=US" issuer=root
    make_certificate gs gs.apple.com issuer=intermediate
    make_certificate albert albert.apple.com issuer=intermediate big=yes
    web_site gs.apple.com certificate=gs
    web_site albert.apple.com certificate=albert
    start_web
}

fault() {
    :
}

timeline() {
    device_fetches gs.apple.com --tls-max 1.2
    device_fetches albert.apple.com --tls-max 1.2
}

label() {
    cat << 'END'
verdict healthy
trust
coverage gs.apple.com 443 tcp ok
coverage albert.apple.com 443 tcp ok
END
}
