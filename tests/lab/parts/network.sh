# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# Where is everything?  The site, its provider, and three regions of the internet, each behind a
# long cable (link.c) with latency and hops.
#
#   device 10.20.0.20, device2 .21 --+
#   resolver .2, resolver2 .4        +-- lan0 (switch) router .1 -- isp 203.0.113.2 --+-- apple  24 ms, 11 hops
#   proxy .3, mdm .10, other .30   --+                                                +-- cdn     9 ms,  7 hops
#                                                                                     +-- world  14 ms, 10 hops

LAB_ROUTER=10.20.0.1
LAB_RESOLVER=10.20.0.2
LAB_UPSTREAM_DNS=198.51.100.53
LAB_PROVIDER_DNS=198.51.100.54
LAB_PUBLIC_DNS=198.51.100.99
LAB_DEVICE_MACS=()
LAB_IPV6=

# The last number of a site part's addresses, 10.20.0.N and 2001:db8:20::N.
site_number() {
    case $1 in
    router) echo 1 ;;
    resolver) echo 2 ;;
    proxy) echo 3 ;;
    resolver2) echo 4 ;;
    mdm) echo 10 ;;
    device) echo 20 ;;
    device[2-9]) echo $((19 + ${1#device})) ;;
    other) echo 30 ;;
    *) return 1 ;;
    esac
}

# address_of PART|NAME [6]: the (first) IPv4, or IPv6, address of a part or of a name in hosts.tsv.
address_of() {
    local number column=3
    if number=$(site_number "$1"); then
        [ "${2:-4}" = 6 ] && printf '2001:db8:20::%s\n' "$number" || printf '10.20.0.%s\n' "$number"
        return
    fi
    case $1 in
    isp) echo 203.0.113.2; return ;;
    public) echo "$LAB_PUBLIC_DNS"; return ;;
    upstream) echo "$LAB_UPSTREAM_DNS"; return ;;
    courier) [ "${2:-4}" = 6 ] && echo 2620:149:a44:502::36 || echo 17.57.145.36; return ;;
    esac
    [ "${2:-4}" = 6 ] && column=4
    awk -F '\t' -v name="$1" -v column=$column \
        '$1 == name && $column != "-" { split($column, list, ","); print list[1] }' "$LAB_SOURCE/zones/hosts.tsv"
}

# region_of ADDRESS: the namespace in which a server for that address has to run.
region_of() {
    case $1 in
    17.* | 2620:149:* | 2403:300:* | 2a01:b740:*) echo apple ;;
    23.* | 104.* | 2a02:26f0:*) echo cdn ;;
    10.20.0.1) echo router ;;
    10.20.0.2) echo resolver ;;
    10.20.0.3) echo proxy ;;
    10.20.0.4) echo resolver2 ;;
    10.20.0.10 | 2001:db8:20::10) echo mdm ;;
    10.20.0.30) echo other ;;
    203.0.113.2) echo isp ;;
    *) echo world ;;
    esac
}

# lab_cable PART INTERFACE PART INTERFACE: segments and checksums are as on a wire.
lab_cable() {
    local left=$LAB_PREFIX-$1 right=$LAB_PREFIX-$3
    ip -n "$left" link add "$2" type veth peer name "$4" netns "$right"
    ip netns exec "$left" ethtool -K "$2" tx off gso off gro off tso off > /dev/null 2>&1 || true
    ip netns exec "$right" ethtool -K "$4" tx off gso off gro off tso off > /dev/null 2>&1 || true
    ip -n "$left" link set "$2" up
    ip -n "$right" link set "$4" up
}

lab_ipv6_on() {
    lab_in "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=0 "net.ipv6.conf.$2.disable_ipv6=0"
    [ -z "${3:-}" ] || ip -n "$LAB_PREFIX-$1" address add "$3" dev "$2" nodad
}

# lab_neighbours PART INTERFACE PART INTERFACE: both know each other from the start, so that the first
# packet to a far server is no slower than the others.
lab_neighbours() {
    local left=$LAB_PREFIX-$1 right=$LAB_PREFIX-$3 address
    ip -n "$left" link set "$2" address 02:00:00:00:00:01
    ip -n "$right" link set "$4" address 02:00:00:00:00:02
    for address in $(ip -n "$right" -o address show dev "$4" scope global | awk '{ sub("/.*", "", $4); print $4 }'); do
        ip -n "$left" neighbour replace "$address" lladdr 02:00:00:00:00:02 dev "$2" nud permanent
    done
    for address in $(ip -n "$left" -o address show dev "$2" scope global | awk '{ sub("/.*", "", $4); print $4 }'); do
        ip -n "$right" neighbour replace "$address" lladdr 02:00:00:00:00:01 dev "$4" nud permanent
    done
}

