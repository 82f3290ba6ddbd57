# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# One program on the device has its own short list of roots and refuses gs once (unknown_ca); before
# and after it the device fetches from gs and albert.  No interception: nothing is raised.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    make_ca other "/CN=Another Root"
    start_web_servers gs.apple.com albert.apple.com
}

fault() {
    :
}

timeline() {
    device_fetches gs.apple.com
    device_connects gs.apple.com 443 --ca "$LAB_FOLDER/other.pem"
    device_fetches gs.apple.com
    device_fetches albert.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict healthy
trust
coverage gs.apple.com 443 tcp ok
coverage albert.apple.com 443 tcp ok
END
}
