# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Couriers ask for the device's certificate, and the one that the device shows is not made for that: they
# say unsupported_certificate (TLS 1.2), each time, and push has no other way.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    make_ca devices "/CN=Apple iPhone Device CA/O=Apple Inc./C=US"
    make_certificate ipad device.example issuer=devices subject=/CN=4A1F-iPad
    cat "$LAB_FOLDER/leaf.key" >> "$LAB_FOLDER/ipad.pem"
    start_couriers "5223" --alpn apns-security-v2 --client-ca "$LAB_FOLDER/devices.pem"
}

fault() {
    :
}

timeline() {
    device_connects_apns 7 5223 --alpn apns-security-v2 --certificate "$LAB_FOLDER/ipad.pem" --version 1.2
    device_connects_apns 8 5223 --alpn apns-security-v2 --certificate "$LAB_FOLDER/ipad.pem" --version 1.2
    device_connects_apns 9 5223 --alpn apns-security-v2 --certificate "$LAB_FOLDER/ipad.pem" --version 1.2
}

label() {
    cat << 'END'
verdict blocked
trust
must tls-rejected host=*.push.apple.com port=5223 transport=tcp alert=unsupported_certificate sender=server device=10.20.0.20 severity=critical
END
}
