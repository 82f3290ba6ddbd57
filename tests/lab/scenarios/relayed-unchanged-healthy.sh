# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The healthy twin: the relay passes every byte on as it came.  Its SYN/ACKs come from next door, and no certificate is
# its own; nothing is refused.

# shellcheck source=tests/lab/scenarios/downgraded-by-relay.sh
. "$LAB_SOURCE/scenarios/downgraded-by-relay.sh"

fault() {
    start_relay
    router_redirects tcp 443 8443
}

label() {
    cat << 'END'
verdict healthy
trust
coverage gs.apple.com 443 tcp ok
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
