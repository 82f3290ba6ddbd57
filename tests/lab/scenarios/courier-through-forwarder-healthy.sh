# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The same resolver without the check: both sides of it are in the capture, and say the same.

# shellcheck source=tests/lab/scenarios/squashed-by-alias-check.sh
. "$LAB_SOURCE/scenarios/squashed-by-alias-check.sh"

fault() {
    start_resolver resolver bind
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
END
}
