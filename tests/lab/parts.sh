# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# How does a run begin, keep to itself and end?  Namespaces, processes, the capture; the parts
# themselves are in parts/*.sh.  Sourced by tests/lab/run; scenarios call these functions and
# nothing else.  Every name outside the run's folder begins with LAB_PREFIX, which holds the
# process id; lab_close undoes everything, and runs however the scenario ends.

LAB_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_ROOT=$LAB_SOURCE/certificates/lab-root.pem
LAB_ROOT_KEY=$LAB_SOURCE/certificates/lab-root.key

lab_say() {
    printf 'lab: %s\n' "$*" >&2
}

lab_fail() {
    lab_say "$*"
    exit 1
}

lab_open() {
    LAB_PREFIX=apl$$
    LAB_FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/$LAB_PREFIX.XXXXXX")
    chmod 755 "$LAB_FOLDER" # squid works as another user
    LAB_PIDS=()
    LAB_NAMESPACES=()
    LAB_MEANWHILE=()
    trap lab_close EXIT
    trap 'exit 130' INT TERM HUP
}

lab_close() {
    local status=$? pid namespace log
    trap - EXIT
    for pid in "${LAB_MEANWHILE[@]}" "${LAB_PIDS[@]}"; do
        kill "$pid" 2> /dev/null || true
    done
    for pid in "${LAB_PIDS[@]}"; do
        wait "$pid" 2> /dev/null || true
    done
    for namespace in "${LAB_NAMESPACES[@]}"; do
        # What a server left behind in its namespace (squid's helpers, say) belongs to the run.
        ip netns pids "$namespace" 2> /dev/null | xargs -r kill -9 2> /dev/null || true
        ip netns delete "$namespace" 2> /dev/null || true
        rm -rf "/etc/netns/$namespace"
    done
    rmdir /etc/netns 2> /dev/null || true
    if [ "$status" -ne 0 ]; then
        for log in "$LAB_FOLDER"/*.log; do
            [ -s "$log" ] || continue
            lab_say "last lines of $(basename "$log"):"
            tail -n 8 "$log" >&2
        done
    fi
    if [ -n "${LAB_KEEP:-}" ]; then
        lab_say "kept $LAB_FOLDER"
    else
        rm -rf "$LAB_FOLDER"
    fi
    exit "$status"
}

# lab_needs COMMAND:PACKAGE...: ends the run with the names of the missing packages.
lab_needs() {
    local need missing=()
    for need; do
        command -v "${need%%:*}" > /dev/null || [ -x "${need%%:*}" ] || missing+=("${need##*:}")
    done
    [ ${#missing[@]} -eq 0 ] || lab_fail "this scenario needs: apt-get install ${missing[*]}"
}

# lab_build PROGRAM SOURCE...: a helper in C, made once a run; prints where it is.
lab_build() {
    local program=$LAB_FOLDER/$1
    shift
    [ -x "$program" ] || (cd "$LAB_SOURCE" && "${CC:-cc}" -std=c11 -D_GNU_SOURCE -O1 -o "$program" "$@")
    printf '%s\n' "$program"
}

# lab_namespace PART: an empty network for PART, with loopback only.
lab_namespace() {
    local namespace=$LAB_PREFIX-$1
    ip netns add "$namespace"
    LAB_NAMESPACES+=("$namespace")
    ip -n "$namespace" link set lo up
    # What the kernel would say by itself is kept out of the capture; ICMP is not rationed.
    lab_in "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
        net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.addr_gen_mode=0 \
        net.ipv6.conf.default.accept_ra=0 net.ipv6.conf.default.router_solicitations=0 \
        net.ipv6.icmp.ratelimit=0 net.ipv4.icmp_ratelimit=0 net.ipv4.conf.all.send_redirects=0 \
        net.ipv4.conf.default.send_redirects=0 net.ipv4.ip_nonlocal_bind=1 net.ipv6.ip_nonlocal_bind=1
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

# lab_wait WHAT COMMAND...: until COMMAND succeeds, at most ten seconds.
lab_wait() {
    local what=$1 tries=200
    shift
    until "$@" > /dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || lab_fail "$what does not come up"
        sleep 0.05
    done
}

# lab_listening tcp|udp PART PORT: looks instead of connecting, which would make the server busy.
lab_listening() {
    lab_in "$2" ss "-Hln${1:0:1}" "sport = :$3" | grep -q .
}

# on PART COMMAND...: the next function at that part instead of at its usual one (clients: device;
# firewall faults: router; servers: where their address is).
on() {
    local LAB_ON=$1
    shift
    "$@"
}

# meanwhile COMMAND...: in the background of the timeline; all_done waits for these.
meanwhile() {
    "$@" &
    LAB_MEANWHILE+=($!)
}

all_done() {
    local pid
    for pid in "${LAB_MEANWHILE[@]}"; do
        wait "$pid" || true
    done
    LAB_MEANWHILE=()
}

# ---- the capture

# capture_start [WHERE]: the port of a part at the site's switch (device, device2, mdm, resolver,
# proxy ...) as a SPAN session mirrors it; `lan0`: the whole site; `devices`: the ports of all
# devices; `wan0`: the cable between router and provider.
capture_start() {
    local where=${1#port-} filter='' mac
    case $where in
    lan0 | wan0) ;;
    devices)
        where=lan0
        for mac in "${LAB_DEVICE_MACS[@]}"; do
            filter="${filter:+$filter or }ether host $mac"
        done
        ;;
    *) where=port-$where ;;
    esac
    # Whatever the parts said while they started is over: nothing is in flight when it begins.
    sleep 0.1
    [ -z "${capture_filter:-}" ] || filter="${filter:+($filter) and }($capture_filter)"
    lab_start router tcpdump tcpdump -i "$where" -s "${capture_snaplen:-0}" -U --immediate-mode \
        -w "$LAB_FOLDER/capture.pcap" -Z root ${filter:+"$filter"}
    LAB_CAPTURE_PID=${LAB_PIDS[-1]}
    lab_wait tcpdump grep -q 'listening on' "$LAB_FOLDER/tcpdump.log"
}

capture_stop() {
    all_done
    sleep 0.3
    kill -INT "$LAB_CAPTURE_PID"
    wait "$LAB_CAPTURE_PID" || true
    grep -q '^0 packets dropped' "$LAB_FOLDER/tcpdump.log" || lab_fail "tcpdump lost packets"
}

capture_count() {
    tcpdump -r "$1" 2> /dev/null | wc -l
}

for lab_part in network names firewall servers proxies clients; do
    # shellcheck source=/dev/null
    . "$LAB_SOURCE/parts/$lab_part.sh"
done
