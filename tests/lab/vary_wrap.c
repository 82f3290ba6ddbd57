/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does a mirror wrap what it has seen?  VLAN tags (IEEE 802.1Q, 802.1ad), GRE with
 * an Ethernet frame in it (RFC 2784, RFC 1701), ERSPAN types II and III
 * (draft-foschiano-erspan), VXLAN (RFC 7348), Geneve (RFC 8926), TZSP.  Headers are put before each frame; an
 * outer length counts what was on the wire, not what the snapshot length left of it.
 */
#include "vary_packets.h"

#include <string.h>

#define OUTER_ETHERNET 14u
#define OUTER_IP 20u
#define OUTER_LENGTH VARY_OUTER_LENGTH
#define OUTER_LIMIT (OUTER_LENGTH + 32u)
#define PROTOCOL_UDP 17
#define PROTOCOL_GRE 47
#define VXLAN_PORT 4789
#define GENEVE_PORT 6081
#define TZSP_PORT 37008
#define FRAGMENT_PAYLOAD 1480u
#define COPY_DELAY 20u /* microseconds */

static void put16(uint8_t *octets, uint32_t value)
{
    octets[0] = (uint8_t)(value >> 8);
    octets[1] = (uint8_t)value;
}

static void put32(uint8_t *octets, uint32_t value)
{
    put16(octets, value >> 16);
    put16(octets + 2, value & 0xffff);
}

static bool tag(const struct trace *in, const uint8_t *header, uint32_t length, struct trace *out)
{
    for (size_t i = 0; i < in->count; i++) {
        const struct trace_record *record = &in->records[i];
        size_t offset = record->captured < 12 ? record->captured : 12;
        if (trace_add_wrapped(out, record, offset, header, length) == NULL)
            return false;
    }
    return true;
}

bool vary_vlan(const struct trace *in, uint64_t seed, struct trace *out)
{
    static const uint8_t header[] = {0x81, 0x00, 0x00, 20};
    (void)seed;
    return tag(in, header, sizeof header, out);
}

/* As a mirror of two ports does that tags each with a VLAN of its own. */
bool vary_vlan_by_direction(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    for (size_t i = 0; i < in->count; i++) {
        const struct trace_record *record = &in->records[i];
        size_t offset = record->captured < 12 ? record->captured : 12;
        bool upwards = offset == 12 && memcmp(record->data, record->data + 6, 6) < 0;
        const uint8_t header[] = {0x81, 0x00, 0x00, upwards ? 20 : 10};
        if (trace_add_wrapped(out, record, offset, header, sizeof header) == NULL)
            return false;
    }
    return true;
}

bool vary_qinq(const struct trace *in, uint64_t seed, struct trace *out)
{
    static const uint8_t header[] = {0x88, 0xa8, 0x00, 100, 0x81, 0x00, 0x00, 20};
    (void)seed;
    return tag(in, header, sizeof header, out);
}

void vary_put_outer(uint8_t *header, uint8_t protocol, size_t index, uint32_t length)
{
    static const uint8_t ethernet[OUTER_ETHERNET] = {2, 0, 0, 0, 20, 2, 2, 0, 0, 0, 20, 1, 8, 0};
    static const uint8_t addresses[8] = {192, 0, 2, 1, 192, 0, 2, 2};
    uint8_t *ip = header + OUTER_ETHERNET;
    memcpy(header, ethernet, sizeof ethernet);
    memset(ip, 0, OUTER_IP);
    ip[0] = 0x45;
    put16(ip + 2, OUTER_IP + length);
    put16(ip + 4, (uint32_t)(index + 1) & 0xffff);
    ip[8] = 64;
    ip[9] = protocol;
    memcpy(ip + 12, addresses, sizeof addresses);
    vary_ip_checksum(ip, OUTER_IP);
}

/* `fill` writes what stands between the outer IP header and the frame; returns its length. */
typedef uint32_t header_filler(uint8_t *header, const struct trace_record *record, size_t index);

static bool wrap(const struct trace *in, uint8_t protocol, header_filler *fill, struct trace *out)
{
    for (size_t i = 0; i < in->count; i++) {
        uint8_t header[OUTER_LIMIT];
        uint32_t length = fill(header + OUTER_LENGTH, &in->records[i], i);
        vary_put_outer(header, protocol, i, length + in->records[i].wire);
        if (trace_add_wrapped(out, &in->records[i], 0, header, OUTER_LENGTH + length) == NULL)
            return false;
    }
    return true;
}

static uint32_t fill_gre(uint8_t *header, const struct trace_record *record, size_t index)
{
    (void)record;
    (void)index;
    put16(header, 0);
    put16(header + 2, 0x6558); /* transparent Ethernet bridging */
    return 4;
}

/* GRE with a sequence number, as both ERSPAN types have it (RFC 2890 section 2). */
static void fill_gre_numbered(uint8_t *header, uint32_t protocol, size_t index)
{
    put16(header, 0x1000);
    put16(header + 2, protocol);
    put32(header + 4, (uint32_t)index);
}

/* Version 1, no VLAN, session 7; index 0. */
static uint32_t fill_erspan2(uint8_t *header, const struct trace_record *record, size_t index)
{
    (void)record;
    fill_gre_numbered(header, 0x88be, index);
    put16(header + 8, 0x1000);
    put16(header + 10, 7);
    put32(header + 12, 0);
    return 16;
}

