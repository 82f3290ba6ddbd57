# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Squid bumps the world and splices Apple's names, as every vendor tells to.  A client refuses an
# unrelated host's forged chain; Apple's hosts have their own: healthy.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com www.unrelated.example
}

fault() {
    make_ca interceptor "/C=AU/O=School District 12/CN=Content Filter CA"
    start_squid bump=interceptor splice=.apple.com
}

timeline() {
    device_tunnels gs.apple.com 443 --version 1.2 --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels www.unrelated.example 443 --version 1.2
    device_tunnels albert.apple.com 443 --version 1.2 --send "GET / HTTP/1.0\r\n\r\n"
    device_tunnels gs.apple.com 443 --send "GET / HTTP/1.0\r\n\r\n"
}

label() {
    cat << 'END'
verdict healthy
trust
coverage gs.apple.com 443 tcp ok
coverage albert.apple.com 443 tcp ok
END
}
