# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# An iPad's first minutes, from the captive check to the store, in order and to the end.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers
    start_mdm
    start_time_server
}

fault() {
    :
}

timeline() {
    LAB_UPLOAD=1500
    device_activates
}

label() {
    cat << 'END'
verdict healthy
trust
coverage captive.apple.com 80 tcp ok
coverage time-ios.apple.com 123 udp ok
coverage albert.apple.com 443 tcp ok
coverage humb.apple.com 443 tcp ok
coverage iprofiles.apple.com 443 tcp ok
coverage *.push.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
coverage gdmf.apple.com 443 tcp ok
END
}