/* Version 2, no VLAN, session 7; timestamp in units of 100 microseconds; an Ethernet frame. */
static uint32_t fill_erspan3(uint8_t *header, const struct trace_record *record, size_t index)
{
    fill_gre_numbered(header, 0x22eb, index);
    put16(header + 8, 0x2000);
    put16(header + 10, 7);
    put32(header + 12, (uint32_t)(record->time / 100));
    put16(header + 16, 0);
    put16(header + 18, 0x8000);
    return 20;
}

/* Network 4711. No UDP checksum, as RFC 7348 section 5 recommends. */
static uint32_t fill_vxlan(uint8_t *header, const struct trace_record *record, size_t index)
{
    (void)index;
    put16(header, 54321);
    put16(header + 2, VXLAN_PORT);
    put16(header + 4, 16 + record->wire);
    put16(header + 6, 0);
    put32(header + 8, UINT32_C(0x08000000));
    put32(header + 12, 4711 << 8);
    return 16;
}

/* Without options; network 4712. */
static uint32_t fill_geneve(uint8_t *header, const struct trace_record *record, size_t index)
{
    (void)index;
    put16(header, 54321);
    put16(header + 2, GENEVE_PORT);
    put16(header + 4, 16 + record->wire);
    put16(header + 6, 0);
    put32(header + 8, 0x6558);
    put32(header + 12, 4712 << 8);
    return 16;
}

/* A received frame of Ethernet; one tag, padding, and the end of the tags. */
static uint32_t fill_tzsp(uint8_t *header, const struct trace_record *record, size_t index)
{
    static const uint8_t tzsp[9] = {1, 0, 0, 1, 0x0a, 1, 0xd6, 0, 1};
    (void)index;
    put16(header, 54321);
    put16(header + 2, TZSP_PORT);
    put16(header + 4, 8 + (uint32_t)sizeof tzsp + record->wire);
    put16(header + 6, 0);
    memcpy(header + 8, tzsp, sizeof tzsp);
    return 8 + sizeof tzsp;
}

/* Each direction in a session of its own. */
static uint32_t fill_erspan_by_direction(uint8_t *header, const struct trace_record *record,
                                         size_t index)
{
    uint32_t length = fill_erspan2(header, record, index);
    if (record->captured >= 12 && memcmp(record->data, record->data + 6, 6) < 0)
        put16(header + 10, 8);
    return length;
}

bool vary_gre(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return wrap(in, PROTOCOL_GRE, fill_gre, out);
}

bool vary_erspan2(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return wrap(in, PROTOCOL_GRE, fill_erspan2, out);
}

bool vary_erspan3(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return wrap(in, PROTOCOL_GRE, fill_erspan3, out);
}

bool vary_vxlan(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return wrap(in, PROTOCOL_UDP, fill_vxlan, out);
}

bool vary_erspan_by_direction(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return wrap(in, PROTOCOL_GRE, fill_erspan_by_direction, out);
}

bool vary_geneve(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return wrap(in, PROTOCOL_UDP, fill_geneve, out);
}

bool vary_tzsp(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return wrap(in, PROTOCOL_UDP, fill_tzsp, out);
}

/* As a mirror does that is itself mirrored: each packet, and again in a tunnel. */
bool vary_doubled_in_tunnel(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    if (!wrap(in, PROTOCOL_UDP, fill_vxlan, out))
        return false;
    for (size_t i = 0; i < out->count; i++)
        out->records[i].time += COPY_DELAY;
    for (size_t i = 0; i < in->count; i++)
        if (trace_add(out, in->records[i].data, in->records[i].captured, in->records[i].wire,
                      in->records[i].time) == NULL)
            return false;
    trace_sort(out);
    return true;
}

/* A piece of an IPv4 packet: `from` bytes behind its header, at most FRAGMENT_PAYLOAD. */
static bool add_piece(const struct trace_record *whole, uint32_t from, struct trace *out)
{
    uint32_t length = whole->captured - OUTER_LENGTH - from;
    bool more = length > FRAGMENT_PAYLOAD;
    length = more ? FRAGMENT_PAYLOAD : length;
    struct trace_record *piece =
        trace_add(out, whole->data, OUTER_LENGTH + length, OUTER_LENGTH + length, whole->time);
    if (piece == NULL)
        return false;
    uint8_t *ip = piece->data + OUTER_ETHERNET;
    memcpy(piece->data + OUTER_LENGTH, whole->data + OUTER_LENGTH + from, length);
    put16(ip + 2, OUTER_IP + length);
    put16(ip + 6, (more ? 0x2000 : 0) | from / 8);
    vary_ip_checksum(ip, OUTER_IP);
    return true;
}

/* A mirror's path of the usual 1,500 bytes: what fills a packet comes in two. */
bool vary_fragmented(const struct trace *in, uint64_t seed, struct trace *out)
{
    struct trace whole = {0};
    (void)seed;
    bool ok = wrap(in, PROTOCOL_UDP, fill_vxlan, &whole);
    for (size_t i = 0; ok && i < whole.count; i++) {
        const struct trace_record *record = &whole.records[i];
        if (record->captured < record->wire) /* as it was captured */
            ok = trace_add(out, record->data, record->captured, record->wire, record->time) != NULL;
        for (uint32_t from = 0;
             ok && record->captured == record->wire && from < record->captured - OUTER_LENGTH;
             from += FRAGMENT_PAYLOAD)
            ok = add_piece(record, from, out);
    }
    trace_release(&whole);
    return ok;
}
