# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What is a site, and the internet behind it, made of?  Functions that start
# real parts in network namespaces of this run's own.  Sourced by tests/lab/run;
# scenarios call these and nothing else.
#
#   device 10.20.0.20 --+
#                       +-- lan0 (bridge) router 10.20.0.1 -- 203.0.113.0/30 -- internet
#   resolver 10.20.0.2 -+   captured at the port of the device, as a SPAN session would see it
#
# Every name begins with LAB_PREFIX, which holds the process id; lab_close undoes
# everything, and runs however the scenario ends.

LAB_DEVICE=10.20.0.20
LAB_ROUTER=10.20.0.1
LAB_RESOLVER=10.20.0.2
LAB_UPSTREAM_DNS=198.51.100.53
LAB_DEVICE_MAC=a4:83:e7:00:00:01
LAB_ROUTER_MAC=00:0d:b9:00:00:01
LAB_RESOLVER_MAC=52:54:00:00:00:02
LAB_INTERNET_ADDRESSES="198.51.100.53 17.57.145.36 17.57.145.37 17.253.144.10 17.253.14.251 17.171.47.86 17.188.22.70"

# ---- the laboratory itself

lab_say() {
    printf 'lab: %s\n' "$*" >&2
}

lab_open() {
    LAB_PREFIX=apl$$
    LAB_FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/$LAB_PREFIX.XXXXXX")
    LAB_PIDS=()
    LAB_NAMESPACES=()
    LAB_CAPTURE_PID=
    trap lab_close EXIT
    trap 'exit 130' INT TERM HUP
}

