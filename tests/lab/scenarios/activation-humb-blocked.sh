# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The firewall drops humb.apple.com: activation gets past albert and stops there, for want of the
# attestation certificate.

# shellcheck source=tests/lab/scenarios/activation-healthy.sh
. "$LAB_SOURCE/scenarios/activation-healthy.sh"

fault() {
    firewall_drops tcp 443 17.171.47.87
}

label() {
    cat << 'END'
verdict blocked
trust
must port-blocked host=humb.apple.com port=443 transport=tcp how=no-answer device=10.20.0.20 address=17.171.47.87
coverage captive.apple.com 80 tcp ok
coverage time-ios.apple.com 123 udp ok
coverage albert.apple.com 443 tcp ok
END
}
