# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# gs speaks TLS 1.3 only; an old program on the device offers 1.2 and is sent protocol_version.  Newer
# programs get through: a warning.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    web_site gs.apple.com version=1.3
    start_web_servers albert.apple.com
}

fault() {
    :
}

timeline() {
    device_fetches gs.apple.com --tls-max 1.2
    device_fetches gs.apple.com --tls-max 1.2
    device_fetches gs.apple.com
    device_fetches albert.apple.com
    device_fetches gs.apple.com --tls-max 1.2
}

label() {
    cat << 'END'
verdict impaired
trust
must tls-rejected host=gs.apple.com port=443 transport=tcp alert=protocol_version sender=server device=10.20.0.20 severity=warning
coverage albert.apple.com 443 tcp ok
END
}
