/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame is copied and changed from outside inwards.  Each part says how much of it may
 * stay; the rest is cut off as if the snapshot length had done it, so that lengths in
 * headers stay true.  A checksum that was good stays good, and a bad one bad: it is moved
 * by the difference of what it covers, captured or not.
 */
#include "program/evidence_rewrite.h"

#include <string.h>

#include "capture/link_types.h"
#include "program/rewrite_parts.h"

#define LINK_ETHERNET 1
#define LINK_RAW_FILE 101 /* LINKTYPE_RAW */
#define EXTENSION_LIMIT 8

enum { PROTOCOL_HOP_OPTIONS = 0, PROTOCOL_FRAGMENT = 44 };

/* An IP packet, or the one that an ICMP error quotes. */
struct rewriting {
    struct pseudonyms *pseudonyms;
    uint32_t addresses_before; /* sums of both, as the pseudo header has them */
    uint32_t addresses_after;
};

static size_t rewrite_network(struct pseudonyms *pseudonyms, struct bytes before, struct span after,
                              bool quoted);

/* The sum of 16-bit words (RFC 1071), an odd byte filled up with zero. */
static uint32_t sum_of(struct bytes bytes, uint32_t sum)
{
    uint16_t word;
    uint8_t last;
    while (bytes_read_u16(&bytes, &word))
        sum += word;
    if (bytes_read_u8(&bytes, &last))
        sum += (uint32_t)last << 8;
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* RFC 1624 section 3, equation 3, for a sum of many words; the checksum's own bytes are the
 * same in both. */
static void mend(struct span after, size_t at, uint32_t sum_before, uint32_t sum_after, bool udp)
{
    struct bytes field = bytes_from(span_bytes(after), at);
    uint16_t checksum;
    if (!bytes_read_u16(&field, &checksum) || (udp && checksum == 0))
        return;
    uint32_t sum = (uint32_t)(uint16_t)~checksum + (uint16_t)~sum_before + sum_after;
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    uint16_t mended = (uint16_t)~sum;
    if (udp && mended == 0) /* RFC 768: 0 would say that there is none */
        mended = 0xffff;
    span_put(span_part(after, at, 2), (const uint8_t[2]){(uint8_t)(mended >> 8), (uint8_t)mended},
             2);
}

void rewrite_address(struct pseudonyms *pseudonyms, struct span span)
{
    struct address address;
    struct mac mac;
    if (span.length == 4) {
        address = address_from_ipv4(span.data);
        address = pseudonym_address(pseudonyms, &address);
        span_put(span, address.octets + 12, 4);
    } else if (span.length == 16) {
        address = address_from_ipv6(span.data);
        address = pseudonym_address(pseudonyms, &address);
        span_put(span, address.octets, 16);
    } else if (span.length == sizeof mac.octets) {
        memcpy(mac.octets, span.data, sizeof mac.octets);
        mac = pseudonym_mac(pseudonyms, &mac);
        span_put(span, mac.octets, sizeof mac.octets);
    } else {
        span_fill(span, 0);
    }
}

void rewrite_name(struct pseudonyms *pseudonyms, struct span span)
{
    char name[256];
    struct text text = {0};
    if (span.length >= sizeof name || memchr(span.data, 0, span.length) != NULL) {
        span_fill(span, 0);
        return;
    }
    memcpy(name, span.data, span.length);
    name[span.length] = '\0';
    pseudonym_name(pseudonyms, name, span.length, &text);
    if (text.length == span.length)
        span_put(span, text_content(&text), text.length);
    else
        span_fill(span, 0);
    text_release(&text);
}

/* Kinds of TCP options that say nothing but how to send (RFC 9293 section 3.2, RFC 7323, RFC
 * 2018); others, as multipath's (RFC 8684), may hold addresses. */
static void clean_options(struct span options)
{
    struct bytes rest = span_bytes(options);
    uint8_t kind, length;
    for (size_t at = 0; bytes_peek_u8(rest, at, &kind) && kind != 0;) {
        if (kind == 1) {
            at++;
            continue;
        }
        if (!bytes_peek_u8(rest, at + 1, &length) || length < 2 || length > rest.length - at) {
            span_fill(span_part(options, at, rest.length - at), 1);
            return;
        }
        if (kind > 5 && kind != 8)
            span_fill(span_part(options, at, length), 1);
        at += length;
    }
}

static size_t rewrite_tcp(struct pseudonyms *pseudonyms, struct bytes before, struct span after)
{
    uint16_t source, destination;
    uint8_t offset;
    struct bytes header = before;
    if (!bytes_read_u16(&header, &source) || !bytes_read_u16(&header, &destination) ||
        !bytes_peek_u8(before, 12, &offset) || before.length < 20)
        return before.length < 20 ? before.length : 20;
    size_t size = (size_t)(offset >> 4) * 4;
    if (size < 20 || size > before.length) {
        span_fill(span_part(after, 20, before.length - 20), 1);
        return 20;
    }
    clean_options(span_part(after, 20, size - 20));
    struct bytes payload = bytes_from(before, size);
    struct span changed = span_part(after, size, payload.length);
    if (source != 53 && destination != 53)
        return size + rewrite_tls(pseudonyms, payload, changed);
    uint16_t length;
    if (!bytes_read_u16(&payload, &length) || payload.length != length)
        return size;
    return size + 2 + rewrite_dns(pseudonyms, payload, span_part(changed, 2, length));
}

/* The reference is the server's own source of time (RFC 5905 section 7.3); what follows the
 * header may be keys. */
static size_t rewrite_ntp(struct pseudonyms *pseudonyms, struct bytes message, struct span changed)
{
    uint8_t first, stratum;
    if (!bytes_peek_u8(message, 0, &first) || (first & 7) < 1 || (first & 7) > 5 ||
        (first >> 3 & 7) < 1 || (first >> 3 & 7) > 4)
        return 0; /* no such mode or version */
    if (bytes_peek_u8(message, 1, &stratum) && stratum >= 2)
        rewrite_address(pseudonyms, span_part(changed, 12, 4));
    return message.length < 48 ? message.length : 48;
}

static bool is_port(uint16_t one, uint16_t other, uint16_t port)
{
    return one == port || other == port;
}

static size_t rewrite_udp(struct pseudonyms *pseudonyms, struct bytes before, struct span after)
{
    uint16_t one, other;
    struct bytes payload = before;
    if (!bytes_read_u16(&payload, &one) || !bytes_read_u16(&payload, &other) ||
        !bytes_skip(&payload, 4))
        return before.length;
    struct span changed = span_part(after, 8, payload.length);
    if (is_port(one, other, 53) || is_port(one, other, 5353) || is_port(one, other, 5355))
        return 8 + rewrite_dns(pseudonyms, payload, changed);
    if (is_port(one, other, 67) || is_port(one, other, 68))
        return 8 + rewrite_dhcp(pseudonyms, payload, changed);
    if (is_port(one, other, 123))
        return 8 + rewrite_ntp(pseudonyms, payload, changed);
    /* QUIC: the flags and the version; what is behind can be decrypted by anybody. */
    uint8_t first;
    if (is_port(one, other, 443) && bytes_peek_u8(payload, 0, &first) && (first & 0xc0) == 0xc0)
        return 8 + (payload.length < 5 ? payload.length : 5);
    return 8;
}

/* Errors quote a packet (RFC 792, RFC 4443 section 2.4); neighbours name an address (RFC 4861
 * section 4). Of all else nothing but the header stays. */
static size_t rewrite_icmp(struct pseudonyms *pseudonyms, bool version6, struct bytes before,
                           struct span after)
{
    uint8_t type;
    size_t header = before.length < 8 ? before.length : 8;
    if (!bytes_peek_u8(before, 0, &type))
        return header;
    bool error = version6 ? type >= 1 && type <= 4 : type == 3 || type == 11 || type == 12;
    if (!version6 && type == 5) /* redirect: to whom */
        rewrite_address(pseudonyms, span_part(after, 4, 4));
    if (version6 && (type == 135 || type == 136) && before.length >= 24) {
        rewrite_address(pseudonyms, span_part(after, 8, 16));
        return 24;
    }
    if (!error)
        return header;
    return header + rewrite_network(pseudonyms, bytes_from(before, header),
                                    span_part(after, header, before.length - header), true);
}

/* What IP carries. A quotation's is cut to its first 8 bytes, which is what RFC 792 quotes. */
static size_t rewrite_transport(const struct rewriting *rewriting, uint8_t protocol, bool version6,
                                struct bytes before, struct span after, bool quoted)
{
    size_t checksum, kept;
    switch (protocol) {
    case TRANSPORT_TCP:
        checksum = 16;
        kept = quoted ? 8 : rewrite_tcp(rewriting->pseudonyms, before, after);
        break;
    case TRANSPORT_UDP:
        checksum = 6;
        kept = quoted ? 8 : rewrite_udp(rewriting->pseudonyms, before, after);
        break;
    case TRANSPORT_ICMP:
    case TRANSPORT_ICMPV6:
        checksum = 2;
        kept = quoted ? 8 : rewrite_icmp(rewriting->pseudonyms, version6, before, after);
        break;
    default:
        return 0;
    }
    bool covers_addresses = protocol != TRANSPORT_ICMP;
    mend(after, checksum, sum_of(before, covers_addresses ? rewriting->addresses_before : 0),
         sum_of(span_bytes(after), covers_addresses ? rewriting->addresses_after : 0),
         protocol == TRANSPORT_UDP);
    return kept < before.length ? kept : before.length;
}

static size_t rewrite_ipv4(struct rewriting *rewriting, struct bytes before, struct span after,
                           bool quoted)
{
    uint8_t version, protocol, high, low;
    uint16_t total;
    struct bytes fields = before;
    if (before.length < 20 || !bytes_peek_u8(before, 0, &version) ||
        !bytes_peek_u8(before, 9, &protocol) || !bytes_peek_u8(before, 6, &high) ||
        !bytes_peek_u8(before, 7, &low) || !bytes_skip(&fields, 2) ||
        !bytes_read_u16(&fields, &total))
        return 0;
    size_t size = (size_t)(version & 0x0f) * 4;
    if (size < 20 || size > before.length || (total < size && total != 0))
        return 0;
    rewriting->addresses_before = sum_of(bytes_first(bytes_from(before, 12), 8), 0);
    rewrite_address(rewriting->pseudonyms, span_part(after, 12, 4));
    rewrite_address(rewriting->pseudonyms, span_part(after, 16, 4));
    rewriting->addresses_after = sum_of(bytes_first(bytes_from(span_bytes(after), 12), 8), 0);
    span_fill(span_part(after, 20, size - 20), 1); /* options: routes, senders */
    mend(after, 10, sum_of(bytes_first(before, size), 0),
         sum_of(bytes_first(span_bytes(after), size), 0), false);
    if (((unsigned)(high & 0x1f) << 8 | low) != 0)
        return size; /* the middle of a datagram */
    /* What stands behind the packet fills the frame up; cards leave old bytes there. */
    size_t length = total != 0 && total < before.length ? total : before.length;
    return size + rewrite_transport(rewriting, protocol, false,
                                    bytes_first(bytes_from(before, size), length - size),
                                    span_part(after, size, length - size), quoted);
}

/* Where the transport's header begins, and its protocol; false where it is not known. */
static bool skip_extensions(struct bytes packet, size_t *at, uint8_t *protocol)
{
    for (int i = 0; i < EXTENSION_LIMIT; i++) {
        uint8_t next, length;
        struct bytes header = bytes_from(packet, *at), offset = bytes_from(packet, *at + 2);
        uint16_t fragment;
        if (*protocol != PROTOCOL_HOP_OPTIONS && *protocol != PROTOCOL_FRAGMENT)
            return true;
        if (!bytes_read_u8(&header, &next) || !bytes_read_u8(&header, &length) ||
            !bytes_read_u16(&offset, &fragment))
            return false;
        size_t size = *protocol == PROTOCOL_FRAGMENT ? 8 : 8 + (size_t)length * 8;
        if (packet.length - *at < size)
            return false;
        if (*protocol == PROTOCOL_FRAGMENT && (fragment & 0xfff8) != 0) {
            *at += size;
            return false;
        }
        *protocol = next;
        *at += size;
    }
    return false;
}

static size_t rewrite_ipv6(struct rewriting *rewriting, struct bytes before, struct span after,
                           bool quoted)
{
    uint8_t protocol;
    uint16_t payload;
    struct bytes fields = before;
    size_t at = 40;
    if (before.length < at || !bytes_skip(&fields, 4) || !bytes_read_u16(&fields, &payload) ||
        !bytes_read_u8(&fields, &protocol))
        return 0;
    rewriting->addresses_before = sum_of(bytes_first(bytes_from(before, 8), 32), 0);
    rewrite_address(rewriting->pseudonyms, span_part(after, 8, 16));
    rewrite_address(rewriting->pseudonyms, span_part(after, 24, 16));
    rewriting->addresses_after = sum_of(bytes_first(bytes_from(span_bytes(after), 8), 32), 0);
    struct bytes whole = bytes_first(before, payload != 0 ? 40u + payload : before.length);
    if (!skip_extensions(whole, &at, &protocol))
        return at;
    return at + rewrite_transport(rewriting, protocol, true, bytes_from(whole, at),
                                  span_part(after, at, whole.length - at), quoted);
}

static size_t rewrite_network(struct pseudonyms *pseudonyms, struct bytes before, struct span after,
                              bool quoted)
{
    struct rewriting rewriting = {.pseudonyms = pseudonyms};
    uint8_t version;
    if (!bytes_peek_u8(before, 0, &version))
        return 0;
    if (version >> 4 == 4)
        return rewrite_ipv4(&rewriting, before, after, quoted);
    return version >> 4 == 6 ? rewrite_ipv6(&rewriting, before, after, quoted) : 0;
}

/* Bytes of an Ethernet header with its VLAN tags (IEEE 802.1Q), where IP follows it and is
 * what was read; 0: something else. */
static size_t ethernet_size(const struct frame *frame, size_t network)
{
    size_t at = 12;
    struct bytes type = bytes_from(frame->data, at);
    uint16_t value;
    if (frame->link_type != LINK_ETHERNET || frame->data.length < 14)
        return 0;
    while (bytes_read_u16(&type, &value) &&
           (value == 0x8100 || value == 0x88a8 || value == 0x9100)) {
        at += 4;
        type = bytes_from(frame->data, at);
    }
    type = bytes_from(frame->data, at);
    if (!bytes_read_u16(&type, &value) || (value != 0x0800 && value != 0x86dd))
        return 0;
    return at + 2 == network ? network : 0;
}

void evidence_rewrite(struct pseudonyms *pseudonyms, const struct frame *frame,
                      struct bytes network, struct rewritten *room, struct frame *result)
{
    size_t offset = 0, link = 0, length;
    *result = *frame;
    result->comment = bytes_of(NULL, 0);
    if (network.length > 0 && frame->data.length > 0 && network.data >= frame->data.data &&
        network.data < frame->data.data + frame->data.length)
        offset = (size_t)(network.data - frame->data.data);
    else
        network = bytes_of(NULL, 0);
    link = network.length > 0 ? ethernet_size(frame, offset) : 0;
    if (link == 0) {
        result->link_type = link_type_of_file(LINK_RAW_FILE);
        result->wire_length -= offset < frame->wire_length ? (uint32_t)offset : 0;
    }
    struct bytes kept = bytes_first(bytes_from(frame->data, offset - link), REWRITE_LIMIT);
    length = network.length > 0 ? kept.length : 0;
    if (length > 0) {
        memcpy(room->before, kept.data, length);
        memcpy(room->bytes, kept.data, length);
        struct span bytes = {room->bytes, length};
        rewrite_address(pseudonyms, span_part(bytes, 0, link > 0 ? 6 : 0));
        rewrite_address(pseudonyms, span_part(bytes, 6, link > 0 ? 6 : 0));
        length = link + rewrite_network(pseudonyms, bytes_of(room->before + link, length - link),
                                        span_part(bytes, link, length - link), false);
    }
    result->data = bytes_of(room->bytes, length);
}
