# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The MDM server still tries gateway.push.apple.com on 2195, where Apple answers nobody any more; and it pushes
# by the new interface, too.
capture_at=mdm

parts() {
    join mdm
    start_upstream_dns
    start_resolver resolver unbound
    web_site api.push.apple.com
    start_web
}

fault() {
    on apple firewall_drops tcp 2195
}

timeline() {
    provider_legacy 2195
    mdm_pushes 443
    provider_legacy 2195
}

label() {
    cat << 'END'
verdict healthy
must legacy-port port=2195 severity=note device=10.20.0.10
END
}
