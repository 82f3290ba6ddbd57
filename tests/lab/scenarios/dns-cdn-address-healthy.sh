# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Names that Apple keeps at a CDN resolve outside 17.0.0.0/8, one of them without its CNAMEs, and the
# site's own MDM server to a private address: all right.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

parts() {
    start_upstream_dns
    start_web_servers albert.apple.com init.itunes.apple.com configuration.apple.com www.apple.com
    start_mdm
}

fault() {
    resolver_answers resolver www.apple.com address 104.73.61.30
    start_resolver resolver unbound
}

timeline() {
    device_fetches albert.apple.com
    device_fetches init.itunes.apple.com
    device_fetches configuration.apple.com --tls-max 1.2
    device_fetches www.apple.com
    device_fetches mdm.school.example
}

label() {
    cat << 'END'
verdict healthy
trust
coverage albert.apple.com 443 tcp ok
coverage init.itunes.apple.com 443 tcp ok
coverage configuration.apple.com 443 tcp ok
END
}
