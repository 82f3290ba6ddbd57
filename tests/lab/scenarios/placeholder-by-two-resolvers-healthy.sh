# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Two resolvers (unbound, bind) both answer the placeholder as Apple does: a CNAME, no address, the SOA
# of akadns.net.  Push works.

# shellcheck source=tests/lab/scenarios/squashed-nxdomain.sh
. "$LAB_SOURCE/scenarios/squashed-nxdomain.sh"

fault() {
    start_resolver resolver unbound
    start_resolver resolver2 bind
}

timeline() {
    device_fetches albert.apple.com --tls-max 1.2
    device_resolve courier.push.apple.com
    LAB_RESOLVERS=10.20.0.4 device_resolve courier.push.apple.com
    device_connects_apns 7 5223 --version 1.2
}

label() {
    cat << 'END'
verdict healthy
trust
coverage albert.apple.com 443 tcp ok
coverage *.push.apple.com 5223 tcp ok
END
}
