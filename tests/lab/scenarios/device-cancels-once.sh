# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of reset-by-device-in-handshake: the user goes back once while gs.apple.com answers, and later the same
# connection succeeds.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    :
}

timeline() {
    device_fetches albert.apple.com
    device_connects gs.apple.com 443 --version 1.2 --leave hello --hold 0.02 --end rst
    sleep 1
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
trust
verdict healthy
coverage albert.apple.com 443 tcp ok
END
}
