# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of courier-squashed with both faults switched off: the placeholder keeps its
# CNAME and has no address, by design, and 5223 answers.

# shellcheck source=tests/lab/scenarios/courier-squashed.sh
. "$LAB_SOURCE/scenarios/courier-squashed.sh"

fault() {
    start_resolver resolver unbound
}

label() {
    cat << 'END'
verdict healthy
coverage *.push.apple.com 5223 tcp ok
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
coverage time-ios.apple.com 123 udp ok
END
}
