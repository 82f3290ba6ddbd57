# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The provider's filter, one hop behind the site's router, prohibits 5223 and says so by ICMP 3/13;
# 443 to the couriers is prohibited too, so that nothing is left for push.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_couriers
    start_web_servers albert.apple.com
}

fault() {
    on isp firewall_rejects tcp 5223 admin-prohibited
    on isp firewall_rejects tcp 443 admin-prohibited 17.57.144.0/22
}

timeline() {
    device_fetches albert.apple.com
    device_apns 7
}

label() {
    cat << 'END'
verdict blocked
must port-blocked host=*.push.apple.com port=5223 transport=tcp how=icmp-prohibited culprit=203.0.113.2 device=10.20.0.20
must port-blocked host=*.push.apple.com port=443 transport=tcp how=icmp-prohibited culprit=203.0.113.2 device=10.20.0.20
coverage albert.apple.com 443 tcp ok
END
}
