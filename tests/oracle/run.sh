#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Does applepath see in the public captures what tshark sees?
#   tests/oracle/run.sh [NAME...]            all captures of the folder, if none is named
# The facts of both (names, versions, ciphers, certificates, DNS answers, NTP, HTTP, TCP flags,
# by packet) are compared; a difference is a failure unless tests/oracle/reasons.txt has its
# reason, and so is a reason that no difference needs.  Captures lie in $APPLEPATH_CAPTURES;
# without them, tshark or sqlite3 the test is skipped.
# $srcdir, $builddir: the tops of the sources and of the build, as make check has them.
set -eu

srcdir=${srcdir:-$(dirname "$0")/../..}
if [ -z "${builddir:-}" ]; then
    builddir=$srcdir
    [ -x ./applepath ] && builddir=.
fi
captures=${APPLEPATH_CAPTURES:-$srcdir/../shared/captures}
oracle=$srcdir/tests/oracle
applepath=$builddir/applepath
LC_ALL=C
export LC_ALL

skip() {
    echo "SKIP: oracle ($1)"
    exit 77
}

if [ ! -x "$applepath" ]; then
    echo "FAIL: oracle: $applepath is missing; build it: make"
    exit 1
fi
[ -d "$captures" ] || skip "no captures: set APPLEPATH_CAPTURES"
command -v tshark > /dev/null || skip "no tshark"
command -v sqlite3 > /dev/null || skip "no sqlite3"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/oracle.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
failed=no
ran=no

words() {
    echo "$*"
}
names=$(words \
    frame.number ip.src ipv6.src ip.dst ipv6.dst tcp.srcport tcp.dstport udp.srcport \
    udp.dstport tcp.stream udp.stream tcp.flags icmp.type icmpv6.type tls.handshake.type \
    tls.handshake.extensions_server_name tls.handshake.extensions_alpn_str \
    tls.handshake.version tls.handshake.extensions.supported_version tls.handshake.random \
    tls.handshake.ciphersuite tls.handshake.ja3 tls.handshake.ja3s x509af.serialNumber \
    dns.flags.response dns.qry.name dns.qry.type dns.flags.rcode dns.resp.type dns.cname dns.a \
    dns.aaaa dns.retransmission ntp.flags.mode ntp.flags.li ntp.flags.vn ntp.stratum ntp.refid \
    http.request.method http.request.uri http.host http.response.code dhcp.option.hostname)

# tshark_fields FILE NAME...: a line a packet.
tshark_fields() {
    file=$1
    shift
    for name; do
        shift
        set -- "$@" -e "$name"
    done
    tshark -n -r "$file" -o tcp.reassemble_out_of_order:TRUE -o http.desegment_body:FALSE \
        -T fields -E separator=/t -E occurrence=a -E 'aggregator=|' "$@" \
        2> "$scratch/tshark.err"
}

# Versions since 4.2 tell JA4.
tshark_knows() {
    printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0' > "$scratch/empty.pcap"
    tshark_fields "$scratch/empty.pcap" "$1" > /dev/null
}
tells_ja4=no
if tshark_knows tls.handshake.ja4; then
    tells_ja4=yes
    names="$names tls.handshake.ja4"
fi

# facts FILE: writes both sides' facts.
facts() {
    # shellcheck disable=SC2086 # names have no spaces
    tshark_fields "$1" $names > "$scratch/packets" || true
    awk -v names="$names" -f "$oracle/fields.awk" "$scratch/packets" | sort > "$scratch/theirs"
    rm -f "$scratch/facts.db"
    : > "$scratch/ours"
    if "$applepath" read --all-flows -d "$scratch/facts.db" -o /dev/null "$1" \
        > /dev/null 2> "$scratch/applepath.err"; then
        sqlite3 "$scratch/facts.db" < "$oracle/facts.sql" > "$scratch/all" ||
            { echo "FAIL: oracle: facts.sql does not fit the database"; exit 1; }
        grep -v "$([ "$tells_ja4" = yes ] && echo '^$' || echo '^tls-ja4')" "$scratch/all" |
            sort > "$scratch/ours" || true
    fi
}

# compare FILE NAME: one line about it; what differs goes to $scratch/differences.
compare() {
    facts "$1"
    ran=yes
    {
        comm -23 "$scratch/theirs" "$scratch/ours" | sed 's/^/tshark\t/'
        comm -13 "$scratch/theirs" "$scratch/ours" | sed 's/^/applepath\t/'
    } | awk -v capture="$2" '{ print capture "\t" $0 }' > "$scratch/of_one"
    cat "$scratch/of_one" >> "$scratch/differences"
    awk -F '\t' -v used="$scratch/used" -f "$oracle/reasons.awk" "$oracle/reasons.txt" \
        "$scratch/of_one" > "$scratch/unexplained"
    if [ -s "$scratch/unexplained" ]; then
        echo "FAIL: oracle/$2"
        sed 's/^/  /' "$scratch/unexplained"
        failed=yes
    else
        echo "PASS: oracle/$2 ($(grep -c '' "$scratch/theirs") facts)"
    fi
}

: > "$scratch/used"
: > "$scratch/differences"
all=no
if [ $# -eq 0 ]; then
    all=yes
    for file in "$captures"/*.pcap "$captures"/*.pcapng; do
        [ -f "$file" ] && set -- "$@" "${file##*/}"
    done
fi
for name; do
    compare "$captures/$name" "$name"
done

if [ "$all" = yes ]; then
    # Lines of reasons that no difference needed.
    awk -F '\t' 'FNR == NR { used[$1] = 1; next }
        !/^#/ && NF > 0 && !(FNR in used) { print "  line " FNR ": " $0 }' \
        "$scratch/used" "$oracle/reasons.txt" > "$scratch/stale"
    # An empty first file would be taken for none.
    [ -s "$scratch/used" ] || grep -v '^#' "$oracle/reasons.txt" > "$scratch/stale" || true
    if [ -s "$scratch/stale" ]; then
        echo "FAIL: oracle: reasons that nothing needs any more: remove them"
        cat "$scratch/stale"
        failed=yes
    else
        echo "PASS: oracle: every reason is needed"
    fi
fi
[ "$failed" = no ] || exit 1
[ "$ran" = yes ] || exit 77
