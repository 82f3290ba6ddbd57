# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin: the check gets Apple's page.  Healthy.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com
}

fault() {
    :
}

timeline() {
    device_checks_captive
    device_fetches albert.apple.com
}

label() {
    cat << 'END'
verdict healthy
trust
coverage captive.apple.com 80 tcp ok
coverage albert.apple.com 443 tcp ok
END
}
