# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of hello-unanswered-by-server: the server is slow, and its ServerHello comes after 2 s.

# shellcheck source=tests/lab/scenarios/hello-unanswered-by-server.sh
. "$LAB_SOURCE/scenarios/hello-unanswered-by-server.sh"

fault() {
    start_tls_server gs.apple.com 443 gs --fault=slow-hello --seconds=2 --answer=300
}

label() {
    cat << 'END'
trust
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
