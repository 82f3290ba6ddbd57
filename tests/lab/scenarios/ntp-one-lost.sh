# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The first NTP request is lost on its way; the next is answered.  Healthy.

# shellcheck source=tests/lab/scenarios/ntp-good.sh
. "$LAB_SOURCE/scenarios/ntp-good.sh"

fault() {
    start_time_server
    firewall_drops_first udp 123 1
}

label() {
    cat << 'END'
verdict healthy
trust
coverage time-ios.apple.com 123 udp ok
coverage albert.apple.com 443 tcp ok
END
}
