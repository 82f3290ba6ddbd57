# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The site's router rejects 5223 by RST in the couriers' name: it comes at once, with the router's TTL.
# The couriers answer on 443 from afar.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    firewall_rejects tcp 5223 reset
}

timeline() {
    device_apns 7
    device_apns 9
}

label() {
    cat << 'END'
verdict impaired
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=reset severity=warning role=firewall device=10.20.0.20
coverage *.push.apple.com 443 tcp ok
END
}
