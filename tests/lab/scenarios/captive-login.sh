# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A portal in the router answers all HTTP by its login page, with status 200; HTTPS to Apple passes.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    captive_page login 10.20.0.1
    start_web_servers albert.apple.com
}

fault() {
    router_redirects tcp 80 8080
}

timeline() {
    device_checks_captive
    device_fetches albert.apple.com
    device_checks_captive
}

label() {
    cat << 'END'
verdict impaired
trust
must captive-portal host=captive.apple.com port=80 transport=tcp device=10.20.0.20 severity=warning
coverage albert.apple.com 443 tcp ok
END
}