lab_close() {
    local status=$? pid namespace log
    trap - EXIT
    for pid in "${LAB_PIDS[@]}"; do
        kill "$pid" 2> /dev/null || true
    done
    for pid in "${LAB_PIDS[@]}"; do
        wait "$pid" 2> /dev/null || true
    done
    for namespace in "${LAB_NAMESPACES[@]}"; do
        ip netns delete "$namespace" 2> /dev/null || true
    done
    if [ "$status" -ne 0 ]; then
        for log in "$LAB_FOLDER"/*.log; do
            [ -s "$log" ] || continue
            lab_say "last lines of $(basename "$log"):"
            tail -n 8 "$log" >&2
        done
    fi
    rm -rf "$LAB_FOLDER"
    exit "$status"
}

# lab_namespace PART: an empty network for PART, with loopback only.
lab_namespace() {
    local namespace=$LAB_PREFIX-$1
    ip netns add "$namespace"
    LAB_NAMESPACES+=("$namespace")
    ip -n "$namespace" link set lo up
    # The site speaks IPv4 only; what the kernel would say by itself is kept out of the capture.
    lab_in "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
}

# lab_in PART COMMAND...: runs it in the namespace of PART.
lab_in() {
    local part=$1
    shift
    ip netns exec "$LAB_PREFIX-$part" "$@"
}

# lab_start PART LOG COMMAND...: a server in the background, never longer than the run.
lab_start() {
    local part=$1 log=$LAB_FOLDER/$2.log
    shift 2
    timeout 170 ip netns exec "$LAB_PREFIX-$part" "$@" > "$log" 2>&1 < /dev/null &
    LAB_PIDS+=($!)
}

# lab_wait WHAT COMMAND...: until COMMAND succeeds, at most five seconds.
lab_wait() {
    local what=$1 tries=50
    shift
    until "$@" > /dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || { lab_say "$what does not come up"; exit 1; }
        sleep 0.1
    done
}

# lab_link PART INTERFACE PART INTERFACE: a cable.  It is the one place where a link
# gets its latency; see README.md for kernels without netem.
lab_link() {
    local left=$LAB_PREFIX-$1 right=$LAB_PREFIX-$3
    ip -n "$left" link add "$2" type veth peer name "$4" netns "$right"
    # Segments and checksums as they would be on a wire, not as the kernel shortens them.
    ip netns exec "$left" ethtool -K "$2" tx off gso off gro off tso off > /dev/null 2>&1 || true
    ip netns exec "$right" ethtool -K "$4" tx off gso off gro off tso off > /dev/null 2>&1 || true
    ip -n "$left" link set "$2" up
    ip -n "$right" link set "$4" up
}

# lab_delay PART INTERFACE MILLISECONDS: false where the kernel cannot.
lab_delay() {
    lab_in "$1" tc qdisc add dev "$2" root netem delay "$3ms" 2> /dev/null
}

# lab_join PART MAC ADDRESS: puts a part on the site's network.
lab_join() {
    lab_namespace "$1"
    lab_link "$1" eth0 router "port-$1"
    ip -n "$LAB_PREFIX-router" link set "port-$1" master lan0
    ip -n "$LAB_PREFIX-$1" link set eth0 address "$2"
    ip -n "$LAB_PREFIX-$1" address add "$3/24" dev eth0
    ip -n "$LAB_PREFIX-$1" route add default via "$LAB_ROUTER"
}

# The site and the internet, with nothing running in them yet.
lab_network() {
    local address
    lab_namespace router
    ip -n "$LAB_PREFIX-router" link add lan0 type bridge
    lab_in router ethtool -K lan0 tx off gso off tso off > /dev/null 2>&1 || true
    ip -n "$LAB_PREFIX-router" link set lan0 address "$LAB_ROUTER_MAC"
    ip -n "$LAB_PREFIX-router" address add "$LAB_ROUTER/24" dev lan0
    ip -n "$LAB_PREFIX-router" link set lan0 up
    lab_in router sysctl -qw net.ipv4.ip_forward=1
    lab_in router nft add table inet site
    lab_in router nft add chain inet site forward '{ type filter hook forward priority 0; policy accept; }'
    lab_join device "$LAB_DEVICE_MAC" "$LAB_DEVICE"
    lab_join resolver "$LAB_RESOLVER_MAC" "$LAB_RESOLVER"

    lab_namespace internet
    lab_link router wan0 internet wan0
    ip -n "$LAB_PREFIX-router" address add 203.0.113.1/30 dev wan0
    ip -n "$LAB_PREFIX-router" route add default via 203.0.113.2
    ip -n "$LAB_PREFIX-internet" address add 203.0.113.2/30 dev wan0
    ip -n "$LAB_PREFIX-internet" route add 10.20.0.0/24 via 203.0.113.1
    for address in $LAB_INTERNET_ADDRESSES; do
        ip -n "$LAB_PREFIX-internet" address add "$address/32" dev lo
    done
    # Servers far away: their packets arrive with fewer hops left than the router's own.
    lab_in internet sysctl -qw net.ipv4.ip_default_ttl=55
    if ! { lab_delay router wan0 10 && lab_delay internet wan0 10; }; then
        lab_say "this kernel has no netem: round trips are as short as this machine's"
    fi
}

# ---- names

# The internet's authoritative server: Apple's zones and those of its CDNs, from zones/.
start_upstream_dns() {
    local zone number
    mkdir "$LAB_FOLDER/knot"
    cp "$LAB_SOURCE"/zones/*.zone "$LAB_FOLDER/knot/"
    for number in $(seq 0 50); do
        printf '%s-courier.push 21600 IN CNAME %s.courier-push-apple.com.akadns.net.\n' \
            "$number" "$number" >> "$LAB_FOLDER/knot/apple.com.zone"
        printf '%s.courier-push-apple.com 60 IN CNAME apac-au-courier-4.push-apple.com\n' \
            "$number" >> "$LAB_FOLDER/knot/akadns.net.zone"
    done
    {
        printf 'server:\n  rundir: %s/knot\n  listen: %s@53\n' "$LAB_FOLDER" "$LAB_UPSTREAM_DNS"
        printf 'log:\n  - target: stdout\n    any: warning\n'
        printf 'database:\n  storage: %s/knot\n' "$LAB_FOLDER"
        printf 'template:\n  - id: default\n    storage: %s/knot\n' "$LAB_FOLDER"
        printf '    journal-content: none\n    zonefile-sync: -1\n    zonefile-load: whole\nzone:\n'
        for zone in "$LAB_FOLDER"/knot/*.zone; do
            printf '  - domain: %s\n    file: %s\n' "$(basename "$zone" .zone)" "$zone"
        done
    } > "$LAB_FOLDER/knot.conf"
    lab_start internet knotd knotd -c "$LAB_FOLDER/knot.conf"
    lab_wait knotd lab_in internet dig +time=1 +tries=1 "@$LAB_UPSTREAM_DNS" SOA apple.com
}

# The site's resolver.  Lines given as arguments go into its `server:` clause.
start_site_resolver() {
    {
        printf 'server:\n  directory: "%s"\n  chroot: ""\n  username: ""\n  pidfile: ""\n' "$LAB_FOLDER"
        printf '  interface: %s\n  access-control: 10.20.0.0/24 allow\n  do-ip6: no\n' "$LAB_RESOLVER"
        printf '  use-syslog: no\n  logfile: ""\n  module-config: "iterator"\n  num-threads: 1\n'
        printf '  qname-minimisation: no\n  minimal-responses: yes\n'
        cat "$LAB_FOLDER/resolver.faults" 2> /dev/null || true
        printf 'remote-control:\n  control-enable: no\n'
        printf 'forward-zone:\n  name: "."\n  forward-addr: %s\n' "$LAB_UPSTREAM_DNS"
    } > "$LAB_FOLDER/unbound.conf"
    lab_start resolver unbound unbound -d -p -c "$LAB_FOLDER/unbound.conf"
    lab_wait unbound lab_in resolver dig +time=1 +tries=1 "@$LAB_RESOLVER" A unrelated.example
}

# Fault: the resolver answers NAME with NOERROR and nothing in it.
resolver_empties() {
    printf '  local-zone: "%s." always_nodata\n' "$1" >> "$LAB_FOLDER/resolver.faults"
}

# ---- firewall

# Fault: the router throws away what passes through it to this port.
firewall_drops() {
    lab_in router nft add rule inet site forward "$1" dport "$2" drop
}

# ---- servers of the internet

# A root of the lab's own and one certificate for each list of names.
make_certificate() {
    local id=$1 names=$2
    if [ ! -f "$LAB_FOLDER/root.pem" ]; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
            -subj "/O=applepath lab/CN=applepath lab root" -keyout "$LAB_FOLDER/root.key" \
            -out "$LAB_FOLDER/root.pem" 2> "$LAB_FOLDER/certificates.log"
    fi
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -subj "/O=Apple Inc./CN=${names%% *}" -keyout "$LAB_FOLDER/$id.key" \
        -out "$LAB_FOLDER/$id.csr" 2>> "$LAB_FOLDER/certificates.log"
    openssl x509 -req -days 90 -in "$LAB_FOLDER/$id.csr" -CA "$LAB_FOLDER/root.pem" \
        -CAkey "$LAB_FOLDER/root.key" -CAcreateserial -out "$LAB_FOLDER/$id.pem" \
        -extfile <(printf 'subjectAltName=DNS:%s\n' "${names// /,DNS:}") \
        2>> "$LAB_FOLDER/certificates.log"
}

# start_tls_server ID ADDRESS PORT OPTION...: one openssl s_server with ID's certificate.
start_tls_server() {
    local id=$1 address=$2 port=$3
    shift 3
    lab_start internet "tls-$id-$address-$port" openssl s_server -accept "$address:$port" \
        -cert "$LAB_FOLDER/$id.pem" -key "$LAB_FOLDER/$id.key" "$@"
    lab_wait "TLS server $id" lab_listening internet "$address" "$port"
}

# Looks instead of connecting: a connection would make the server busy.
lab_listening() {
    lab_in "$1" ss -Hltn "src $2:$3" | grep -q .
}

start_couriers() {
    local address port
    make_certificate courier "courier.push.apple.com *.push.apple.com"
    for address in 17.57.145.36 17.57.145.37; do
        for port in 5223 443; do
            start_tls_server courier "$address" "$port" -alpn apns-security-v3 -rev
        done
    done
}

start_web_servers() {
    make_certificate albert albert.apple.com
    start_tls_server albert 17.171.47.86 443 -www
    make_certificate gs gs.apple.com
    start_tls_server gs 17.188.22.70 443 -www
}

start_time_server() {
    printf 'local stratum 1\nallow all\nbindaddress 17.253.14.251\ncmdport 0\npidfile %s/chronyd.pid\n' \
        "$LAB_FOLDER" > "$LAB_FOLDER/chrony.conf"
    # -x: it never touches this machine's clock.
    lab_start internet chronyd chronyd -x -d -u root -f "$LAB_FOLDER/chrony.conf"
    lab_wait chronyd lab_listening_udp internet 17.253.14.251 123
}

lab_listening_udp() {
    lab_in "$1" ss -Hlun "src $2:$3" | grep -q .
}

# ---- what the device does; each step has an end, and failing is a result

# device_resolve NAME TYPE...: asks as a device does; prints the addresses in ascending order.
device_resolve() {
    local name=$1 type
    shift
    for type in "$@"; do
        lab_in device dig +time=2 +tries=2 +noadflag +noedns +short "@$LAB_RESOLVER" "$name" "$type" || true
    done | tee -a "$LAB_FOLDER/device.log" | { grep -E '^[0-9.]+$' || true; } | sort -u
}

# device_tls ADDRESS PORT SNI SECONDS TEXT OPTION...: one connection, TEXT sent, the answer awaited.
device_tls() {
    local address=$1 port=$2 name=$3 seconds=$4 text=$5
    shift 5
    { printf '%b' "$text"; sleep 1; } |
        lab_in device timeout "$seconds" openssl s_client -connect "$address:$port" \
            -servername "$name" -CAfile "$LAB_FOLDER/root.pem" -quiet "$@" \
            >> "$LAB_FOLDER/device.log" 2>&1 || true
}

# device_fetches ADDRESS NAME: a page by HTTPS.
device_fetches() {
    device_tls "$1" 443 "$2" 4 "GET / HTTP/1.0\\r\\nHost: $2\\r\\n\\r\\n"
}

# device_connects_apns ADDRESS PORT: as apsd does: the name without number in the SNI, APNs in the ALPN.
device_connects_apns() {
    device_tls "$1" "$2" courier.push.apple.com 8 "connect\\n" -alpn apns-security-v3
}

# device_asks_time ADDRESS: one request; the clock is looked at, never set.
device_asks_time() {
    lab_in device timeout 8 chronyd -Q -t 6 -u root -f /dev/null \
        "server $1 iburst maxsamples 1" "cmdport 0" "pidfile $LAB_FOLDER/device-chronyd.pid" \
        >> "$LAB_FOLDER/device.log" 2>&1 || true
}

# ---- the capture

# capture_start INTERFACE: `port-device` is the port of the device as a SPAN session mirrors
# it; `lan0` is the whole site, the resolver's own questions to the internet too.
capture_start() {
    lab_start router tcpdump tcpdump -i "$1" -s 0 -U --immediate-mode -w "$LAB_FOLDER/capture.pcap" -Z root
    LAB_CAPTURE_PID=${LAB_PIDS[-1]}
    lab_wait tcpdump grep -q 'listening on' "$LAB_FOLDER/tcpdump.log"
}

capture_stop() {
    sleep 0.5
    kill -INT "$LAB_CAPTURE_PID"
    wait "$LAB_CAPTURE_PID" || true
    grep -q '^0 packets dropped' "$LAB_FOLDER/tcpdump.log" || { lab_say "tcpdump lost packets"; exit 1; }
}

capture_count() {
    tcpdump -r "$1" 2> /dev/null | wc -l
}

LAB_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
