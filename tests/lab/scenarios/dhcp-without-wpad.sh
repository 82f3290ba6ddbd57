# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin: the same lease without option 252, and the same host.  Healthy.

# shellcheck source=tests/lab/scenarios/wpad-by-dhcp.sh
. "$LAB_SOURCE/scenarios/wpad-by-dhcp.sh"

fault() {
    start_dhcp
}

timeline() {
    device_leases
    device_fetches albert.apple.com
}

label() {
    cat << 'END'
verdict healthy
trust
coverage albert.apple.com 443 tcp ok
END
}
