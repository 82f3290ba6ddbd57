# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The resolver answers gs.apple.com with a public address, that of a DNS filter's block page, whose
# certificate is the filter's own.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

parts() {
    start_upstream_dns
    lab_in world ip route add local 146.112.61.0/24 dev lo
    make_ca filter "/C=US/O=Example DNS Filter/CN=Example DNS Filter Root CA"
    make_certificate page block.filter.example issuer=filter "subject=/O=Example DNS Filter/CN=block.filter.example"
    web_site gs.apple.com certificate=page version=1.2 address=146.112.61.106
    start_web_servers albert.apple.com
}

fault() {
    resolver_answers resolver gs.apple.com address 146.112.61.106
    start_resolver resolver unbound
}

label() {
    cat << 'END'
verdict blocked
must dns-hijacked host=gs.apple.com name=gs.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
may certificate-intercepted host=gs.apple.com device=10.20.0.20
may tls-rejected host=gs.apple.com device=10.20.0.20
coverage albert.apple.com 443 tcp ok
END
}
