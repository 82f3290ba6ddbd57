# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin: the same fetches, and nobody prohibits them.  Healthy.

# shellcheck source=tests/lab/scenarios/activation-prohibited-comes-and-goes.sh
. "$LAB_SOURCE/scenarios/activation-prohibited-comes-and-goes.sh"

prohibition() {
    :
}

permission() {
    :
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
