# SPDX-License-Identifier: Apache-2.0
# What does tshark say of a capture?  Its packets come in, one a line, with the fields that
# run.sh asks for in `names`; facts go out as "kind TAB packet or connection TAB value", in the
# words of facts.sql.  Several values in one field are separated by '|'.

BEGIN {
    FS = "\t"
    count = split(names, name, " ")
    for (i = 1; i <= count; i++)
        column[name[i]] = i
}

# Fields as values: all of them, or the last (the innermost header's).
function field(key) { return $(column[key]) }
function last_of(key,    parts, n) {
    n = split(field(key), parts, "|")
    return n > 0 ? parts[n] : ""
}
function first_of(key,    parts) {
    return split(field(key), parts, "|") > 0 ? parts[1] : ""
}
function tell(kind, where, value) {
    if (value != "")
        print kind "\t" where "\t" value
}
function listed(key,    value) {
    value = field(key)
    gsub(/\|/, ",", value)
    return value
}
# Is `wanted` one of the values?
function has(key, wanted,    parts, n, i) {
    n = split(field(key), parts, "|")
    for (i = 1; i <= n; i++)
        if (parts[i] == wanted)
            return 1
    return 0
}
function plain_name(value) {
    value = tolower(value)
    sub(/\.$/, "", value)
    return value == "<root>" ? "." : value
}
# The highest of SSL 3.0 to TLS 1.3: neither GREASE (RFC 8701) nor drafts.
function highest_version(    parts, n, i, best) {
    best = first_of("tls.handshake.version")
    n = split(field("tls.handshake.extensions.supported_version"), parts, "|")
    for (i = 1; i <= n; i++)
        if (parts[i] ~ /^0x030[0-4]$/ && parts[i] > best)
            best = parts[i]
    return best
}
function chosen_version() {
    return field("tls.handshake.extensions.supported_version") != "" \
        ? first_of("tls.handshake.extensions.supported_version") : first_of("tls.handshake.version")
}
# OPT (RFC 6891) is no record of the answer's.
function record_types(    parts, n, i, list) {
    n = split(field("dns.resp.type"), parts, "|")
    for (i = 1; i <= n; i++)
        if (parts[i] != 41)
            list = list (list != "" ? "," : "") parts[i]
    return list
}
function serials(    parts, n, i, list) {
    n = split(tolower(field("x509af.serialNumber")), parts, "|")
    for (i = 1; i <= n; i++) {
        gsub(/^0x|:/, "", parts[i])
        sub(/^0+/, "", parts[i])
        list = list (i > 1 ? "," : "") parts[i]
    }
    return list
}

# Packets inside ICMP errors are somebody's quotation.
field("icmp.type") != "" || field("icmpv6.type") != "" { next }

{
    packet = field("frame.number")
    from = field("ipv6.src") != "" ? last_of("ipv6.src") : last_of("ip.src")
    to = field("ipv6.dst") != "" ? last_of("ipv6.dst") : last_of("ip.dst")
    stream = field("tcp.stream") != "" ? "t" last_of("tcp.stream") : "u" last_of("udp.stream")
}

field("tcp.flags") != "" {
    flags = last_of("tcp.flags")
    low = substr(flags, length(flags) - 1)
    digits = "0123456789abcdef"
    value = (index(digits, substr(low, 1, 1)) - 1) * 16 + index(digits, substr(low, 2, 1)) - 1
    syn = int(value / 2) % 2
    rst = int(value / 4) % 2
    ack = int(value / 16) % 2
    here = from ":" last_of("tcp.srcport")
    there = to ":" last_of("tcp.dstport")
    if (syn && !rst)
        tell(ack ? "tcp-syn-ack" : "tcp-syn", packet, here ">" there)
    if (syn && !ack && !rst)
        syns[here ">" there]++
    if (rst)
        tell("tcp-reset", packet, from)
}

has("tls.handshake.type", 1) && !(stream in hello) {
    hello[stream] = 1
    tell("tls-name", packet, tolower(first_of("tls.handshake.extensions_server_name")))
    tell("tls-offers", packet, listed("tls.handshake.extensions_alpn_str"))
    tell("tls-highest", packet, highest_version())
    tell("tls-ja3", packet, first_of("tls.handshake.ja3"))
    if ("tls.handshake.ja4" in column)
        tell("tls-ja4", packet, first_of("tls.handshake.ja4"))
}

# RFC 8446 section 4.1.3: this "random" number marks a HelloRetryRequest.
has("tls.handshake.type", 2) && field("tls.handshake.random") !~ /^cf21ad74e59a6111be1d8c021e65b891/ &&
    !(stream in answer) {
    answer[stream] = 1
    tell("tls-version", packet, chosen_version())
    tell("tls-cipher", packet, first_of("tls.handshake.ciphersuite"))
    tell("tls-chosen", packet, listed("tls.handshake.extensions_alpn_str"))
    tell("tls-ja3s", packet, first_of("tls.handshake.ja3s"))
}

has("tls.handshake.type", 11) { tell("tls-serials", packet, serials()) }

field("dns.flags.response") != "" &&
    (has("udp.srcport", 53) || has("udp.dstport", 53) || has("tcp.srcport", 53) ||
     has("tcp.dstport", 53)) {
    question = plain_name(first_of("dns.qry.name")) " " first_of("dns.qry.type")
    if (first_of("dns.flags.response") ~ /^(1|True)$/) {
        tell("dns-answer", packet, question)
        tell("dns-rcode", packet, first_of("dns.flags.rcode"))
        tell("dns-types", packet, record_types())
        tell("dns-edns", packet, has("dns.resp.type", 41) ? "yes" : "")
        tell("dns-cnames", packet, tolower(listed("dns.cname")))
        tell("dns-ipv4", packet, listed("dns.a"))
        tell("dns-ipv6", packet, listed("dns.aaaa"))
    } else if (field("dns.retransmission") == "") {
        tell("dns-query", packet, question)
    }
}

# Modes of RFC 5905 figure 10: a server's answer or a peer's, a client's request or a peer's.
last_of("ntp.flags.mode") ~ /^[24]$/ {
    reference = last_of("ntp.refid")
    gsub(/:/, "", reference)
    tell("ntp-answer", packet, last_of("ntp.flags.li") " " last_of("ntp.stratum") " " reference)
}
last_of("ntp.flags.mode") ~ /^[13]$/ { tell("ntp-request", packet, last_of("ntp.flags.vn")) }

# SSDP speaks HTTP over UDP.
field("http.request.method") != "" && field("tcp.stream") != "" {
    tell("http-request", packet, first_of("http.request.method"))
    if (first_of("http.request.method") == "CONNECT")
        tell("http-connect", packet, tolower(first_of("http.request.uri")))
    else
        tell("http-host", packet, tolower(first_of("http.host")))
}
field("http.response.code") != "" && field("tcp.stream") != "" { tell("http-status", packet, last_of("http.response.code")) }

field("dhcp.option.hostname") != "" { hosts[last_of("dhcp.option.hostname")] = 1 }

END {
    for (connection in syns)
        tell("tcp-syns", connection, syns[connection])
    for (host in hosts)
        tell("dhcp-name", "-", host)
}
