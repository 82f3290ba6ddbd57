# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The device sends a report, closes by FIN and does not wait; the answer meets a closed socket and gets a RST.  An
# ordinary end, seen from afar: RST after FIN.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    :
}

timeline() {
    device_connects gs.apple.com 443 --send "GET / HTTP/1.1\\r\\nHost: gs.apple.com\\r\\n\\r\\n" --expect 0 --end fin
    device_connects albert.apple.com 443 --send "GET / HTTP/1.1\\r\\nHost: albert.apple.com\\r\\n\\r\\n" --end fin
    device_connects gs.apple.com 443 --send "GET / HTTP/1.1\\r\\nHost: gs.apple.com\\r\\n\\r\\n" --expect 0 --end fin --version 1.2
}

label() {
    cat << 'END'
trust
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
