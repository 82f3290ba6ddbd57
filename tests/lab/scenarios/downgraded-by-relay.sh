# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# A relay in the router takes the offer of TLS 1.3 out of the ClientHellos.  The server says in its random bytes that
# it could do better (RFC 8446 section 4.1.3), and the device leaves with illegal_parameter.  Push is left alone.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    start_relay strip
    router_redirects tcp 443 8443
}

timeline() {
    device_fetches gs.apple.com
    device_fetches albert.apple.com
    device_apns 7
    for turn in 1 2; do
        device_fetches gs.apple.com
        device_fetches albert.apple.com
    done
}

label() {
    cat << 'END'
verdict impaired
trust
must tls-interception-suspected host=gs.apple.com port=443 transport=tcp culprit=none role=proxy device=10.20.0.20 severity=warning
must tls-interception-suspected host=albert.apple.com port=443 transport=tcp culprit=none role=proxy device=10.20.0.20 severity=warning
coverage *.push.apple.com 5223 tcp ok
END
}
