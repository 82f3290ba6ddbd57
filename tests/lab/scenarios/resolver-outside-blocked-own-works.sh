# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Devices are set to a public resolver that the firewall does not let them reach; the site's own answers.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    start_resolver resolver unbound
    start_resolver public unbound
    firewall_drops udp 53 198.51.100.99
    firewall_drops tcp 53 198.51.100.99
    device_uses_resolvers 198.51.100.99 10.20.0.2
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com --tls-max 1.2
}

label() {
    cat << 'END'
verdict impaired
trust
must dns-unanswered severity=warning culprit=198.51.100.99 role=resolver device=10.20.0.20
END
}
