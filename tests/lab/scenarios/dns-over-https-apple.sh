# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The device asks its resolver for doh.dns.apple.com only, and everything else there by DoH.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_encrypted_resolver doh.dns.apple.com
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    :
}

timeline() {
    device_resolve doh.dns.apple.com
    lab_curl https://albert.apple.com/ --doh-url https://doh.dns.apple.com/dns-query --resolve doh.dns.apple.com:443:17.253.36.53
    lab_curl https://gs.apple.com/ --doh-url https://doh.dns.apple.com/dns-query --resolve doh.dns.apple.com:443:17.253.36.53
}

label() {
    cat << 'END'
verdict healthy
must dns-encrypted device=10.20.0.20 severity=note
coverage albert.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
