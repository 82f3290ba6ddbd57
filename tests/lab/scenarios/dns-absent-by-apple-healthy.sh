# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Apple itself has no gg.apple.com any more (NXDOMAIN with apple.com's SOA) and no IPv4 address for
# setup.icloud.com (NODATA with the SOA of apple-dns.net): nobody withholds anything.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

parts() {
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    upstream_removes gg.apple.com
    upstream_removes setup.fe2.apple-dns.net A
    start_upstream_dns
    start_resolver resolver unbound
}

timeline() {
    device_fetches albert.apple.com
    device_resolve gg.apple.com
    device_resolve setup.icloud.com
    device_fetches gs.apple.com
    device_resolve gg.apple.com
}

label() {
    cat << 'END'
verdict healthy
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
