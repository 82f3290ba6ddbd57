# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The provider prohibits 5223 by ICMP 3/13, and a box on the way resets gs.apple.com by its name.  Two causes, two
# findings; push lives on 443 (TLS 1.2).

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers "5223 443" --version=1.2
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    on isp firewall_rejects tcp 5223 admin-prohibited
    sni_filter apple gs.apple.com reset-both ttl=125
}

timeline() {
    device_fetches albert.apple.com
    device_apns 7
    device_fetches gs.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
trust
verdict blocked
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=icmp-prohibited severity=warning culprit=203.0.113.2 role=firewall device=10.20.0.20
must connection-reset host=gs.apple.com port=443 transport=tcp origin=injected stage=after-client-hello severity=critical role=firewall device=10.20.0.20
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 443 tcp ok
END
}
