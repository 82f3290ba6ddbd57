# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# As rejected-mdm-certificate, and the report is told of the MDM server: its certificate lacks the intermediate, devices
# refuse it under TLS 1.2 and 1.3.  That is the server's fault, and nobody intercepts.

# shellcheck source=tests/lab/scenarios/rejected-mdm-certificate.sh
. "$LAB_SOURCE/scenarios/rejected-mdm-certificate.sh"

timeline() {
    device_fetches iprofiles.apple.com --tls-max 1.2
    device_fetches mdm.school.example --tls-max 1.2
    device_fetches mdm.school.example
    device_fetches mdm.school.example
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
trust
option --catalog rejected-mdm-declared.catalog
must tls-rejected host=mdm.school.example port=443 alert=unknown_ca sender=client detail.certificate=incomplete-chain severity=critical device=10.20.0.20
coverage gs.apple.com 443 tcp ok
coverage iprofiles.apple.com 443 tcp ok
END
}
