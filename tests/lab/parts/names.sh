# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016
# ($ in single quotes: zone files have their own.)
# Who answers questions for names, and how wrongly?  knot has the internet's zones; unbound,
# dnsmasq or bind are resolvers.

# zone_of NAME: the zone of the lab in which it has its records.
zone_of() {
    case $1 in
    *.cdn-apple.com) echo cdn-apple.com ;;
    *.akadns.net) echo akadns.net ;;
    *.example) echo example ;;
    *) printf '%s\n' "$1" | awk -F . '{ print $(NF - 1) "." $NF }' ;;
    esac
}

# upstream_adds NAME TTL TYPE VALUE: one more record; before start_upstream_dns.
upstream_adds() {
    printf '%s. %s IN %s %s\n' "$1" "$2" "$3" "$4" >> "$LAB_FOLDER/upstream.adds"
}

# upstream_removes NAME [TYPE]: the name is not in its zone (NXDOMAIN with SOA, from the right
# server), or lacks that type; before start_upstream_dns.
upstream_removes() {
    printf '%s. %s\n' "$1" "${2:-}" >> "$LAB_FOLDER/upstream.removes"
}

# The records of hosts.tsv and of the couriers: NAME. TTL IN TYPE VALUE.
upstream_records() {
    local number
    awk -F '\t' '!/^#/ {
        owner = $1; count = split($5, chain, ",")
        for (i = 1; i <= count; i++)
            if (chain[i] != "-") { print owner ". 300 IN CNAME " chain[i] "."; owner = chain[i] }
        count = split($3, list, ",")
        for (i = 1; i <= count; i++) if (list[i] != "-") print owner ". 60 IN A " list[i]
        count = split($4, list, ",")
        for (i = 1; i <= count; i++) if (list[i] != "-") print owner ". 60 IN AAAA " list[i]
    }' "$LAB_SOURCE/zones/hosts.tsv"
    for number in $(seq 0 50); do
        printf '%s-courier.push.apple.com. 21600 IN CNAME %s.courier-push-apple.com.akadns.net.\n' "$number" "$number"
        printf '%s.courier-push-apple.com.akadns.net. 60 IN CNAME apac-au-courier-4.push-apple.com.akadns.net.\n' "$number"
    done
    cat "$LAB_FOLDER/upstream.adds" 2> /dev/null || true
}

