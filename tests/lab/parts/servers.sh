# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Which servers stand on the internet and at the site, and with which certificates?

LAB_ACTIVATION_NAMES="albert.apple.com humb.apple.com iprofiles.apple.com init.push.apple.com gdmf.apple.com gs.apple.com init.itunes.apple.com"

# ---- certificates: ID.pem (leaf, then intermediates) in the run's folder; all leaves share one key

lab_ca_files() {
    [ ! -f "$LAB_FOLDER/ca.conf" ] || return 0
    lab_needs openssl:openssl
    cp "$LAB_ROOT" "$LAB_FOLDER/root.pem"
    cp "$LAB_ROOT_KEY" "$LAB_FOLDER/root.key"
    openssl ecparam -name prime256v1 -genkey -noout -out "$LAB_FOLDER/leaf.key"
    chmod 644 "$LAB_FOLDER/leaf.key"
    : > "$LAB_FOLDER/ca.index"
    cat > "$LAB_FOLDER/ca.conf" << END
[ca]
default_ca = lab
[lab]
new_certs_dir = $LAB_FOLDER
database = $LAB_FOLDER/ca.index
rand_serial = yes
default_md = sha256
default_days = 90
policy = any
unique_subject = no
[any]
commonName = optional
organizationName = optional
organizationalUnitName = optional
countryName = optional
stateOrProvinceName = optional
localityName = optional
[req]
distinguished_name = none
[none]
END
}

# lab_sign ID SUBJECT KEY ISSUER START END EXTENSION...: ISSUER `self` signs itself.
lab_sign() {
    local id=$1 subject=$2 key=$3 issuer=$4 start=$5 end=$6 signer=()
    shift 6
    printf '%s\n' "$@" > "$LAB_FOLDER/$id.extensions"
    openssl req -new -config "$LAB_FOLDER/ca.conf" -key "$key" -subj "$subject" -out "$LAB_FOLDER/$id.csr"
    if [ "$issuer" = self ]; then
        signer=(-selfsign -keyfile "$key")
    else
        signer=(-cert "$LAB_FOLDER/$issuer.pem" -keyfile "$LAB_FOLDER/$issuer.key")
    fi
    openssl ca -batch -notext -config "$LAB_FOLDER/ca.conf" "${signer[@]}" -preserveDN \
        -startdate "${start:-$(date -u -d '30 days ago' +%Y%m%d000000Z)}" \
        -enddate "${end:-$(date -u -d '60 days' +%Y%m%d000000Z)}" \
        -extfile "$LAB_FOLDER/$id.extensions" -in "$LAB_FOLDER/$id.csr" -out "$LAB_FOLDER/$id.pem" \
        2>> "$LAB_FOLDER/certificates.txt"
    rm -f "$LAB_FOLDER/ca.index.attr"
}

# make_ca ID SUBJECT [issuer=ID]: a root of its own (an interceptor's), or with issuer=root an
# intermediate below the lab's root, which servers send along.
make_ca() {
    local id=$1 subject=$2 issuer=self start=20260101000000Z end=20560101000000Z word
    shift 2
    lab_ca_files
    for word; do
        local "${word%%=*}=${word#*=}"
    done
    openssl ecparam -name prime256v1 -genkey -noout -out "$LAB_FOLDER/$id.key"
    chmod 644 "$LAB_FOLDER/$id.key"
    lab_sign "$id" "$subject" "$LAB_FOLDER/$id.key" "$issuer" "$start" "$end" \
        'basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign,cRLSign' ${extension:+"$extension"}
    [ "$issuer" = self ] || touch "$LAB_FOLDER/$id.intermediate"
}

