# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Squid's SSL_ports has no 5223: CONNECT to a courier there gets 403.  The same device reaches the
# couriers by CONNECT to 443, so it is a warning.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    start_squid
}

timeline() {
    device_tunnels courier.push.apple.com 5223 --target 7-courier.push.apple.com:5223 --alpn apns-security-v3 --agent apsd
    device_tunnels courier.push.apple.com 443 --target 18-courier.push.apple.com:443 --alpn apns-security-v3 --agent apsd
    device_tunnels courier.push.apple.com 5223 --target 9-courier.push.apple.com:5223 --alpn apns-security-v3 --agent apsd
    device_tunnels courier.push.apple.com 443 --target 20-courier.push.apple.com:443 --alpn apns-security-v3 --agent apsd
}

label() {
    cat << 'END'
verdict impaired
trust
must proxy-refused host=*.push.apple.com port=5223 transport=tcp status=403 culprit=10.20.0.3 role=proxy device=10.20.0.20 severity=warning
coverage *.push.apple.com 443 tcp ok
END
}
