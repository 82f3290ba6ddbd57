# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Clients that finish the handshake and say close_notify at once, without data: an encrypted record as
# short as a refusal's, but after the Finished.  Others fetch from the same hosts; healthy.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers gs.apple.com albert.apple.com
}

fault() {
    :
}

timeline() {
    device_connects gs.apple.com 443 --version 1.3 --leave handshake --end notify
    device_connects gs.apple.com 443 --version 1.3 --leave handshake --end notify
    device_fetches gs.apple.com
    device_refuses_like_apple albert.apple.com 443
    device_fetches albert.apple.com
}

label() {
    cat << 'END'
verdict healthy
trust
coverage gs.apple.com 443 tcp ok
END
}
