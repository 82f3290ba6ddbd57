# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Squid wants Basic authentication; the device, as Apple's services do, never answers the 407 and
# comes without credentials each time.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    start_squid auth=basic
}

timeline() {
    device_tunnels albert.apple.com 443
    device_fetches_by_proxy albert.apple.com
    device_tunnels albert.apple.com 443
}

label() {
    cat << 'END'
verdict blocked
must proxy-authentication host=albert.apple.com port=443 transport=tcp culprit=10.20.0.3 role=proxy device=10.20.0.20 severity=critical
END
}
