# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The whole site is captured, so that both sides of the proxy are seen: it asks the resolver for the placeholder, is given
# the CNAME without an address, as Apple means it, and answers the device with an error.

# shellcheck source=tests/lab/scenarios/proxy-squashed-squid.sh
. "$LAB_SOURCE/scenarios/proxy-squashed-squid.sh"

capture_at=lan0

label() {
    cat << 'END'
verdict blocked
trust
must cname-squashed host=*.push.apple.com name=courier.push.apple.com culprit=10.20.0.3 role=proxy device=10.20.0.20 confidence=certain
coverage gs.apple.com 443 tcp ok
END
}
