# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of quic-dropped: QUIC is answered, and TCP, too.

# shellcheck source=tests/lab/scenarios/quic-dropped.sh
. "$LAB_SOURCE/scenarios/quic-dropped.sh"

fault() {
    :
}

label() {
    cat << 'END'
verdict healthy
coverage app-site-association.cdn-apple.com 443 udp ok
coverage app-site-association.cdn-apple.com 443 tcp ok
END
}
