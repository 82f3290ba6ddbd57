# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The way back from the time server is 100 ms longer than the way there: the time looks 50 ms off, and
# is good enough.  Healthy.

# shellcheck source=tests/lab/scenarios/ntp-good.sh
. "$LAB_SOURCE/scenarios/ntp-good.sh"

fault() {
    start_time_server
    link_set apple right-delay=112
}

label() {
    cat << 'END'
verdict healthy
trust
coverage time-ios.apple.com 123 udp ok
coverage albert.apple.com 443 tcp ok
END
}
