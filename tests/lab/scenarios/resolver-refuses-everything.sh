# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The resolver's access list lacks the devices' network: whatever the device asks, Apple's names or not, is
# refused.  One cause, and not one for each name; push still goes to an address that the device remembers.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

parts() {
    start_upstream_dns
    start_couriers
    start_web_servers albert.apple.com gs.apple.com gdmf.apple.com
}

fault() {
    start_resolver resolver unbound "access-control: 10.20.0.20/32 refuse"
}

timeline() {
    device_resolve tracker.example
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    device_resolve courier.push.apple.com
    device_resolve setup.icloud.com
    device_connects_to 17.57.145.36 5223 courier.push.apple.com --alpn apns-security-v3
}

label() {
    cat << 'END'
verdict blocked
must dns-blocked host=none name=albert.apple.com name=gs.apple.com name=courier.push.apple.com name=setup.icloud.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical detail.answer=refused detail.scope=all-names
coverage gs.apple.com 443 tcp failing
END
}
