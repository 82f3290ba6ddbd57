# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016
# ($ in single quotes: helpers are shell scripts too.)
# Who stands between device and server on purpose?  Proxies at 10.20.0.3:3128, and interceptors
# that the router leads connections into.

# start_squid [KEY=VALUE...]: deny=NAME (403; a name of dstdomain, .apple.com for all below),
# ports="443 5223" that CONNECT may reach (default 443), auth=basic|negotiate|both (ipad:secret; the
# Negotiate helper takes any token), bump=CA (a make_ca id: ssl-bump all), splice=NAME (not bumped),
# at=router (with bump: no proxy, but for router_redirects tcp 443 8443).
start_squid() {
    local deny='' ports=443 auth='' bump='' splice='' at=proxy word folder=$LAB_FOLDER/squid
    lab_needs squid:squid-openssl
    for word; do
        local "${word%%=*}=${word#*=}"
    done
    [ "$at" = router ] || join proxy
    mkdir -p "$folder"
    {
        squid_listening "$bump" "$splice" "$folder" "$at"
        printf 'visible_hostname proxy.school.example\npid_filename %s/squid.pid\naccess_log stdio:%s/access\n' "$folder" "$folder"
        printf 'cache_log %s/cache.txt\ncache_store_log none\ncache deny all\ncoredump_dir %s\npinger_enable off\n' "$folder" "$folder"
        printf 'netdb_filename none\ndns_nameservers %s\nshutdown_lifetime 0 seconds\nvia off\nforwarded_for delete\n' "$LAB_RESOLVER"
        squid_authentication "$auth"
        printf 'acl SSL_ports port %s\nacl CONNECT method CONNECT\nhttp_access deny CONNECT !SSL_ports\n' "$ports"
        [ -z "$deny" ] || printf 'acl forbidden dstdomain %s\nhttp_access deny forbidden\n' "$deny"
        [ -z "$auth" ] || printf 'acl known proxy_auth REQUIRED\nhttp_access deny !known\n'
        printf 'http_access allow all\n'
    } > "$folder/squid.conf"
    chown -R proxy "$folder"
    lab_start "$at" squid squid -N -n "$LAB_PREFIX" -f "$folder/squid.conf"
    lab_wait squid lab_listening tcp "$at" "$([ "$at" = router ] && echo 8443 || echo 3128)"
}

squid_listening() {
    local bump=$1 splice=$2 folder=$3 listen='http_port 10.20.0.3:3128' helper=/usr/lib/squid/security_file_certgen
    if [ -z "$bump" ]; then
        printf 'http_port 10.20.0.3:3128\n'
        return
    fi
    cat "$LAB_FOLDER/$bump.pem" "$LAB_FOLDER/$bump.key" > "$folder/bump.pem"
    "$helper" -c -s "$folder/certificates" -M 4MB > /dev/null
    if [ "$4" = router ]; then
        printf 'http_port 127.0.0.1:3128\n' # Squid wants one that is no interceptor's
        listen='https_port 8443 intercept'
    fi
    printf '%s ssl-bump generate-host-certificates=on dynamic_cert_mem_cache_size=4MB tls-cert=%s/bump.pem\n' "$listen" "$folder"
    printf 'sslcrtd_program %s -s %s/certificates -M 4MB\nsslcrtd_children 2 startup=1 idle=1\n' "$helper" "$folder"
    printf 'tls_outgoing_options cafile=%s\nacl first at_step SslBump1\n' "$LAB_ROOT"
    printf 'ssl_bump peek first\n'
    [ -z "$splice" ] || printf 'acl exempt ssl::server_name %s\nssl_bump splice exempt\n' "$splice"
    printf 'ssl_bump bump all\n'
}

