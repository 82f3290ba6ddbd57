# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A time server that is not Apple's says INIT; Apple's is good.  Healthy.

# shellcheck source=tests/lab/scenarios/ntp-good.sh
. "$LAB_SOURCE/scenarios/ntp-good.sh"

fault() {
    start_time_server
    start_time_server INIT name=www.unrelated.example
}

timeline() {
    device_asks_time www.unrelated.example
    device_asks_time
    device_fetches albert.apple.com
}

label() {
    cat << 'END'
verdict healthy
trust
coverage time-ios.apple.com 123 udp ok
coverage albert.apple.com 443 tcp ok
END
}
