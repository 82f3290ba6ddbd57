# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The device resolves by DoT (853) at a public resolver: names are hidden, and nothing is wrong.

parts() {
    start_upstream_dns
    start_encrypted_resolver public
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    :
}

timeline() {
    device_resolve_encrypted tls 198.51.100.99 albert.apple.com
    device_fetches_from 17.171.47.86 albert.apple.com
    device_resolve_encrypted tls 198.51.100.99 gs.apple.com
    device_fetches_from 17.188.22.70 gs.apple.com
}

label() {
    cat << 'END'
verdict healthy
must dns-encrypted device=10.20.0.20 severity=note
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
