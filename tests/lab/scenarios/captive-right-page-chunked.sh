# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Another twin: Apple's page with chunked transfer encoding, as caches on the way may send it.  Healthy.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    web_site captive.apple.com port=80 chunked=yes 'body=<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>'
    web_site albert.apple.com
    start_web
}

fault() {
    :
}

timeline() {
    device_checks_captive
    device_fetches albert.apple.com
}

label() {
    cat << 'END'
verdict healthy
trust
coverage captive.apple.com 80 tcp ok
coverage albert.apple.com 443 tcp ok
END
}
