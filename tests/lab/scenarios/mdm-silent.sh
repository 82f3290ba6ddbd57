# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The site's own MDM server, known by --catalog, lets nobody in on 443 (its host firewall drops): Apple's
# hosts work, and enrolment stops at the site's.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com iprofiles.apple.com
    start_mdm
}

fault() {
    on mdm firewall_drops tcp 443
}

timeline() {
    device_fetches albert.apple.com
    device_fetches iprofiles.apple.com
    device_fetches mdm.school.example
    device_fetches mdm.school.example
}

label() {
    cat << 'END'
verdict blocked
option --catalog mdm-silent.catalog
must port-blocked host=mdm.school.example port=443 transport=tcp how=no-answer severity=critical device=10.20.0.20 address=10.20.0.10
coverage albert.apple.com 443 tcp ok
coverage iprofiles.apple.com 443 tcp ok
END
}
