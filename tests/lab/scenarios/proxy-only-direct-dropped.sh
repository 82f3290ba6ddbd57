# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A site that lets its devices out by the proxy alone.  As apsd does, the iPad tries push directly first, on 5223 and 443, in
# vain, and then asks the proxy for 443, which works: what is dropped is a warning at most.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers gs.apple.com
    start_squid
}

fault() {
    firewall_rule '' tcp '' '' oifname wan0 ip saddr 10.20.0.20 drop
}

timeline() {
    device_fetches_by_proxy gs.apple.com
    device_connects_apns 7 5223
    device_connects_apns 7 443
    device_tunnels courier.push.apple.com 443 --target 7-courier.push.apple.com:443 --alpn apns-security-v3 --agent apsd
    device_connects_apns 9 5223
    device_tunnels courier.push.apple.com 443 --target 9-courier.push.apple.com:443 --alpn apns-security-v3 --agent apsd
}

label() {
    cat << 'END'
verdict impaired
trust
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=no-answer severity=warning device=10.20.0.20
may port-blocked host=*.push.apple.com port=443 transport=tcp how=no-answer severity=warning device=10.20.0.20
coverage gs.apple.com 443 tcp ok
END
}
