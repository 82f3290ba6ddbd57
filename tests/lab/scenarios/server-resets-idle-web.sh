# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A web server of Apple's ends kept-alive connections by RST after 3 s without a request: they have done their work, and
# the next request opens a new one.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com
    make_certificate gs gs.apple.com
}

fault() {
    start_tls_server gs.apple.com 443 gs --fault=reset-when-idle --seconds=3 --answer=300
}

timeline() {
    meanwhile device_connects gs.apple.com 443 --send "GET / HTTP/1.1\\r\\nHost: gs.apple.com\\r\\n\\r\\n" --hold 5
    device_connects gs.apple.com 443 --send "GET / HTTP/1.1\\r\\nHost: gs.apple.com\\r\\n\\r\\n" --hold 5 --version 1.2
    device_fetches gs.apple.com
    all_done
}

label() {
    cat << 'END'
trust
verdict healthy
coverage gs.apple.com 443 tcp ok
END
}
