# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# DHCP offers a PAC file by option 252; the capture ends before the device fetches it, and Apple's host
# is reached without a proxy.  What is offered will be used: a warning.

# shellcheck source=tests/lab/scenarios/wpad-by-dhcp.sh
. "$LAB_SOURCE/scenarios/wpad-by-dhcp.sh"

timeline() {
    device_leases
    device_fetches albert.apple.com
}

label() {
    cat << 'END'
verdict impaired
trust
must proxy-autoconfig device=10.20.0.20 severity=warning
coverage albert.apple.com 443 tcp ok
END
}
