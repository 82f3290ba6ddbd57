# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The site's own MDM server is up, but nothing listens on 443: it refuses by RST, itself.

# shellcheck source=tests/lab/scenarios/mdm-silent.sh
. "$LAB_SOURCE/scenarios/mdm-silent.sh"

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com iprofiles.apple.com
    join mdm
}

fault() {
    :
}

label() {
    cat << 'END'
verdict blocked
option --catalog mdm-refuses.catalog
must port-blocked host=mdm.school.example port=443 transport=tcp how=reset severity=critical role=server device=10.20.0.20 address=10.20.0.10
coverage albert.apple.com 443 tcp ok
coverage iprofiles.apple.com 443 tcp ok
END
}