# make_certificate ID "NAME..." [KEY=VALUE...]: subject=/O=../CN=.., issuer=ID of make_ca (default: the
# lab's root) or self, start= and end=YYYYMMDDHHMMSSZ, marker=OID (Apple's, on the leaf), big=yes (a
# flight of more than two segments), alone=yes (without its intermediate), usage=clientAuth (a device's).
make_certificate() {
    local id=$1 names=$2 subject='' issuer=root start='' end='' marker='' big='' alone='' usage=serverAuth word extensions number
    shift 2
    lab_ca_files
    for word; do
        local "${word%%=*}=${word#*=}"
    done
    if [ -n "$big" ]; then
        for number in $(seq 1 60); do
            names="$names alternative-name-number-$number.${names%% *}"
        done
    fi
    extensions=("subjectAltName=DNS:${names// /,DNS:}" "extendedKeyUsage=$usage")
    [ -z "$marker" ] || extensions+=("$marker=ASN1:NULL")
    lab_sign "$id" "${subject:-/C=US/ST=California/O=Apple Inc./CN=${names%% *}}" "$LAB_FOLDER/leaf.key" \
        "$issuer" "$start" "$end" "${extensions[@]}"
    if [ -z "$alone" ] && [ -f "$LAB_FOLDER/$issuer.intermediate" ]; then
        cat "$LAB_FOLDER/$issuer.pem" >> "$LAB_FOLDER/$id.pem"
    fi
}

# ---- web servers (nginx, one a region)

# web_site NAME [KEY=VALUE...]: certificate=ID (default: one is made), version=1.2|1.3, port=443|80|...,
# bytes=N of answer, body=TEXT, status=CODE, location=URL, address=A (default: hosts.tsv's, both
# families), type=MIME, http2=no, upload=yes (answers only when it has read the whole request),
# chunked=yes.
web_site() {
    local name=$1 certificate='' version='' port=443 bytes=300 body='' status=200 location='' address='' type=text/html
    local http2=yes upload='' chunked='' word region
    shift
    for word; do
        local "${word%%=*}=${word#*=}"
    done
    [ -n "$address" ] || address="$(address_of "$name") $(address_of "$name" 6)"
    if [ "$port" != 80 ] && [ "$port" != 8080 ] && [ -z "$certificate" ]; then
        certificate=web-$name
        make_certificate "$certificate" "$name"
    fi
    [ -n "$body" ] || body=$(printf "%${bytes}s" '' | tr ' ' .)
    region=$(region_of "${address%% *}")
    [ -z "$upload" ] || upload=$((9000 + $(wc -l < "$LAB_FOLDER/ca.index")))
    {
        printf 'server {\n  server_name %s;\n  default_type %s;\n' "$name" "$type"
        for word in $address; do
            [[ $word != 2001:db8:20:* ]] || [ -n "$LAB_IPV6" ] || continue
            [[ $word != *:* ]] || word="[$word]"
            printf '  listen %s:%s%s;\n' "$word" "$port" \
                "${certificate:+ ssl$([ "$http2" = no ] || printf ' http2')}"
        done
        if [ -n "$certificate" ]; then
            printf '  ssl_certificate %s;\n  ssl_certificate_key %s;\n' "$LAB_FOLDER/$certificate.pem" "$LAB_FOLDER/leaf.key"
            printf '  ssl_protocols %s;\n  ssl_session_tickets off;\n' "$([ -n "$version" ] && echo "TLSv$version" || echo 'TLSv1.2 TLSv1.3')"
        fi
        [ -z "$chunked" ] || printf '  ssi on;\n' # a body of unknown length
        if [ -n "$upload" ]; then # only a proxied request is read first
            printf '  location / { proxy_pass http://127.0.0.1:%s; }\n}\n' "$upload"
            printf 'server {\n  listen 127.0.0.1:%s;\n' "$upload"
        fi
        if [ -n "$location" ]; then
            printf '  return %s %s;\n}\n' "$status" "$location"
        else
            printf "  return %s '%s';\n}\n" "$status" "$body"
        fi
    } >> "$LAB_FOLDER/nginx-$region.sites"
}

