# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A browser opens connections in advance and closes those that it does not need, without a byte: by FIN, once by RST.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    :
}

timeline() {
    meanwhile device_speculates gs.apple.com
    device_fetches albert.apple.com
    meanwhile device_connects gs.apple.com 443 --leave connected --hold 0.5 --end rst
    all_done
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