# lab_quiet PART: no multicast listener reports and router solicitations.
lab_quiet() {
    lab_in "$1" nft -f - << 'END'
table ip6 quiet {
    chain output {
        type filter hook output priority 0
        icmpv6 type { mld-listener-report, mld2-listener-report, mld-listener-done, nd-router-solicit } drop
    }
}
END
}

lab_site_ipv6() {
    lab_quiet "$1"
    lab_ipv6_on "$1" eth0 "$(address_of "$1" 6)/64"
    ip -n "$LAB_PREFIX-$1" -6 route add default via 2001:db8:20::1
}

# join PART: puts a part on the site's network (servers join by themselves; devices of a scenario
# beyond the first, and parts that only exist, are joined by the scenario).
join() {
    local number mac
    number=$(site_number "$1") || lab_fail "the site has no place for $1"
    [[ " ${LAB_NAMESPACES[*]} " != *" $LAB_PREFIX-$1 "* ]] || return 0
    case $1 in
    device*)
        mac=$(printf 'a4:83:e7:00:00:%02x' $((number - 19)))
        LAB_DEVICE_MACS+=("$mac")
        ;;
    *) mac=$(printf '52:54:00:00:00:%02x' "$number") ;;
    esac
    lab_namespace "$1"
    lab_cable "$1" eth0 router "port-$1"
    ip -n "$LAB_PREFIX-router" link set "port-$1" master lan0
    ip -n "$LAB_PREFIX-$1" link set eth0 address "$mac"
    ip -n "$LAB_PREFIX-$1" address add "$(address_of "$1")/24" dev eth0
    ip -n "$LAB_PREFIX-$1" route add default via "$LAB_ROUTER"
    mkdir -p "/etc/netns/$LAB_PREFIX-$1"
    printf 'nameserver %s\n' "$LAB_RESOLVER" > "/etc/netns/$LAB_PREFIX-$1/resolv.conf"
    [ -z "$LAB_IPV6" ] || lab_site_ipv6 "$1"
}

# lab_ipv6: the site speaks IPv6 too; call it first in parts.
lab_ipv6() {
    local namespace part
    LAB_IPV6=yes
    lab_quiet router
    lab_ipv6_on router lan0 2001:db8:20::1/64
    for namespace in "${LAB_NAMESPACES[@]}"; do
        part=${namespace#"$LAB_PREFIX-"}
        [ "$part" = router ] || ! site_number "$part" > /dev/null || lab_site_ipv6 "$part"
    done
}

# lab_region NAME NUMBER DELAY HOPS PREFIX...: every address of the prefixes is this namespace's own.
lab_region() {
    local name=$1 number=$2 delay=$3 hops=$4 prefix
    shift 4
    lab_namespace "$name"
    lab_cable isp "$name" wire "l-$name"
    lab_cable wire "r-$name" "$name" wan0
    printf 'link %s l-%s r-%s\nset %s delay=%s hops=%s\n' "$name" "$name" "$name" "$name" "$delay" "$hops" \
        >> "$LAB_FOLDER/link.conf"
    ip -n "$LAB_PREFIX-isp" address add "203.0.113.$((4 * number + 1))/30" dev "$name"
    ip -n "$LAB_PREFIX-$name" address add "203.0.113.$((4 * number + 2))/30" dev wan0
    lab_ipv6_on isp "$name" "2001:db8:ffff:$number::1/64"
    lab_ipv6_on "$name" lo
    lab_ipv6_on "$name" wan0 "2001:db8:ffff:$number::2/64"
    lab_neighbours isp "$name" "$name" wan0
    ip -n "$LAB_PREFIX-$name" route add default via "203.0.113.$((4 * number + 1))"
    ip -n "$LAB_PREFIX-$name" -6 route add default via "2001:db8:ffff:$number::1"
    for prefix; do
        ip -n "$LAB_PREFIX-$name" route add local "$prefix" dev lo
        case $prefix in
        *:*) ip -n "$LAB_PREFIX-isp" -6 route add "$prefix" via "2001:db8:ffff:$number::2" ;;
        *) ip -n "$LAB_PREFIX-isp" route add "$prefix" via "203.0.113.$((4 * number + 2))" ;;
        esac
    done
}

