# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# As speculative-connections, but nothing else is done with gs.apple.com: opened and left, three times.  That it opens is
# all that was asked.

# shellcheck source=tests/lab/scenarios/speculative-connections.sh
. "$LAB_SOURCE/scenarios/speculative-connections.sh"

timeline() {
    device_fetches albert.apple.com
    device_speculates gs.apple.com 443 0.5
    device_speculates gs.apple.com 443 0.5
    device_connects gs.apple.com 443 --leave connected --hold 0.5 --end rst
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
END
}
