# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The MDM server may not reach APNs on 2197, and it knows no other port: devices' own push connections work, but nobody
# can push.
capture_at=lan0
capture_filter='not (host 10.20.0.2 and net 198.51.100.0/24)'

parts() {
    join mdm
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
}

fault() {
    firewall_rule '' tcp 2197 '' ip saddr 10.20.0.10 drop
}

timeline() {
    device_connects_apns 7 5223
    mdm_pushes 2197
    mdm_pushes 2197
}

label() {
    cat << 'END'
verdict blocked
must port-blocked name=api.push.apple.com port=2197 transport=tcp how=no-answer severity=critical device=10.20.0.10 address=17.188.143.34
coverage *.push.apple.com 5223 tcp ok
END
}
