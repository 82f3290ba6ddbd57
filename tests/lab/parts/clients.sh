# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What do devices do?  Each step ends by itself, and failing is a result: it is a function's exit
# status, and nothing stops.  Another device, or a server of the site: `on device2 device_fetches ...`.

LAB_RESOLVERS=10.20.0.2
LAB_AGENT="Set-up/1.0 CFNetwork/897.15 Darwin/17.5.0"

# device_uses_resolvers ADDRESS...: in this order, the next after silence, SERVFAIL or REFUSED.
device_uses_resolvers() {
    LAB_RESOLVERS=$*
}

# device_resolve NAME [TYPE...]: asks (A and AAAA by default) and prints the addresses, IPv4 first, in order.
device_resolve() {
    local name=$1 type
    shift
    [ $# -gt 0 ] || set -- A AAAA
    for type; do
        device_asks "$name" "$type"
    done | sort -u | sort -s -t : -k 2
}

device_asks() {
    local resolver answer
    for resolver in $LAB_RESOLVERS; do
        answer=$(lab_in "${LAB_ON:-device}" dig +time="${LAB_DNS_TIMEOUT:-1}" +tries=2 +noadflag +noedns +noall \
            +comments +answer "@$resolver" "$1" "$2" 2>&1)
        printf '%s\n' "$answer" >> "$LAB_FOLDER/device.log"
        case $answer in
        *'status: NOERROR'* | *'status: NXDOMAIN'*)
            printf '%s\n' "$answer" | awk '!/^;/ && ($4 == "A" || $4 == "AAAA") { print $5 }'
            return
            ;;
        esac
    done
}

# device_resolve_encrypted tls|https ADDRESS NAME: by DoT or DoH.
device_resolve_encrypted() {
    lab_in "${LAB_ON:-device}" dig +time=3 +tries=1 "+$1" +short "@$2" "$3" A >> "$LAB_FOLDER/device.log" 2>&1
}

# Of a name's addresses the ones a device would try: as client.py takes them.
lab_targets() {
    local all four six
    all=$(device_resolve "$1")
    four=$(printf '%s\n' "$all" | grep -m 1 '\.')
    six=$([ -z "$LAB_IPV6" ] || printf '%s\n' "$all" | grep -m 1 ':')
    printf '%s\n' "$six${six:+${four:+,}}$four"
}

# lab_client ADDRESSES PORT OPTION...: client.py as it is.
lab_client() {
    lab_needs /usr/bin/python3:python3
    lab_in "${LAB_ON:-device}" timeout 100 /usr/bin/python3 "$LAB_SOURCE/client.py" "$@" >> "$LAB_FOLDER/device.log" 2>&1
}

# device_connects NAME PORT [OPTION...]: resolves, then one TLS connection with certificate check; client.py's options.
device_connects() {
    local name=$1 port=$2 targets
    shift 2
    targets=$(lab_targets "$name")
    [ -n "$targets" ] || return 1
    lab_client "$targets" "$port" --name "$name" --ca "$LAB_ROOT" "$@"
}

# device_connects_to ADDRESS PORT NAME [OPTION...]: the same without asking.
device_connects_to() {
    local address=$1 port=$2 name=$3
    shift 3
    lab_client "$address" "$port" --name "$name" --ca "$LAB_ROOT" "$@"
}

# device_connects_apns N PORT [OPTION...]: as apsd: asks for N-courier, says the bare name in the SNI and
# APNs in the ALPN, sends and awaits an answer.  --times 5 --every 2: keep-alives; --hold 3: stays open.
device_connects_apns() {
    local number=$1 port=$2 targets
    shift 2
    targets=$(lab_targets "$number-courier.push.apple.com")
    [ -n "$targets" ] || return 1
    lab_client "$targets" "$port" --name courier.push.apple.com --ca "$LAB_ROOT" --alpn apns-security-v3 \
        --bytes 100 --timeout "${LAB_CONNECT_TIMEOUT:-5}" "$@"
}

# device_apns [N]: 5223 first, 443 if that fails, as apsd does.
device_apns() {
    local number=${1:-7}
    device_connects_apns "$number" 5223 || device_connects_apns "$((number + 11))" 443
}

