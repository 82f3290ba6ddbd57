# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The device asks by TCP; the resolver says NXDOMAIN without an SOA for gs.apple.com and answers the rest.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

fault() {
    resolver_answers resolver gs.apple.com nxdomain
    start_resolver resolver unbound
}

timeline() {
    lab_in device dig +tcp +noall +noedns @10.20.0.2 albert.apple.com A
    device_fetches_from 17.171.47.86 albert.apple.com
    lab_in device dig +tcp +noall +noedns @10.20.0.2 gs.apple.com A
    sleep 1
    lab_in device dig +tcp +noall +noedns @10.20.0.2 gs.apple.com A
}

label() {
    cat << 'END'
verdict blocked
must dns-blocked host=gs.apple.com name=gs.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical
coverage albert.apple.com 443 tcp ok
END
}
