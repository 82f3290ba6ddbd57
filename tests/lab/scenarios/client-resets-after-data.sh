# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Devices get all that they asked for and leave by RST rather than FIN, each time.  That is how applications save time,
# and no fault.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    :
}

timeline() {
    device_resets_after_data gs.apple.com
    device_resets_after_data albert.apple.com
    device_resets_after_data gs.apple.com
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