# The site and the internet, with nothing running in them yet.
lab_network() {
    lab_needs "${CC:-cc}:gcc"
    lab_namespace router
    ip -n "$LAB_PREFIX-router" link add lan0 type bridge
    lab_in router ethtool -K lan0 tx off gso off tso off > /dev/null 2>&1 || true
    ip -n "$LAB_PREFIX-router" link set lan0 address 00:0d:b9:00:00:01
    ip -n "$LAB_PREFIX-router" address add "$LAB_ROUTER/24" dev lan0
    ip -n "$LAB_PREFIX-router" link set lan0 up

    lab_namespace isp
    lab_namespace wire
    lab_cable router wan0 isp site
    ip -n "$LAB_PREFIX-router" address add 203.0.113.1/30 dev wan0
    ip -n "$LAB_PREFIX-isp" address add 203.0.113.2/30 dev site
    ip -n "$LAB_PREFIX-router" route add default via 203.0.113.2
    ip -n "$LAB_PREFIX-isp" route add 10.20.0.0/24 via 203.0.113.1
    lab_ipv6_on router wan0 2001:db8:ffff::1/64
    lab_ipv6_on isp site 2001:db8:ffff::2/64
    lab_neighbours router wan0 isp site
    ip -n "$LAB_PREFIX-router" -6 route add default via 2001:db8:ffff::2
    ip -n "$LAB_PREFIX-isp" -6 route add 2001:db8:20::/64 via 2001:db8:ffff::1
    lab_in router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    lab_in isp sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1

    # Router and provider take two of the hops; the cable takes the rest.
    : > "$LAB_FOLDER/link.conf"
    lab_region apple 1 12 9 17.0.0.0/8 2620:149::/32 2403:300::/32 2a01:b740::/32
    lab_region cdn 2 4.5 5 23.0.0.0/8 104.64.0.0/10 2a02:26f0::/32
    lab_region world 3 7 8 198.51.100.0/24 192.0.2.0/24 2001:db8:100::/48
    ip -n "$LAB_PREFIX-isp" route add default via 203.0.113.14
    lab_start wire link "$(lab_build link link.c link_rules.c)" "$LAB_FOLDER/link.conf"
    lab_wait "the long cables" grep -q ready "$LAB_FOLDER/link.log"
    join device
}

# ---- faults of the way; REGION is apple, cdn or world

# link_set REGION delay=MS|left-delay=MS|right-delay=MS|hops=N|rate=KBIT...: at any time.
link_set() {
    printf 'set %s\n' "$*" >> "$LAB_FOLDER/link.conf"
    lab_link_reload
}

# link_rule REGION MATCH... act=ACTION [ttl=N] [burst=N] [then=drop]: a box on the way; README.md has
# the words.
link_rule() {
    printf 'rule %s\n' "$*" >> "$LAB_FOLDER/link.conf"
    lab_link_reload
}

lab_link_reload() {
    local before
    before=$(lab_link_readings)
    ip netns pids "$LAB_PREFIX-wire" | xargs -r kill -HUP
    lab_wait "the changed cable" lab_link_read_since "$before"
}

lab_link_readings() {
    grep -c ready "$LAB_FOLDER/link.log"
}

lab_link_read_since() {
    [ "$(lab_link_readings)" -gt "$1" ]
}

# way_loses_big REGION BYTES [left|right]: packets above BYTES vanish without ICMP (sent by that side).
way_loses_big() {
    link_rule "$1" "size=$2" ${3:+"from=$3"} act=drop
}

# way_loses REGION PERCENT: at random, the same at each run.
way_loses() {
    link_rule "$1" "loss=$2" act=drop
}

# sni_filter REGION NAME HOW [KEY=VALUE...]: HOW is stall, reset-both, reset-left (device), reset-right.
sni_filter() {
    local region=$1 name=$2 how=$3
    shift 3
    link_rule "$region" "sni=$name" "act=$how" "$@"
}

# way_narrows REGION MTU: the provider's cable takes less, and it says so by ICMP.
way_narrows() {
    ip -n "$LAB_PREFIX-isp" link set "$1" mtu "$2"
}
