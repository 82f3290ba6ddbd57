# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The router leads NTP to the site's own server, whose time is good.  The devices have the right time:
# healthy, though it is not Apple who answers.

# shellcheck source=tests/lab/scenarios/ntp-good.sh
. "$LAB_SOURCE/scenarios/ntp-good.sh"

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    join other
    start_web_servers albert.apple.com
}

fault() {
    lab_start other ntp-local "$(lab_build ntp ntp.c)" 10.20.0.30 good
    router_diverts udp 123 10.20.0.30:123
}

label() {
    cat << 'END'
verdict healthy
trust
coverage time-ios.apple.com 123 udp ok
coverage albert.apple.com 443 tcp ok
END
}
