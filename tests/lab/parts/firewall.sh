# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What does a firewall do to what passes?  nftables in the router, or with `on isp` in the
# provider's; `on apple`, `on cdn`, `on world` and `on mdm` make it the server's own.

# firewall_rule HOOK PROTOCOL PORT ADDRESS VERDICT...: the rule all others are made of.  PROTOCOL is
# tcp, udp or any; PORT and ADDRESS (of the destination) may be empty.  HOOK `` is the usual one.
firewall_rule() {
    local at=${LAB_ON:-router} hook=$1 protocol=$2 port=$3 address=$4 match=()
    shift 4
    lab_needs nft:nftables
    if [ -z "$hook" ]; then
        case $at in
        router | isp) hook=forward ;;
        *) hook=input ;;
        esac
    fi
    lab_in "$at" nft add table inet site
    lab_in "$at" nft add chain inet site "$hook" "{ type filter hook $hook priority 0; policy accept; }"
    case $address in
    '') ;;
    *:*) match+=(ip6 daddr "$address") ;;
    *) match+=(ip daddr "$address") ;;
    esac
    if [ -n "$port" ]; then
        match+=("$protocol" dport "$port")
    elif [ "$protocol" != any ]; then
        match+=(meta l4proto "$protocol")
    fi
    lab_in "$at" nft add rule inet site "$hook" "${match[@]}" "$@"
}

# firewall_drops PROTOCOL PORT [ADDRESS]: to that port (of that address or network) nothing passes.
firewall_drops() {
    firewall_rule '' "$1" "$2" "${3:-}" drop
}

# firewall_drops_address ADDRESS: whatever the protocol.
firewall_drops_address() {
    firewall_rule '' any '' "$1" drop
}

# firewall_drops_replies PROTOCOL PORT: what comes from that port is dropped on its way back.
firewall_drops_replies() {
    firewall_rule '' "$1" '' '' "$1" sport "$2" drop
}

# firewall_drops_first PROTOCOL PORT COUNT [ADDRESS]: only the first COUNT packets (first SYN, first query).
firewall_drops_first() {
    firewall_rule '' "$1" "$2" "${4:-}" limit rate 1/day burst "$3" packets drop
}

# firewall_rejects PROTOCOL PORT HOW [ADDRESS]: HOW is reset, admin-prohibited, host-prohibited,
# net-prohibited, port-unreachable, host-unreachable, net-unreachable; IPv6 has its nearest code.
firewall_rejects() {
    local at=${4:-}
    case $3 in
    reset)
        firewall_rule '' "$1" "$2" "$at" reject with tcp reset
        return
        ;;
    admin-prohibited | host-prohibited | net-prohibited | port-unreachable | host-unreachable | net-unreachable) ;;
    *) lab_fail "firewall_rejects: no way $3" ;;
    esac
    [[ $at == *:* ]] || firewall_rule '' "$1" "$2" "$at" meta nfproto ipv4 reject with icmp type "$3"
    [[ $at == *.* ]] || firewall_rule '' "$1" "$2" "$at" meta nfproto ipv6 reject with icmpv6 type "$(icmpv6_code "$3")"
}

icmpv6_code() {
    case $1 in
    *-prohibited) echo admin-prohibited ;;
    port-unreachable) echo port-unreachable ;;
    host-unreachable) echo addr-unreachable ;;
    *) echo no-route ;;
    esac
}

# firewall_opens: takes back every rule of the functions above, at any time.
firewall_opens() {
    lab_in "${LAB_ON:-router}" nft flush table inet site
}

# firewall_forgets SECONDS [drop|reset]: an established TCP connection idle for SECONDS is unknown
# afterwards; its packets are dropped (the default) or answered by RST.
firewall_forgets() {
    local at=${LAB_ON:-router} verdict=(drop)
    [ "${2:-drop}" = drop ] || verdict=(reject with tcp reset)
    lab_in "$at" nft add table inet site
    lab_in "$at" nft add chain inet site forward '{ type filter hook forward priority 0; policy accept; }'
    lab_in "$at" nft add rule inet site forward meta l4proto tcp ct state invalid "${verdict[@]}"
    # Known only after the first rule that asks for it.
    lab_in "$at" sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0 \
        "net.netfilter.nf_conntrack_tcp_timeout_established=$1" \
        "net.netfilter.nf_conntrack_tcp_timeout_unacknowledged=$1"
}

lab_nat() {
    lab_in router nft add table inet nat
    lab_in router nft add chain inet nat prerouting '{ type nat hook prerouting priority dstnat; }'
    lab_in router nft add chain inet nat postrouting '{ type nat hook postrouting priority srcnat; }'
}

# router_redirects PROTOCOL PORT TO-PORT [ADDRESS]: from the site, to the router itself.
router_redirects() {
    local match=()
    lab_nat
    [ -z "${4:-}" ] || match=(ip daddr "$4")
    lab_in router nft add rule inet nat prerouting iifname lan0 "${match[@]}" "$1" dport "$2" redirect to ":$3"
}

# router_diverts PROTOCOL PORT ADDRESS:PORT: to another host (IPv4), whose answers come back by the router.
router_diverts() {
    lab_nat
    lab_in router nft add rule inet nat prerouting iifname lan0 ip saddr != "${3%:*}" "$1" dport "$2" dnat ip to "$3"
    lab_in router nft add rule inet nat postrouting ip daddr "${3%:*}" "$1" dport "${3#*:}" masquerade
}

# router_masquerades: the internet sees only the router's address (see capture_at=wan0).
router_masquerades() {
    lab_nat
    lab_in router nft add rule inet nat postrouting oifname wan0 masquerade
}
