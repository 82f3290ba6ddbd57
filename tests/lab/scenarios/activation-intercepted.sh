# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# mitmproxy in the router takes all of 443 (TLS 1.3): activation stops at albert, tried three times, each
# ended by the device's unknown_ca.  Captive check and time are fine.

# shellcheck source=tests/lab/scenarios/activation-healthy.sh
. "$LAB_SOURCE/scenarios/activation-healthy.sh"

fault() {
    make_ca interceptor "/CN=mitmproxy/O=mitmproxy"
    start_mitmproxy interceptor router
    router_redirects tcp 443 8443
}

timeline() {
    LAB_UPLOAD=1500
    device_activates
    device_activates stop captive time
    device_activates stop captive time
}

label() {
    cat << 'END'
verdict impaired
trust
must tls-interception-suspected host=albert.apple.com port=443 transport=tcp device=10.20.0.20 severity=warning
coverage captive.apple.com 80 tcp ok
coverage time-ios.apple.com 123 udp ok
END
}