# device_fetches NAME [CURL-OPTION...]: resolves, then one page by HTTPS (curl; --tls-max 1.2, --data-binary ...).
# LAB_PORT=2197 for another port.
device_fetches() {
    local name=$1 port=${LAB_PORT:-443} address list=()
    shift
    lab_needs curl:curl
    for address in $(device_resolve "$name"); do
        case $address in
        *:*) [ -z "$LAB_IPV6" ] || list+=("[$address]") ;;
        *) list+=("$address") ;;
        esac
    done
    [ ${#list[@]} -gt 0 ] || return 1
    lab_curl "https://$name:$port/" --resolve "$name:$port:$(IFS=,; echo "${list[*]}")" "$@"
}

# device_fetches_from ADDRESS NAME [CURL-OPTION...]: the same without asking.
device_fetches_from() {
    local address=$1 name=$2 port=${LAB_PORT:-443}
    shift 2
    lab_curl "https://$name:$port/" --resolve "$name:$port:$address" "$@"
}

# device_fetches_by_proxy NAME [CURL-OPTION...]: by CONNECT through 10.20.0.3:3128.  --proxy-user ipad:secret
# --proxy-anyauth: first without, then answers the 407.
device_fetches_by_proxy() {
    local name=$1
    shift
    lab_curl "https://$name:${LAB_PORT:-443}/" --proxy http://10.20.0.3:3128 "$@"
}

# device_tunnels NAME PORT [OPTION...]: CONNECT through 10.20.0.3:3128, then TLS (client.py; --authenticate
# basic|negotiate, --alpn apns-security-v3, --target HOST:PORT where it differs from the SNI).
device_tunnels() {
    local name=$1 port=$2
    shift 2
    lab_client "$(address_of proxy)" "$port" --proxy 10.20.0.3:3128 --name "$name" --ca "$LAB_ROOT" --bytes 100 "$@"
}

lab_curl() {
    lab_in "${LAB_ON:-device}" curl -sS -o /dev/null --max-time "${LAB_FETCH_TIMEOUT:-8}" -A "$LAB_AGENT" \
        --cacert "$LAB_ROOT" "$@" >> "$LAB_FOLDER/device.log" 2>&1
}

# device_refuses_like_apple NAME PORT [VERSION]: GnuTLS instead of OpenSSL: its alert for a certificate it does
# not trust is encrypted under TLS 1.3, as an Apple device's is.  LAB_ADDRESS=... without asking.
device_refuses_like_apple() {
    local address=${LAB_ADDRESS:-}
    lab_needs gnutls-cli:gnutls-bin
    [ -n "$address" ] || address=$(lab_targets "$1")
    [ -n "$address" ] || return 1
    lab_in "${LAB_ON:-device}" timeout 6 gnutls-cli --sni-hostname "$1" --verify-hostname "$1" --x509cafile "$LAB_ROOT" \
        --priority "NORMAL:-VERS-ALL:+VERS-TLS${3:-1.3}" -p "$2" "${address##*,}" < /dev/null >> "$LAB_FOLDER/device.log" 2>&1
}

# device_connects_in YEAR NAME [VERSION]: with a clock that stands at the first of January of that year, so
# that genuine certificates are refused (openssl s_client -attime).
device_connects_in() {
    local address version=${3:-1.2}
    address=$(device_resolve "$2" A | head -n 1)
    [ -n "$address" ] || return 1
    lab_in "${LAB_ON:-device}" timeout 8 openssl s_client -connect "$address:443" -servername "$2" -CAfile "$LAB_ROOT" \
        -verify_return_error -attime "$(date -u -d "$1-01-01" +%s)" "-tls${version/./_}" < /dev/null >> "$LAB_FOLDER/device.log" 2>&1
}

# device_speculates NAME [PORT [SECONDS]]: a browser's connection in advance: opened, not used, closed.
device_speculates() {
    device_connects "$1" "${2:-443}" --leave connected --hold "${3:-1}" --end fin
}

# device_resets_after_data NAME: gets everything, then leaves by RST.
device_resets_after_data() {
    device_connects "$1" 443 --send "GET / HTTP/1.1\\r\\nHost: $1\\r\\n\\r\\n" --end rst
}

# device_races NAME PORT [fin|rst]: IPv6 and IPv4 in a race, needs lab_ipv6; the loser is closed by FIN or RST.
device_races() {
    device_connects "$1" "$2" --end "${3:-fin}" --send "GET / HTTP/1.1\\r\\nHost: $1\\r\\n\\r\\n"
}

# device_quic NAME [SECONDS]: QUIC v1 and HTTP/3 by ngtcp2, gives up after SECONDS.
device_quic() {
    local address hosts
    lab_needs gtlsclient:ngtcp2-client
    address=$(device_resolve "$1" A | head -n 1)
    [ -n "$address" ] || return 1
    # Called with an address it says "localhost" in the SNI, so that it has to look the name up.
    hosts=/etc/netns/$LAB_PREFIX-${LAB_ON:-device}/hosts
    printf '%s %s\n' "$address" "$1" > "$hosts"
    lab_in "${LAB_ON:-device}" timeout "${2:-3}" gtlsclient -q --exit-on-all-streams-close --timeout=3s \
        --handshake-timeout="${2:-3}s" "$1" 443 "https://$1/index.html" >> "$LAB_FOLDER/device.log" 2>&1
    rm -f "$hosts"
}

# device_asks_time [NAME]: chronyd -Q, four seconds at most; the clock is looked at, never set.
device_asks_time() {
    local address
    lab_needs chronyd:chrony
    address=$(device_resolve "${1:-time-ios.apple.com}" A | head -n 1)
    [ -n "$address" ] || return 1
    lab_in "${LAB_ON:-device}" timeout 8 chronyd -Q -t "${LAB_TIME_TIMEOUT:-4}" -u root -f /dev/null \
        "server $address iburst maxsamples 1" "cmdport 0" "pidfile $LAB_FOLDER/${LAB_ON:-device}-chronyd.pid" \
        >> "$LAB_FOLDER/device.log" 2>&1
}

# device_checks_captive: GET /hotspot-detect.html as CaptiveNetworkSupport; true if the page is Apple's.
device_checks_captive() {
    local address
    address=$(device_resolve captive.apple.com | head -n 1)
    [ -n "$address" ] || return 1
    lab_in "${LAB_ON:-device}" curl -sS --max-time 8 -A "CaptiveNetworkSupport-355.30.1 wispr" \
        --resolve "captive.apple.com:80:$address" http://captive.apple.com/hotspot-detect.html 2>&1 |
        tee -a "$LAB_FOLDER/device.log" | grep -q '<TITLE>Success</TITLE>'
}

# device_fetches_pac [URL]
device_fetches_pac() {
    local url=${1:-http://wpad.school.example/wpad.dat} host address
    host=${url#*//}
    host=${host%%/*}
    address=$(device_resolve "$host" A | head -n 1)
    [ -n "$address" ] || return 1
    lab_curl "$url" --resolve "$host:80:$address" -A "CFNetworkAgent (unknown version) CFNetwork/897.15 Darwin/17.5.0"
}

# device_leases: a DHCP lease by a real client (busybox udhcpc), option 252 asked for.
device_leases() {
    lab_needs udhcpc:udhcpc
    lab_in "${LAB_ON:-device}" udhcpc -f -q -n -B -t 3 -i eth0 -O wpad -x hostname:iPad -s /bin/true >> "$LAB_FOLDER/device.log" 2>&1
}

# device_activates [stop|continue] [WITHOUT...]: domain.md's order; `stop` ends at the first failure that a device
# cannot get past (albert, humb, iprofiles, mdm); steps named in WITHOUT are left out: captive time
# albert humb iprofiles mdm bag courier gdmf store.  LAB_UPLOAD: bytes sent to albert.
device_activates() {
    local how=${1:-stop} step
    [ $# -eq 0 ] || shift
    for step in captive time albert humb iprofiles mdm bag courier gdmf store; do
        [[ " $* " != *" $step "* ]] || continue
        "activation_$step" && continue
        printf 'activation: %s failed\n' "$step" >> "$LAB_FOLDER/device.log"
        case $how-$step in
        stop-albert | stop-humb | stop-iprofiles | stop-mdm) return 1 ;;
        esac
    done
}

activation_captive() { device_checks_captive; }
activation_time() { device_asks_time time-ios.apple.com; }
activation_albert() {
    head -c "${LAB_UPLOAD:-27000}" /dev/zero | tr '\0' x > "$LAB_FOLDER/upload"
    device_fetches albert.apple.com --data-binary "@$LAB_FOLDER/upload" -A "iOS Device Activator (MobileActivation-286.50.1)"
}
activation_humb() { device_fetches humb.apple.com; }
activation_iprofiles() { device_fetches iprofiles.apple.com; }
activation_mdm() { device_fetches mdm.school.example; }
activation_bag() { device_fetches init.push.apple.com; }
activation_courier() { device_apns 7; }
activation_gdmf() { device_fetches gdmf.apple.com; }
activation_store() { device_fetches init.itunes.apple.com; }

# mdm_pushes [443|2197]: the site's MDM server tells APNs (HTTP/2, api.push.apple.com); join mdm first or start_mdm.
mdm_pushes() {
    LAB_AGENT=mdm-server/1.0 LAB_PORT=${1:-443} on mdm device_fetches api.push.apple.com --http2 \
        --data-binary '{"mdm":"6D2B"}' -H 'apns-topic: com.apple.mgmt.External.lab'
}

# provider_legacy [PORT]: an MDM server that still tries the retired gateway.
provider_legacy() {
    on mdm lab_client "$(address_of gateway.push.apple.com)" "${1:-2195}" --name gateway.push.apple.com --timeout 5
}
