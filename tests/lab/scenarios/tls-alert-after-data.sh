# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Programs that got everything and then leave by an alert (close_notify) or by RST, under TLS 1.2 and 1.3.
# Nothing was refused; healthy.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers gs.apple.com albert.apple.com
}

fault() {
    :
}

timeline() {
    device_connects gs.apple.com 443 --version 1.2 --send "GET / HTTP/1.0\r\n\r\n"
    device_connects gs.apple.com 443 --version 1.3 --send "GET / HTTP/1.0\r\n\r\n"
    device_connects albert.apple.com 443 --version 1.2 --send "GET / HTTP/1.0\r\n\r\n" --end rst
    device_resets_after_data albert.apple.com
}

label() {
    cat << 'END'
verdict healthy
trust
coverage gs.apple.com 443 tcp ok
END
}
