# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A portal redirects the captive check (302) and drops HTTPS until somebody logs in.  The portal is the
# cause; that albert does not answer is its symptom.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    captive_page redirect 10.20.0.1
    start_web_servers albert.apple.com
}

fault() {
    router_redirects tcp 80 8080
    firewall_drops tcp 443
}

timeline() {
    device_checks_captive
    LAB_FETCH_TIMEOUT=5 device_fetches albert.apple.com
    device_checks_captive
}

label() {
    cat << 'END'
verdict impaired blocked
trust
must captive-portal host=captive.apple.com port=80 transport=tcp device=10.20.0.20
may port-blocked host=albert.apple.com port=443 how=no-answer device=10.20.0.20
END
}
