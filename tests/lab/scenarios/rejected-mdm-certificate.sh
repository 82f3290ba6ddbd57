# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Only the school's own MDM server has a bad chain (its intermediate is missing): devices say unknown_ca
# to it.  All of Apple's hosts are fine, and no finding may speak of them.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    make_ca school "/CN=School Issuing CA 2/O=School" issuer=root
    make_certificate mdm mdm.school.example issuer=school alone=yes subject=/O=School/CN=mdm.school.example
    start_mdm certificate=mdm
    start_web_servers gs.apple.com iprofiles.apple.com
}

fault() {
    :
}

timeline() {
    device_fetches iprofiles.apple.com --tls-max 1.2
    device_fetches mdm.school.example --tls-max 1.2
    device_fetches mdm.school.example
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict healthy impaired
trust
may tls-rejected name=mdm.school.example severity=warning
may certificate-intercepted name=mdm.school.example severity=warning
coverage gs.apple.com 443 tcp ok
coverage iprofiles.apple.com 443 tcp ok
END
}
