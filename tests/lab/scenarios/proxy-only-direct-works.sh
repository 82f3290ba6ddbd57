# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin: the proxy is there, and the firewall lets push out directly as well.  Healthy.

# shellcheck source=tests/lab/scenarios/proxy-only-direct-dropped.sh
. "$LAB_SOURCE/scenarios/proxy-only-direct-dropped.sh"

fault() {
    :
}

label() {
    cat << 'END'
verdict healthy
trust
coverage *.push.apple.com 5223 tcp ok
coverage *.push.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
