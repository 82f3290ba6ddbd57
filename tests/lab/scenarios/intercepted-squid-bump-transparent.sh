# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The router leads 443 into Squid, which bumps without being asked for; TLS 1.2 shows the forged
# chain.  Nothing but the certificate points at it: no address can be named.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers gs.apple.com humb.apple.com
}

fault() {
    make_ca interceptor "/C=AU/O=School District 12/CN=Content Filter CA"
    start_squid bump=interceptor at=router
    router_redirects tcp 443 8443
}

timeline() {
    device_fetches gs.apple.com --tls-max 1.2
    device_fetches humb.apple.com --tls-max 1.2
}

label() {
    cat << 'END'
verdict blocked
trust
must certificate-intercepted host=gs.apple.com port=443 transport=tcp culprit=none role=proxy device=10.20.0.20
must certificate-intercepted host=humb.apple.com port=443 transport=tcp culprit=none role=proxy device=10.20.0.20
END
}
