# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The firewall drops NTP, the iPad's clock stands at 2019, and it refuses genuine chains as not yet
# valid (TLS 1.2).  The cause is the blocked port; the refusals are its symptom.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_time_server
    start_web_servers gs.apple.com albert.apple.com
}

fault() {
    firewall_drops udp 123
}

timeline() {
    device_asks_time
    device_connects_in 2019 gs.apple.com
    device_connects_in 2019 albert.apple.com
    device_connects_in 2019 gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
trust
must port-blocked host=time-ios.apple.com port=123 transport=udp how=no-answer device=10.20.0.20
may tls-rejected host=gs.apple.com alert=bad_certificate sender=device|client
may tls-rejected host=albert.apple.com alert=bad_certificate sender=device|client
END
}
