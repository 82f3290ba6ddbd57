/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would other links than Ethernet have shown of the same packets?  The Ethernet
 * header gives way to that of another link or tunnel: MPLS labels (RFC 3032), PPPoE
 * (RFC 2516), IP in IP (RFC 2003), GTP-U (3GPP TS 29.281), Wi-Fi with radiotap, Apple's
 * packet tap, Linux cooked and the netfilter log, BSD loopback (libpcap's LINKTYPE_s).
 */
#include "vary_packets.h"

#include <string.h>

#define ETHERNET 14u
#define HEADER_LIMIT 160u
#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd

enum { LINK_COOKED = 113, LINK_RADIOTAP = 127, LINK_NFLOG = 239, LINK_PKTAP = 258 };

static void put16(uint8_t *octets, uint32_t value)
{
    octets[0] = (uint8_t)(value >> 8);
    octets[1] = (uint8_t)value;
}

static uint32_t type_of(const struct trace_record *record)
{
    return record->captured < ETHERNET ? 0 : (uint32_t)record->data[12] << 8 | record->data[13];
}

static bool carries_ip(const struct trace_record *record)
{
    return type_of(record) == TYPE_IPV4 || type_of(record) == TYPE_IPV6;
}

/* Which of the two directions: any that is the same for all packets of one. */
static bool is_upwards(const struct trace_record *record)
{
    return memcmp(record->data, record->data + 6, 6) < 0;
}

/* `fill` writes what stands in the place of the Ethernet header; returns its length. */
typedef uint32_t header_filler(uint8_t *header, const struct trace_record *record, size_t index);

/* Frames without IP stay where the link can carry them as they are, and go otherwise. */
static bool replace(const struct trace *in, header_filler *fill, bool ethernet, struct trace *out)
{
    for (size_t i = 0; i < in->count; i++) {
        const struct trace_record *record = &in->records[i];
        uint8_t header[HEADER_LIMIT] = {0};
        if (!carries_ip(record)) {
            if (ethernet &&
                trace_add(out, record->data, record->captured, record->wire, record->time) == NULL)
                return false;
            continue;
        }
        uint32_t length = fill(header, record, i);
        struct trace_record rest = *record;
        rest.data += ETHERNET;
        rest.captured -= ETHERNET;
        rest.wire -= ETHERNET;
        if (trace_add_wrapped(out, &rest, 0, header, length) == NULL)
            return false;
    }
    return true;
}

static uint32_t fill_mpls(uint8_t *header, const struct trace_record *record, size_t index)
{
    /* Two labels; the lower one differs by direction. */
    uint8_t labels[] = {0x00, 0x01, 0x00, 0x40, 0x00, 0x02, 0x01, 0x40};
    (void)index;
    labels[5] = is_upwards(record) ? 2 : 3;
    memcpy(header, record->data, 12);
    put16(header + 12, 0x8847);
    memcpy(header + 14, labels, sizeof labels);
    return 14 + sizeof labels;
}

static uint32_t fill_pppoe(uint8_t *header, const struct trace_record *record, size_t index)
{
    (void)index;
    memcpy(header, record->data, 12);
    put16(header + 12, 0x8864);
    put16(header + 14, 0x1100);
    put16(header + 16, 77); /* session */
    put16(header + 18, record->wire - ETHERNET + 2);
    put16(header + 20, type_of(record) == TYPE_IPV4 ? 0x0021 : 0x0057);
    return 22;
}

static uint32_t fill_ipip(uint8_t *header, const struct trace_record *record, size_t index)
{
    vary_put_outer(header, type_of(record) == TYPE_IPV4 ? 4 : 41, index, record->wire - ETHERNET);
    return VARY_OUTER_LENGTH;
}

/* Each direction has its endpoint; a sequence number and an extension are there. */
static uint32_t fill_gtpu(uint8_t *header, const struct trace_record *record, size_t index)
{
    uint32_t inner = record->wire - ETHERNET;
    uint8_t *udp = header + VARY_OUTER_LENGTH, *gtp = udp + 8;
    vary_put_outer(header, 17, index, 8 + 16 + inner);
    put16(udp, 2152);
    put16(udp + 2, 2152);
    put16(udp + 4, 8 + 16 + inner);
    gtp[0] = 0x36;
    gtp[1] = 0xff;
    put16(gtp + 2, 8 + inner);
    put16(gtp + 6, is_upwards(record) ? 1001 : 2002);
    put16(gtp + 8, (uint32_t)index & 0xffff);
    gtp[11] = 0x85; /* PDU session container */
    gtp[12] = 1;
    return VARY_OUTER_LENGTH + 8 + 16;
}

/* From the station to the access point or back, by direction; LLC and SNAP. */
static uint32_t fill_wifi(uint8_t *header, const struct trace_record *record, bool quality)
{
    static const uint8_t access_point[6] = {2, 0, 0, 0, 30, 1};
    static const uint8_t llc[6] = {0xaa, 0xaa, 0x03, 0, 0, 0};
    bool to_system = is_upwards(record);
    uint8_t *end = header + 24;
    header[0] = quality ? 0x88 : 0x08;
    header[1] = to_system ? 0x01 : 0x02;
    memcpy(header + 4, to_system ? access_point : record->data, 6);
    memcpy(header + 10, to_system ? record->data + 6 : access_point, 6);
    memcpy(header + 16, to_system ? record->data : record->data + 6, 6);
    if (quality)
        end += 2;
    memcpy(end, llc, sizeof llc);
    put16(end + 6, type_of(record));
    return (uint32_t)(end + 8 - header);
}

/* A clock, and flags without anything set. */
static uint32_t fill_radiotap(uint8_t *header, const struct trace_record *record, size_t index)
{
    static const uint8_t radiotap[17] = {0, 0, 17, 0, 0x03};
    memcpy(header, radiotap, sizeof radiotap);
    return (uint32_t)sizeof radiotap + fill_wifi(header + sizeof radiotap, record, index % 2 == 0);
}

/* Frames as the air has them, their control field the wrong way round as some write it. */
static uint32_t fill_capwap(uint8_t *header, const struct trace_record *record, size_t index)
{
    uint8_t *udp = header + VARY_OUTER_LENGTH, *wifi = udp + 16;
    uint32_t length = 8 + fill_wifi(wifi, record, false);
    uint32_t inner = record->wire - ETHERNET;
    uint8_t first = wifi[0];
    wifi[0] = wifi[1];
    wifi[1] = first;
    vary_put_outer(header, 17, index, 8 + length + inner);
    put16(udp, is_upwards(record) ? 51000 : 5247);
    put16(udp + 2, is_upwards(record) ? 5247 : 51000);
    put16(udp + 4, 8 + length + inner);
    udp[9] = 2 << 3; /* the header's length in 4 bytes */
    put16(udp + 10, 0x0300); /* 802.11, as it is */
    return VARY_OUTER_LENGTH + 8 + length;
}

static uint32_t fill_cooked(uint8_t *header, const struct trace_record *record, size_t index)
{
    (void)index;
    put16(header, is_upwards(record) ? 4 : 0);
    put16(header + 2, 1);
    put16(header + 4, 6);
    memcpy(header + 6, record->data + 6, 6);
    put16(header + 14, type_of(record));
    return 16;
}

static uint32_t fill_null(uint8_t *header, const struct trace_record *record, size_t index)
{
    (void)index;
    header[0] = type_of(record) == TYPE_IPV4 ? 2 : 30;
    return 4;
}

/* The older header, with an Ethernet frame behind it. */
static uint32_t fill_pktap(uint8_t *header, const struct trace_record *record, size_t index)
{
    (void)index;
    header[0] = 108;
    header[4] = 1;
    header[8] = 1;
    memcpy(header + 12, "en0", 3);
    header[36] = 2;
    header[44] = ETHERNET;
    memcpy(header + 56, "apsd", 4);
    memcpy(header + 108, record->data, ETHERNET);
    return 108 + ETHERNET;
}

/* Address family, resource; the hook, then the packet. */
static uint32_t fill_nflog(uint8_t *header, const struct trace_record *record, size_t index)
{
    uint32_t length = record->wire - ETHERNET + 4;
    (void)index;
    header[0] = type_of(record) == TYPE_IPV4 ? 2 : 10;
    header[4] = 8;
    header[6] = 1;
    header[12] = (uint8_t)length;
    header[13] = (uint8_t)(length >> 8);
    header[14] = 9;
    return 16;
}

static bool on_link(const struct trace *in, uint32_t link_type, header_filler *fill,
                    struct trace *out)
{
    out->link_type = link_type;
    return replace(in, fill, false, out);
}

bool vary_mpls(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return replace(in, fill_mpls, true, out);
}

bool vary_pppoe(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return replace(in, fill_pppoe, true, out);
}

bool vary_ipip(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return replace(in, fill_ipip, true, out);
}

bool vary_gtpu(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return replace(in, fill_gtpu, true, out);
}

bool vary_capwap(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return replace(in, fill_capwap, true, out);
}

bool vary_radiotap(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return on_link(in, LINK_RADIOTAP, fill_radiotap, out);
}

bool vary_cooked(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return on_link(in, LINK_COOKED, fill_cooked, out);
}

bool vary_null(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return on_link(in, TRACE_LOOPBACK, fill_null, out);
}

bool vary_pktap(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return on_link(in, LINK_PKTAP, fill_pktap, out);
}

bool vary_nflog(const struct trace *in, uint64_t seed, struct trace *out)
{
    (void)seed;
    return on_link(in, LINK_NFLOG, fill_nflog, out);
}