upstream_zone_files() {
    local zone folder=$LAB_FOLDER/knot
    mkdir -p "$folder"
    touch "$LAB_FOLDER/upstream.removes"
    cp "$LAB_SOURCE"/zones/*.zone "$folder/"
    upstream_records | awk -v removes="$LAB_FOLDER/upstream.removes" -v folder="$folder" '
        BEGIN { while ((getline line < removes) > 0) { split(line, word, " "); gone[word[1] " " word[2]] = 1 } }
        (($1 " ") in gone) || (($1 " " $4) in gone) { next }
        {
            count = split($1, label, "."); count--
            zone = label[count - 1] "." label[count]
            if (label[count] == "example") zone = "example"
            print > (folder "/" zone ".records")
        }'
    for zone in "$folder"/*.records; do
        zone=$(basename "$zone" .records)
        [ -f "$folder/$zone.zone" ] || printf '$TTL 300\n%s. IN SOA a.ns.%s. hostmaster.%s. 2026112101 1800 300 60480 300\n%s. IN NS a.ns.%s.\na.ns.%s. IN A %s\n' \
            "$zone" "$zone" "$zone" "$zone" "$zone" "$zone" "$LAB_UPSTREAM_DNS" > "$folder/$zone.zone"
        cat "$folder/$zone.records" >> "$folder/$zone.zone"
    done
}

# start_upstream_dns: the internet's authoritative server, and the provider's resolver (198.51.100.54)
# that all resolvers of the lab forward to.
start_upstream_dns() {
    local zone
    lab_needs knotd:knot dig:dnsutils unbound:unbound
    upstream_zone_files
    {
        printf 'server:\n  rundir: %s/knot\n  listen: %s@53\n' "$LAB_FOLDER" "$LAB_UPSTREAM_DNS"
        printf '  background-workers: 1\n  udp-workers: 1\n  tcp-workers: 1\n'
        printf 'log:\n  - target: stdout\n    any: warning\n'
        printf 'database:\n  storage: %s/knot\n' "$LAB_FOLDER"
        printf 'template:\n  - id: default\n    storage: %s/knot\n' "$LAB_FOLDER"
        printf '    journal-content: none\n    zonefile-sync: -1\n    zonefile-load: whole\nzone:\n'
        for zone in "$LAB_FOLDER"/knot/*.zone; do
            printf '  - domain: %s\n    file: %s\n' "$(basename "$zone" .zone)" "$zone"
        done
    } > "$LAB_FOLDER/knot.conf"
    lab_start world knotd knotd -c "$LAB_FOLDER/knot.conf"
    unbound_configuration upstream "$LAB_PROVIDER_DNS" |
        sed "s/forward-addr: $LAB_PROVIDER_DNS/forward-addr: $LAB_UPSTREAM_DNS/" > "$LAB_FOLDER/provider.conf"
    lab_start world unbound-provider unbound -d -p -c "$LAB_FOLDER/provider.conf"
    lab_wait "the internet's DNS" dns_answers world "$LAB_PROVIDER_DNS" unrelated.example A
}

# dns_answers PART SERVER NAME TYPE: true once a complete answer comes.
dns_answers() {
    lab_in "$1" dig +time=1 +tries=1 +noall +comments "@$2" "$4" "$3" | grep -q 'status: NOERROR'
}

# ---- resolvers: PART is resolver, resolver2, router (all at the site) or public (198.51.100.99)

# resolver_answers PART NAME HOW [VALUE]: what start_resolver of that part will do with NAME (and all
# below it); call it before.  HOW, and who can do it:
#   unbound  nxdomain (without SOA), refused, servfail, empty (without SOA), empty-soa, drop (no answer),
#            address A, addresses "A AAAA"
#   dnsmasq  nxdomain (without SOA), address A, no-aaaa (of all names)
#   bind     by RPZ: nxdomain-soa, empty (both with the policy zone's SOA), drop, address A, truncated (TC);
#            refused, servfail, no-aaaa (of all names)
# NXDOMAIN with the right zone's SOA is upstream_removes.
resolver_answers() {
    printf '%s %s %s\n' "$2" "$3" "${4:-}" >> "$LAB_FOLDER/$1.faults"
}

lab_unsupported() {
    lab_fail "$1 cannot do '$2' (tests/lab/README.md: resolver_answers)"
}

unbound_fault() {
    local name=$1 how=$2 value=$3 address
    case $how in
    nxdomain) printf '  local-zone: "%s." always_nxdomain\n' "$name" ;;
    empty-soa)
        printf '  local-zone: "%s." static\n  local-data: "%s. 10800 IN SOA localhost. nobody.invalid. 1 3600 1200 604800 10800"\n' \
            "$name" "$name"
        ;;
    refused) printf '  local-zone: "%s." always_refuse\n' "$name" ;;
    empty) printf '  local-zone: "%s." always_nodata\n' "$name" ;;
    drop) printf '  local-zone: "%s." always_deny\n' "$name" ;;
    address | addresses)
        printf '  local-zone: "%s." redirect\n' "$name"
        for address in $value; do
            case $address in
            *:*) printf '  local-data: "%s. 3600 IN AAAA %s"\n' "$name" "$address" ;;
            *) printf '  local-data: "%s. 3600 IN A %s"\n' "$name" "$address" ;;
            esac
        done
        ;;
    servfail) printf '%s\n' "$name" >> "$LAB_FOLDER/servfail.names" ;;
    *) lab_unsupported unbound "$how" ;;
    esac
}

unbound_configuration() {
    local part=$1 address=$2 line name how value
    shift 2
    rm -f "$LAB_FOLDER/servfail.names"
    printf 'server:\n  verbosity: 0\n  directory: "%s"\n  chroot: ""\n  username: ""\n  pidfile: ""\n' "$LAB_FOLDER"
    printf '  interface: %s\n  access-control: 0.0.0.0/0 allow\n  access-control: ::/0 allow\n' "$address"
    [ -z "$LAB_IPV6" ] || ! site_number "$part" > /dev/null || printf '  interface: %s\n' "$(address_of "$part" 6)"
    printf '  do-ip6: yes\n  prefer-ip4: yes\n  use-syslog: no\n  logfile: ""\n  module-config: "iterator"\n  num-threads: 1\n'
    printf '  qname-minimisation: no\n  minimal-responses: yes\n  do-not-query-localhost: no\n'
    for line; do
        printf '  %s\n' "$line"
    done
    while read -r name how value; do
        unbound_fault "$name" "$how" "$value"
    done < <(cat "$LAB_FOLDER/$part.faults" 2> /dev/null)
    printf 'remote-control:\n  control-enable: no\n'
    printf 'forward-zone:\n  name: "."\n  forward-addr: %s\n' "$LAB_PROVIDER_DNS"
    while read -r name; do # a forwarder that is not there: SERVFAIL
        printf 'forward-zone:\n  name: "%s"\n  forward-addr: 127.0.0.1@5399\n' "$name"
    done < <(cat "$LAB_FOLDER/servfail.names" 2> /dev/null)
}

dnsmasq_configuration() {
    local part=$1 address=$2 line name how value
    shift 2
    printf 'no-resolv\nno-hosts\nno-daemon\nbind-interfaces\nlisten-address=%s\nserver=%s\n' "$address" "$LAB_PROVIDER_DNS"
    for line; do
        printf '%s\n' "$line"
    done
    while read -r name how value; do
        case $how in
        nxdomain) printf 'address=/%s/\n' "$name" ;;
        address) printf 'address=/%s/%s\n' "$name" "$value" ;;
        no-aaaa) printf 'filter-AAAA\n' ;;
        *) lab_unsupported dnsmasq "$how" ;;
        esac
    done < <(cat "$LAB_FOLDER/$part.faults" 2> /dev/null)
}

bind_policy() {
    local name=$1 how=$2 value=$3
    case $how in
    nxdomain-soa) printf '%s CNAME .\n*.%s CNAME .\n' "$name" "$name" ;;
    empty) printf '%s CNAME *.\n*.%s CNAME *.\n' "$name" "$name" ;;
    drop) printf '%s CNAME rpz-drop.\n' "$name" ;;
    truncated) printf '%s CNAME rpz-tcp-only.\n' "$name" ;;
    address) printf '%s A %s\n' "$name" "$value" ;;
    refused | servfail | no-aaaa) ;;
    *) lab_unsupported bind "$how" ;;
    esac
}

bind_configuration() {
    local part=$1 address=$2 folder=$LAB_FOLDER/named-$1 plugin='' name how value
    shift 2
    mkdir -p "$folder"
    printf '$TTL 60\n@ SOA localhost. rpz.school.example. 1 3600 1200 604800 60\n@ NS localhost.\n' > "$folder/rpz"
    while read -r name how value; do
        bind_policy "$name" "$how" "$value" >> "$folder/rpz"
        case $how in
        refused)
            printf '$TTL 60\n@ SOA localhost. x. 1 1 1 1 1\n@ NS localhost.\n' > "$folder/$name"
            printf 'zone "%s" { type primary; file "%s/%s"; allow-query { none; }; };\n' "$name" "$folder" "$name"
            ;;
        servfail) printf 'zone "%s" { type primary; file "%s/missing"; };\n' "$name" "$folder" ;;
        no-aaaa) plugin=yes ;;
        esac
    done < <(cat "$LAB_FOLDER/$part.faults" 2> /dev/null)
    [ -z "$plugin" ] || printf 'plugin query "filter-aaaa.so" { filter-aaaa-on-v4 yes; };\n'
    printf 'zone "rpz.lab" { type primary; file "%s/rpz"; };\n' "$folder"
    printf 'options {\n directory "%s"; pid-file none; session-keyfile none; recursion yes; dnssec-validation no;\n' "$folder"
    printf ' listen-on { %s; }; listen-on-v6 { none; }; allow-query { any; }; allow-recursion { any; };\n' "$address"
    printf ' forward only; forwarders { %s; }; minimal-responses yes; qname-minimization off; max-cache-size 8M;\n' "$LAB_PROVIDER_DNS"
    printf ' response-policy { zone "rpz.lab"; } qname-wait-recurse no;\n'
    printf ' %s\n' "$@"
    printf '};\ncontrols { };\nlogging { category default { null; }; };\n'
}

# start_resolver PART SOFTWARE [LINE...]: unbound, dnsmasq or bind; LINEs go into its configuration.
start_resolver() {
    local part=$1 software=$2 address namespace
    shift 2
    address=$(address_of "$part")
    namespace=$(region_of "$address")
    [ "$part" = public ] || [ "$part" = router ] || join "$part"
    case $software in
    unbound)
        lab_needs unbound:unbound
        unbound_configuration "$part" "$address" "$@" > "$LAB_FOLDER/$part.conf"
        lab_start "$namespace" "unbound-$part" unbound -d -p -c "$LAB_FOLDER/$part.conf"
        ;;
    dnsmasq)
        lab_needs dnsmasq:dnsmasq-base
        dnsmasq_configuration "$part" "$address" "$@" > "$LAB_FOLDER/$part.conf"
        lab_start "$namespace" "dnsmasq-$part" dnsmasq -k -C "$LAB_FOLDER/$part.conf" --user=root --pid-file= --log-facility=-
        ;;
    bind)
        lab_needs named:bind9
        bind_configuration "$part" "$address" "$@" > "$LAB_FOLDER/$part.conf"
        lab_start "$namespace" "named-$part" named -g -n 1 -c "$LAB_FOLDER/$part.conf"
        ;;
    *) lab_fail "no resolver software $software" ;;
    esac
    lab_wait "$software" dns_answers "$namespace" "$address" unrelated.example A
}

# start_encrypted_resolver NAME: DoT on 853 and DoH on 443 at the address of NAME (doh.dns.apple.com, or
# public for the lab's public resolver).
start_encrypted_resolver() {
    local address
    address=$(address_of "$1")
    make_certificate "dns-$1" "$1"
    unbound_configuration "encrypted" "$address" "interface: $address@853" "interface: $address@443" \
        "tls-service-key: \"$LAB_FOLDER/leaf.key\"" "tls-service-pem: \"$LAB_FOLDER/dns-$1.pem\"" \
        "tls-port: 853" "https-port: 443" > "$LAB_FOLDER/encrypted.conf"
    lab_start "$(region_of "$address")" unbound-encrypted unbound -d -p -c "$LAB_FOLDER/encrypted.conf"
    lab_wait "unbound" lab_listening tcp "$(region_of "$address")" 853
}

# part_silent PART udp|tcp PORT: nothing comes back, not even ICMP (joins the part).
part_silent() {
    local namespace
    namespace=$(region_of "$(address_of "$1")")
    [ "$1" = public ] || join "$1"
    on "$namespace" firewall_rule input "$2" "$3" "" drop
}

# router_forges NAME nxdomain|RECORD...: the router lets queries for NAME pass, and answers them itself in the
# resolver's name before it can; RECORD is cname=NAME or a=ADDRESS (forge_dns.py).
router_forges() {
    lab_start router forge "/usr/bin/python3" "$LAB_SOURCE/forge_dns.py" "$@"
    lab_wait "the forger" grep -q ready "$LAB_FOLDER/forge.log"
}
