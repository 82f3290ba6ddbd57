# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The only resolver answers nothing.  Push still works, by an address that the device remembers; no
# other name resolves.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

parts() {
    start_couriers
}

fault() {
    part_silent resolver udp 53
}

timeline() {
    device_connects_to 17.57.145.36 5223 courier.push.apple.com --alpn apns-security-v3 --bytes 100
    device_resolve albert.apple.com
    device_resolve gs.apple.com
    device_connects_to 17.57.145.37 5223 courier.push.apple.com --alpn apns-security-v3 --bytes 100
}

label() {
    cat << 'END'
verdict blocked
must dns-unanswered severity=critical culprit=10.20.0.2 role=resolver device=10.20.0.20
coverage *.push.apple.com 5223 tcp ok
END
}
