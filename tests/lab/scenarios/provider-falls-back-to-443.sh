# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of provider-port-dropped: 2197 is dropped for the MDM server, which then pushes by 443, as Apple allows.

# shellcheck source=tests/lab/scenarios/provider-port-dropped.sh
. "$LAB_SOURCE/scenarios/provider-port-dropped.sh"

parts() {
    join mdm
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    web_site api.push.apple.com
    start_web
}

timeline() {
    device_connects_apns 7 5223
    mdm_pushes 2197
    mdm_pushes 443
}

label() {
    cat << 'END'
verdict impaired
must port-blocked name=api.push.apple.com port=2197 transport=tcp how=no-answer severity=warning device=10.20.0.10 address=17.188.143.34
coverage *.push.apple.com 5223 tcp ok
END
}