# start_web: starts what web_site has collected.
start_web() {
    local file region
    lab_needs nginx:nginx-light
    for file in "$LAB_FOLDER"/nginx-*.sites; do
        region=${file#*nginx-}
        region=${region%.sites}
        ! site_number "$region" > /dev/null || [ "$region" = router ] || join "$region"
        {
            printf 'user root;\nworker_processes 1;\npid %s/nginx-%s.pid;\nerror_log stderr warn;\ndaemon off;\n' "$LAB_FOLDER" "$region"
            printf 'events { worker_connections 128; }\nhttp {\n  access_log %s/nginx-%s.access;\n  server_tokens off;\n' "$LAB_FOLDER" "$region"
            printf '  server_names_hash_bucket_size 128;\n  keepalive_timeout %s;\n  tcp_nodelay on;\n' "${web_keepalive:-65}"
            for word in client_body proxy fastcgi uwsgi scgi; do
                printf '  %s_temp_path %s/nginx-%s-%s;\n' "$word" "$LAB_FOLDER" "$region" "$word"
            done
            cat "$file"
            printf '}\n'
        } > "$LAB_FOLDER/nginx-$region.conf"
        lab_start "$region" "nginx-$region" nginx -c "$LAB_FOLDER/nginx-$region.conf"
        lab_wait "nginx ($region)" test -s "$LAB_FOLDER/nginx-$region.pid"
        mv "$file" "$file.started"
    done
}

# start_web_servers [NAME...]: healthy sites by HTTPS, those of an activation if none is named; and the
# captive check's right page.
start_web_servers() {
    local name
    # shellcheck disable=SC2086 # a list of names
    [ $# -gt 0 ] || set -- $LAB_ACTIVATION_NAMES
    for name; do
        if [ "$name" = albert.apple.com ]; then
            web_site "$name" bytes=1500 upload=yes
        else
            web_site "$name"
        fi
    done
    captive_page right
    start_web
}

# captive_page right|login|redirect [ADDRESS]: what captive.apple.com:80 says; with ADDRESS, as a portal at
# that address (10.20.0.1, say, with router_redirects tcp 80 8080: port=8080) would.
captive_page() {
    local kind=$1 address=${2:-} port=80
    [ -z "$address" ] || port=8080
    case $kind in
    right) web_site captive.apple.com port=$port ${address:+"address=$address"} \
        'body=<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>' ;;
    login) web_site captive.apple.com port=$port ${address:+"address=$address"} \
        'body=<html><head><title>Guest Wi-Fi login</title></head><body><form action=/login></form></body></html>' ;;
    redirect) web_site captive.apple.com port=$port ${address:+"address=$address"} status=302 \
        location=http://portal.school.example/login ;;
    esac
}

# ---- servers with faults (server.py) and OpenSSL's own

# start_tls_server NAME|ADDRESS PORT CERTIFICATE [OPTION...]: server.py; --fault=... --version=1.2 --alpn=...
start_tls_server() {
    local address=$1 port=$2 certificate=$3
    shift 3
    [[ $address =~ ^[0-9.]+$ || $address == *:* ]] || address=$(address_of "$address")
    start_endpoints "tls-$address-$port" "$(region_of "$address")" "$address,$port" \
        --certificate "$LAB_FOLDER/$certificate.pem" --key "$LAB_FOLDER/leaf.key" "$@"
    lab_wait "TLS server $address" lab_listening tcp "$(region_of "$address")" "$port"
}

start_endpoints() {
    local log=$1 region=$2
    shift 2
    lab_needs /usr/bin/python3:python3
    ! site_number "$region" > /dev/null || join "$region"
    lab_start "$region" "$log" /usr/bin/python3 "$LAB_SOURCE/server.py" "$@"
}

# start_openssl_server ADDRESS PORT CERTIFICATE [OPTION...]: one connection at a time.
start_openssl_server() {
    local address=$1 port=$2 certificate=$3
    shift 3
    lab_start "$(region_of "$address")" "openssl-$address-$port" openssl s_server -accept "$address:$port" \
        -cert_chain "$LAB_FOLDER/$certificate.pem" -cert "$LAB_FOLDER/$certificate.pem" -key "$LAB_FOLDER/leaf.key" "$@"
    lab_wait "openssl s_server" lab_listening tcp "$(region_of "$address")" "$port"
}

