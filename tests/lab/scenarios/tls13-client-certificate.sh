# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Couriers ask for the device's certificate (apns-security-v2): the device's second flight is a
# Certificate, of any length, and the Finished comes later.  TLS 1.3 and 1.2; healthy.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    make_ca devices "/CN=Apple iPhone Device CA/O=Apple Inc./C=US"
    make_certificate ipad device.example issuer=devices subject=/CN=4A1F-iPad usage=clientAuth
    cat "$LAB_FOLDER/leaf.key" >> "$LAB_FOLDER/ipad.pem"
    start_couriers "5223" --alpn apns-security-v2 --client-ca "$LAB_FOLDER/devices.pem"
}

fault() {
    :
}

timeline() {
    device_connects_apns 7 5223 --alpn apns-security-v2 --certificate "$LAB_FOLDER/ipad.pem" --version 1.3
    device_connects_apns 8 5223 --alpn apns-security-v2 --certificate "$LAB_FOLDER/ipad.pem" --version 1.2
    device_connects_apns 9 5223 --alpn apns-security-v2 --certificate "$LAB_FOLDER/ipad.pem" --version 1.3
}

label() {
    cat << 'END'
verdict healthy
trust
coverage *.push.apple.com 5223 tcp ok
END
}
