# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A box near the site forges RSTs whose TTL is made to look like the server's (53 at the device).  Only the time gives it
# away: they come at once, and the server is 24 ms away.

# shellcheck source=tests/lab/scenarios/sni-filter-reset-injected.sh
. "$LAB_SOURCE/scenarios/sni-filter-reset-injected.sh"

fault() {
    sni_filter apple gs.apple.com reset-both ttl=55
}

timeline() {
    device_fetches albert.apple.com
    device_fetches gs.apple.com
    device_apns 7
    device_fetches gs.apple.com
    device_fetches gs.apple.com
}

label() {
    cat << 'END'
verdict blocked
must connection-reset host=gs.apple.com port=443 origin=injected stage=after-client-hello device=10.20.0.20
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
