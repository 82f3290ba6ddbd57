# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Squid bumps every CONNECT; its CA has the school's name, so that no vendor can be told.  The
# certificate is TLS 1.2's, and the proxy that was asked is the interceptor.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    make_ca interceptor "/C=AU/O=School District 12/CN=Content Filter CA"
    start_squid bump=interceptor
}

timeline() {
    device_tunnels gs.apple.com 443 --version 1.2
    device_tunnels albert.apple.com 443 --version 1.2
}

label() {
    cat << 'END'
verdict blocked
trust
must certificate-intercepted host=gs.apple.com port=443 transport=tcp culprit=10.20.0.3 role=proxy device=10.20.0.20
must certificate-intercepted host=albert.apple.com port=443 transport=tcp culprit=10.20.0.3 role=proxy device=10.20.0.20
END
}
