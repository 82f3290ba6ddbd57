# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# One resolver; a view of it for the second of three devices says NXDOMAIN for gs.apple.com.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

# shellcheck disable=SC2034 # read by tests/lab/run
capture_at=devices

fault() {
    join device2
    join device3
    start_resolver resolver unbound "access-control-view: 10.20.0.21/32 restricted" \
        $'view:\n  name: restricted\n  view-first: yes\n  local-zone: "gs.apple.com." always_nxdomain'
}

timeline() {
    device_fetches gs.apple.com
    on device2 device_fetches gs.apple.com
    on device3 device_fetches gs.apple.com
    on device2 device_fetches albert.apple.com
    on device2 device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
must dns-blocked host=gs.apple.com name=gs.apple.com device=10.20.0.21 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