# start_couriers [PORTS [OPTION...]]: 17.57.145.36, .37 and their IPv6 twins, PORTS "5223 443" by
# default; OPTIONs are server.py's (--fault reset-when-idle --seconds 5 ...).  A certificate with the
# id `courier` is used if the scenario made one.
start_couriers() {
    local ports=${1:-5223 443} port endpoints=()
    [ $# -eq 0 ] || shift
    [ -f "$LAB_FOLDER/courier.pem" ] || make_certificate courier "courier.push.apple.com *.push.apple.com" marker=1.2.840.113635.100.6.27.5.2
    for port in $ports; do
        endpoints+=("17.57.145.36,$port" "17.57.145.37,$port" "2620:149:a44:502::36,$port" "2620:149:a44:502::37,$port")
    done
    start_endpoints "couriers-${ports// /-}" apple "${endpoints[@]}" --certificate "$LAB_FOLDER/courier.pem" \
        --key "$LAB_FOLDER/leaf.key" --alpn apns-security-v3,apns-pack-v1 "$@"
    lab_wait couriers lab_listening tcp apple "${ports%% *}"
}

# start_mdm: the site's own server, mdm.school.example.
start_mdm() {
    join mdm
    web_site mdm.school.example "$@"
    start_web
}

# start_time_server [MODE [SECONDS]] [name=HOST]: good (chronyd), chrony-unsynchronised (chronyd without a source),
# unsynchronised, offset SECONDS, INIT, RATE, DENY, RSTR and other kiss codes (ntp.c).
start_time_server() {
    local mode=${1:-good} seconds=${2:-0} address name=time-ios.apple.com
    [[ ${!#} != name=* ]] || name=${!#}
    address=$(address_of "${name#name=}")
    case $mode in
    good | chrony-unsynchronised)
        lab_needs chronyd:chrony
        printf '%s\nallow all\nbindaddress %s\ncmdport 0\npidfile %s/chronyd.pid\n' \
            "$([ "$mode" = good ] && echo 'local stratum 1')" "$address" "$LAB_FOLDER" > "$LAB_FOLDER/chrony.conf"
        # -x: it never touches this machine's clock.
        lab_start "$(region_of "$address")" chronyd chronyd -x -d -u root -f "$LAB_FOLDER/chrony.conf"
        ;;
    *) lab_start "$(region_of "$address")" "ntp-$address" "$(lab_build ntp ntp.c)" "$address" "$mode" "$seconds" ;;
    esac
    lab_wait "the time server" lab_listening udp "$(region_of "$address")" 123
}

# start_dhcp [wpad=URL] [dns=A,B]: dnsmasq on the router; option 252 carries the URL.
start_dhcp() {
    local wpad='' dns=$LAB_RESOLVER word
    lab_needs dnsmasq:dnsmasq-base
    for word; do
        local "${word%%=*}=${word#*=}"
    done
    {
        printf 'port=0\nno-daemon\nno-ping\nbind-interfaces\ninterface=lan0\ndhcp-authoritative\n'
        printf 'dhcp-leasefile=%s/leases\n' "$LAB_FOLDER"
        printf 'dhcp-range=10.20.0.0,static,255.255.255.0,1h\n'
        for word in "" 2 3 4 5; do
            printf 'dhcp-host=a4:83:e7:00:00:%02x,10.20.0.%s\n' "${word:-1}" "$((19 + ${word:-1}))"
        done
        printf 'dhcp-option=option:router,10.20.0.1\ndhcp-option=option:dns-server,%s\n' "$dns"
        printf 'dhcp-option=option:domain-name,school.example\n'
        [ -z "$wpad" ] || printf 'dhcp-option-force=252,"%s"\n' "$wpad"
    } > "$LAB_FOLDER/dhcp.conf"
    lab_start router dhcp dnsmasq -k -C "$LAB_FOLDER/dhcp.conf" --user=root --pid-file= --log-facility=-
    lab_wait "dnsmasq (DHCP)" lab_listening udp router 67
}

# start_pac: http://wpad.school.example/wpad.dat at 10.20.0.3, naming the site's proxy.
start_pac() {
    web_site wpad.school.example port=80 type=application/x-ns-proxy-autoconfig \
        'body=function FindProxyForURL(url, host) { return "PROXY 10.20.0.3:3128"; }'
    start_web
}

# start_quic_server NAME: HTTP/3 by ngtcp2 on UDP 443 at the address of NAME.
start_quic_server() {
    local address
    address=$(address_of "$1")
    lab_needs gtlsserver:ngtcp2-server
    make_certificate "quic-$1" "$1"
    mkdir -p "$LAB_FOLDER/quic"
    printf 'hello\n' > "$LAB_FOLDER/quic/index.html"
    lab_start "$(region_of "$address")" "quic-$1" gtlsserver -q -d "$LAB_FOLDER/quic" "$address" 443 \
        "$LAB_FOLDER/leaf.key" "$LAB_FOLDER/quic-$1.pem"
    lab_wait "the QUIC server" lab_listening udp "$(region_of "$address")" 443
}
