# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The site does not want Private Relay and says so as Apple asks: NXDOMAIN for mask.icloud.com and
# mask-h2.icloud.com.  Devices go on without it; nothing is broken.

parts() {
    start_upstream_dns
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    resolver_answers resolver mask.icloud.com nxdomain
    resolver_answers resolver mask-h2.icloud.com nxdomain
    start_resolver resolver unbound
}

timeline() {
    device_resolve mask.icloud.com
    device_resolve mask-h2.icloud.com
    device_fetches albert.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict healthy impaired
# Policy, not an incident (domain.md 4.1): never critical.
may dns-blocked name=mask.icloud.com name=mask-h2.icloud.com culprit=10.20.0.2 severity=note|warning
may dns-blocked name=mask.icloud.com culprit=10.20.0.2 severity=note|warning
may dns-blocked name=mask-h2.icloud.com culprit=10.20.0.2 severity=note|warning
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
