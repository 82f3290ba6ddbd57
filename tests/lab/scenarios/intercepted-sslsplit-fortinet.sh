# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# sslsplit in the router, with a CA that is named as a FortiGate's, forges all certificates on 443
# under TLS 1.2; 5223 is left alone and push works.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    make_ca interceptor "/C=US/O=Fortinet/OU=Certificate Authority/CN=FortiGate CA"
    start_sslsplit interceptor
    router_redirects tcp 443 8443
}

timeline() {
    device_fetches gs.apple.com --tls-max 1.2
    device_connects_apns 7 5223 --version 1.2
    device_fetches albert.apple.com --tls-max 1.2
}

label() {
    cat << 'END'
verdict blocked
trust
must certificate-intercepted host=gs.apple.com port=443 transport=tcp vendor=Fortinet culprit=none role=proxy device=10.20.0.20
must certificate-intercepted host=albert.apple.com port=443 transport=tcp vendor=Fortinet culprit=none role=proxy device=10.20.0.20
coverage *.push.apple.com 5223 tcp ok
END
}