squid_authentication() {
    case $1 in
    negotiate | both)
        printf '#!/bin/sh\nwhile read -r request token rest; do echo "OK token=bGFi user=ipad"; done\n' > "$LAB_FOLDER/squid/negotiate"
        chmod 755 "$LAB_FOLDER/squid/negotiate"
        printf 'auth_param negotiate program %s/squid/negotiate\nauth_param negotiate children 2 startup=1 idle=1\n' "$LAB_FOLDER"
        ;;
    esac
    case $1 in
    basic | both)
        printf '#!/bin/sh\nwhile read -r user word; do [ "$user $word" = "ipad secret" ] && echo OK || echo ERR; done\n' > "$LAB_FOLDER/squid/basic"
        chmod 755 "$LAB_FOLDER/squid/basic"
        printf 'auth_param basic program %s/squid/basic\nauth_param basic children 2 startup=1 idle=1\nauth_param basic realm school\n' "$LAB_FOLDER"
        ;;
    esac
}

# start_tinyproxy [KEY=VALUE...]: ports="443 5223", auth=basic (ipad:secret), deny=NAME (a regular expression).
start_tinyproxy() {
    local ports=443 auth='' deny='' word port
    lab_needs tinyproxy:tinyproxy-bin
    for word; do
        local "${word%%=*}=${word#*=}"
    done
    join proxy
    {
        printf 'User root\nGroup root\nPort 3128\nListen 10.20.0.3\nTimeout 60\nMaxClients 50\nLogLevel Warning\nAllow 10.20.0.0/24\nDisableViaHeader Yes\n'
        for port in $ports; do
            printf 'ConnectPort %s\n' "$port"
        done
        [ -z "$auth" ] || printf 'BasicAuth ipad secret\n'
        [ -z "$deny" ] || printf 'Filter "%s/tinyproxy.filter"\nFilterDefaultDeny No\n' "$LAB_FOLDER"
    } > "$LAB_FOLDER/tinyproxy.conf"
    printf '%s\n' "$deny" > "$LAB_FOLDER/tinyproxy.filter"
    lab_start proxy tinyproxy tinyproxy -d -c "$LAB_FOLDER/tinyproxy.conf"
    lab_wait tinyproxy lab_listening tcp proxy 3128
}

# start_mitmproxy CA [proxy|router]: mitmdump as explicit proxy at 10.20.0.3:3128, or in the router for
# router_redirects tcp 443 8443.  CA is a make_ca id.
start_mitmproxy() {
    local folder=$LAB_FOLDER/mitmproxy place=${2:-proxy} mode=()
    lab_needs mitmdump:mitmproxy
    mkdir -p "$folder"
    cat "$LAB_FOLDER/$1.key" "$LAB_FOLDER/$1.pem" > "$folder/mitmproxy-ca.pem"
    mode=(--mode transparent --listen-port 8443)
    if [ "$place" = proxy ]; then
        join proxy
        mode=(--mode regular --listen-host 10.20.0.3 --listen-port 3128)
    else
        mkdir -p "/etc/netns/$LAB_PREFIX-router"
        printf 'nameserver %s\n' "$LAB_RESOLVER" > "/etc/netns/$LAB_PREFIX-router/resolv.conf"
    fi
    lab_start "$place" mitmproxy mitmdump -q "${mode[@]}" --set "confdir=$folder" --set ssl_insecure=true \
        --set "ssl_verify_upstream_trusted_ca=$LAB_ROOT" --set block_global=false
    lab_wait mitmproxy lab_listening tcp "$place" "${mode[-1]}"
}

# start_sslsplit CA: in the router (IPv4), for router_redirects tcp 443 8443 (and 5223).
start_sslsplit() {
    lab_needs sslsplit:sslsplit
    lab_start router sslsplit sslsplit -D -k "$LAB_FOLDER/$1.key" -c "$LAB_FOLDER/$1.pem" -P ssl 0.0.0.0 8443
    lab_wait sslsplit lab_listening tcp router 8443
}

# start_relay [strip]: in the router (IPv4), for router_redirects tcp 443 8443: ends TCP and passes TLS on, by a
# certificate of nobody's; with strip, without the offer of TLS 1.3 (relay_tls.py).
start_relay() {
    lab_needs python3:python3
    lab_start router relay "/usr/bin/python3" "$LAB_SOURCE/relay_tls.py" 8443 "$@"
    lab_wait "the relay" lab_listening tcp router 8443
}
