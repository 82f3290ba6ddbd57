# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin: the 407 is answered by Basic credentials, on the same or a new connection, and the host is
# reached.  That is how it works; healthy.

# shellcheck source=tests/lab/scenarios/proxy-407-basic-never.sh
. "$LAB_SOURCE/scenarios/proxy-407-basic-never.sh"

timeline() {
    device_tunnels albert.apple.com 443 --authenticate basic --send "GET / HTTP/1.0\r\n\r\n"
    device_fetches_by_proxy albert.apple.com --proxy-user ipad:secret --proxy-anyauth
    device_fetches_by_proxy gs.apple.com --proxy-user ipad:secret --proxy-anyauth
}

label() {
    cat << 'END'
verdict healthy
trust
coverage albert.apple.com 443 tcp ok
END
}
