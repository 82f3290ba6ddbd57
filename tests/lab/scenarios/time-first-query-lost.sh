# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of time-dropped: only the first query to the time server is lost, the second is answered.

# shellcheck source=tests/lab/scenarios/time-dropped.sh
. "$LAB_SOURCE/scenarios/time-dropped.sh"

fault() {
    firewall_drops_first udp 123 1
}

timeline() {
    LAB_TIME_TIMEOUT=6 device_asks_time time-ios.apple.com
    device_fetches albert.apple.com
}

label() {
    cat << 'END'
verdict healthy
coverage time-ios.apple.com 123 udp ok
coverage albert.apple.com 443 tcp ok
END
}
