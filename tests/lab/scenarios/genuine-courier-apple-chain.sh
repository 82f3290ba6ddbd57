# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A courier with the chain that apns-pack-v1 gets: a leaf with Apple's push marker below `Apple Server
# Authentication CA`, root not sent (TLS 1.2).  Private, and genuine.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    extension=1.2.840.113635.100.6.2.12=ASN1:NULL make_ca authentication "/CN=Apple Server Authentication CA/OU=Certification Authority/O=Apple Inc./C=US" issuer=root
    make_certificate courier "courier.push.apple.com" issuer=authentication marker=1.2.840.113635.100.6.27.5.2 "subject=/CN=courier.push.apple.com/O=Apple Inc./ST=California/C=US"
    start_couriers
}

fault() {
    :
}

timeline() {
    device_connects_apns 7 5223 --version 1.2 --alpn apns-pack-v1
    device_connects_apns 12 5223 --version 1.2 --alpn apns-pack-v1
}

label() {
    cat << 'END'
verdict healthy
trust
coverage *.push.apple.com 5223 tcp ok
END
}
