# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of hello-lost-too-big: nothing is lost, and a ClientHello of two segments is answered like a small one.

# shellcheck source=tests/lab/scenarios/hello-lost-too-big.sh
. "$LAB_SOURCE/scenarios/hello-lost-too-big.sh"

fault() {
    :
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
END
}
