# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# bind checks answers for aliases that lead to names it distrusts (deny-answer-aliases), and says SERVFAIL for
# every courier.  The capture has the whole site: the resolver itself was told the CNAME.

# shellcheck source=tests/lab/scenarios/dns-blocked-nxdomain.sh
. "$LAB_SOURCE/scenarios/dns-blocked-nxdomain.sh"

# shellcheck disable=SC2034 # read by tests/lab/run
capture_at=lan0

parts() {
    start_upstream_dns
    start_couriers
    start_web_servers albert.apple.com gs.apple.com
}

fault() {
    start_resolver resolver bind 'deny-answer-aliases { "courier-push-apple.com.akadns.net"; };'
}

timeline() {
    device_fetches albert.apple.com
    device_resolve courier.push.apple.com
    sleep 1
    device_resolve courier.push.apple.com
    device_resolve 7-courier.push.apple.com
}

label() {
    cat << 'END'
verdict blocked
must cname-squashed host=*.push.apple.com name=courier.push.apple.com device=10.20.0.20 culprit=10.20.0.2 role=resolver severity=critical detail.proof=upstream-had-it
coverage albert.apple.com 443 tcp ok
END
}
