# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The iPad itself hangs up by RST, without an alert, whenever it has the flight of gs.apple.com (TLS 1.2, the genuine
# chain), and tries again; other hosts please it.

parts() {
    start_upstream_dns
    start_resolver resolver unbound
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    :
}

timeline() {
    device_fetches albert.apple.com
    device_connects gs.apple.com 443 --version 1.2 --leave hello --hold 0.02 --end rst
    sleep 1
    device_connects gs.apple.com 443 --version 1.2 --leave hello --hold 0.02 --end rst
    sleep 1
    device_connects gs.apple.com 443 --version 1.2 --leave hello --hold 0.02 --end rst
}

label() {
    cat << 'END'
trust
verdict blocked impaired
must connection-reset host=gs.apple.com port=443 transport=tcp origin=device stage=handshake culprit=10.20.0.20 role=device device=10.20.0.20
coverage albert.apple.com 443 tcp ok
END
}
