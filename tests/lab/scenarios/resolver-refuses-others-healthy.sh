# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A resolver that serves Apple's names to its devices, and refuses what is none of theirs.

# shellcheck source=tests/lab/scenarios/resolver-refuses-everything.sh
. "$LAB_SOURCE/scenarios/resolver-refuses-everything.sh"

fault() {
    resolver_answers resolver tracker.example refused
    start_resolver resolver unbound "access-control: 10.20.0.20/32 allow"
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
