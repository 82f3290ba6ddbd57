# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin of reset-by-server-after-hello: a box one hop behind the provider forges the RST for gs.apple.com, with
# the usual first TTL (64), so that its distance can be told, and at once, sooner than the server could.

# shellcheck source=tests/lab/scenarios/sni-filter-reset-injected.sh
. "$LAB_SOURCE/scenarios/sni-filter-reset-injected.sh"

fault() {
    sni_filter apple gs.apple.com reset-both ttl=64
}

label() {
    cat << 'END'
verdict blocked
must connection-reset host=gs.apple.com port=443 origin=injected stage=after-client-hello role=firewall device=10.20.0.20
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
