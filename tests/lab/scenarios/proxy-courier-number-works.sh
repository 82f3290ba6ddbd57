# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The twin: CONNECT goes to numbered couriers, which have addresses, on 443 and 5223 of a proxy that
# permits both.  Healthy.

# shellcheck source=tests/lab/scenarios/proxy-squashed-squid.sh
. "$LAB_SOURCE/scenarios/proxy-squashed-squid.sh"

timeline() {
    device_tunnels gs.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels courier.push.apple.com 443 --target 7-courier.push.apple.com:443 --alpn apns-security-v3
    device_tunnels courier.push.apple.com 443 --target 8-courier.push.apple.com:443 --alpn apns-security-v3
}

label() {
    cat << 'END'
verdict healthy
trust
coverage *.push.apple.com 443 tcp ok
coverage gs.apple.com 443 tcp ok
END
}
