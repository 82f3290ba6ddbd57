/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packets are the same?  What neither routers nor NATs change is mixed into a
 * signature of 64 bits; a table of fixed size remembers, for each slot, the last one,
 * its time and its two ends.  One cache line is touched for each packet.  A packet
 * that another one drove out of its slot passes as new: that errs on the harmless
 * side.  The outsides of NATs are kept in a table of their own, which is not looked
 * at before there is one.
 */
#include "capture/duplicates.h"

#include <stdlib.h>

#include "base/fetch.h"
#include "base/hash.h"

#define SLOT_COUNT 4096u
#define OUTSIDE_COUNT 4096u
#define MIX_BLOCK 16u /* bytes that are mixed at once */
/* Of a payload the last block is looked at, and so many bytes of its beginning. */
#define TCP_BEGINNING_LENGTH MIX_BLOCK
#define BEGINNING_LENGTH (4 * MIX_BLOCK)
#define TRANSLATED_PAYLOAD 8u /* a datagram of fewer bytes may be another's by chance */

#define TRANSLATED_QUESTION 28u /* of DNS and NTP: with a random number or time of its own */
#define TRANSLATED_RANDOM 200u /* without an identification: QUIC's, whose bytes are random */

/* An outside that was not met by its inside for so long is another connection. */
#define OUTSIDE_PATIENCE (120 * NANOSECONDS_PER_SECOND)

/* What is kept of the last packet with a signature. */
struct slot {
    uint64_t signature; /* 0: unused */
    int64_t time;
    struct address source;
    struct address destination;
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t channel; /* packet_channel */
    uint16_t identification;
    uint8_t ttl;
};

/* Each has a cache line of its own, so that one fetch brings it. */
union line {
    struct slot slot;
    uint8_t bytes[CACHE_LINE];
};

/* A connection as it looks behind a NAT. */
struct outside {
    uint64_t ends; /* 0: unused */
    int64_t time; /* when a packet of it was met by its twin, or is taken to have been */
    bool numbered_anew; /* the NAT gives packets identifications of its own: only what opens
                         * a connection meets its twin */
};

struct duplicate_filter {
    union line *lines;
    struct outside outsides[OUTSIDE_COUNT];
    bool translation_seen;
    uint8_t memory[(SLOT_COUNT + 1) * sizeof(union line)]; /* the lines lie in it */
};

struct duplicate_filter *duplicate_filter_create(void)
{
    struct duplicate_filter *filter = calloc(1, sizeof *filter);
    void *first;

    if (filter == NULL)
        return NULL;
    first = filter->memory + (CACHE_LINE - (uintptr_t)filter->memory % CACHE_LINE);
    filter->lines = first;
    return filter;
}

void duplicate_filter_release(struct duplicate_filter *filter)
{
    free(filter);
}

/* Two words more; every bit of both reaches every bit of the signature. */
static inline uint64_t mix(uint64_t signature, uint64_t one, uint64_t other)
{
    return hash_fold(signature ^ one ^ UINT64_C(0x243f6a8885a308d3),
                     other ^ UINT64_C(0x9e6c63d0876a9a47));
}

/* Two words of bytes, which are there. */
static inline uint64_t mix_block(uint64_t signature, struct bytes from)
{
    uint64_t one = 0, other = 0;

    return bytes_read_u64(&from, &one) && bytes_read_u64(&from, &other) ? mix(signature, one, other)
                                                                        : signature;
}

static uint64_t mix_bytes(uint64_t signature, struct bytes from)
{
    uint64_t one, other = 0;
    uint32_t four;
    uint16_t two;
    uint8_t last;

    signature += from.length;
    for (; from.length >= MIX_BLOCK; from = bytes_from(from, MIX_BLOCK))
        signature = mix_block(signature, from);
    if (bytes_empty(from))
        return signature;
    if (!bytes_read_u64(&from, &one))
        one = 0;
    if (bytes_read_u32(&from, &four))
        other = four;
    if (bytes_read_u16(&from, &two))
        other = other << 16 | two;
    if (bytes_read_u8(&from, &last))
        other = other << 8 | last;
    return mix(signature, one, other);
}

/* The beginning and the end of a payload. */
static inline uint64_t mix_payload(uint64_t signature, struct bytes payload,
                                   size_t beginning_length)
{
    if (payload.length == 0)
        return signature;
    if (payload.length < beginning_length)
        return mix_bytes(signature, payload);
    for (size_t at = 0; at < beginning_length; at += MIX_BLOCK)
        signature = mix_block(signature, bytes_from(payload, at));
    return mix_block(signature, bytes_from(payload, payload.length - MIX_BLOCK));
}

static inline uint64_t mix_tcp(uint64_t signature, const struct packet *packet)
{
    signature = mix(signature, (uint64_t)packet->sequence << 32 | packet->acknowledgment,
                    (uint64_t)packet->payload_length << 32 | (uint32_t)packet->window << 8 |
                        packet->tcp_flags);
    /* Timestamps and selective acknowledgments tell a retransmission from a copy;
     * but what a SYN offers, routers do change (its maximum segment size). */
    if ((packet->tcp_flags & TCP_SYN) == 0)
        signature = mix_bytes(signature, packet->tcp_options);
    return mix_payload(signature, packet->payload, TCP_BEGINNING_LENGTH);
}

static bool is_of_port(const struct packet *packet, uint16_t port)
{
    return packet->source_port == port || packet->destination_port == port;
}

/* What opens a connection, or asks and answers, has a random number of its own: a NAT that
 * numbers packets anew cannot hide that it is the same. */
static bool is_known_without_identification(const struct packet *packet)
{
    if (packet->transport == TRANSPORT_TCP)
        return (packet->tcp_flags & (TCP_SYN | TCP_RST)) == TCP_SYN;
    return packet->transport == TRANSPORT_UDP && packet->payload_length >= TRANSLATED_QUESTION &&
           (is_of_port(packet, 53) || is_of_port(packet, 123));
}

/* Of everything but the two ends. */
static uint64_t sign(const struct packet *packet)
{
    uint32_t identification =
        is_known_without_identification(packet) ? 0 : packet->ip_identification;
    uint64_t signature = (identification << 16 | packet->transport) * HASH_SPREADING;

    if (packet->transport == TRANSPORT_TCP)
        return mix_tcp(signature, packet);
    signature = mix(signature, packet->payload_length,
                    (uint32_t)packet->icmp_type << 8 | packet->icmp_code);
    return mix_payload(signature, packet->payload, BEGINNING_LENGTH);
}

/* Without a key: which packet drives which out of its slot must not differ between two runs. */
static uint64_t mix_end(const struct address *address, uint16_t port)
{
    uint64_t words[2];
    memcpy(words, address->octets, sizeof words);
    return mix(port * HASH_SPREADING, words[0], words[1]);
}

/* Duplicate ACKs during loss, and the RSTs that answer one late segment after the
 * other, are equal to the last bit where the sender does not number its packets:
 * IPv6, and IPv4 with identification 0 (RFC 6864 section 4.1). */
static bool may_look_alike(const struct packet *packet)
{
    return packet->transport == TRANSPORT_TCP && packet->ip_identification == 0 &&
           packet->payload_length == 0 &&
           (packet->tcp_flags == TCP_ACK || (packet->tcp_flags & TCP_RST) != 0);
}

static bool is_near(int64_t one, int64_t other)
{
    uint64_t distance =
        one > other ? (uint64_t)one - (uint64_t)other : (uint64_t)other - (uint64_t)one;

    return distance <= DUPLICATES_WINDOW_MILLISECONDS * NANOSECONDS_PER_MILLISECOND;
}

/* The same in both directions. Never 0. */
static uint64_t connection_of(const struct address *one, uint16_t one_port,
                              const struct address *other, uint16_t other_port)
{
    uint64_t ends = mix_end(one, one_port) ^ mix_end(other, other_port);
    return ends == 0 ? 1 : ends;
}

static uint64_t connection_of_packet(const struct packet *packet)
{
    return connection_of(&packet->source, packet->source_port, &packet->destination,
                         packet->destination_port);
}

static struct outside *outside_of(struct duplicate_filter *filter, uint64_t ends)
{
    return &filter->outsides[mix(0, ends, 0) % OUTSIDE_COUNT];
}

static bool opens_connection(const struct packet *packet)
{
    return packet->transport == TRANSPORT_TCP &&
           (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static NEVER_INLINE bool is_outside(struct duplicate_filter *filter, const struct packet *packet)
{
    uint64_t ends = connection_of_packet(packet);
    struct outside *outside = outside_of(filter, ends);

    if (outside->ends != ends)
        return false;
    if (packet->time >= outside->time && packet->time - outside->time > OUTSIDE_PATIENCE)
        return false;
    if (!outside->numbered_anew)
        return true;
    if (opens_connection(packet)) { /* its twin would have been met */
        outside->ends = 0;
        return false;
    }
    if (packet->time > outside->time)
        outside->time = packet->time;
    return true;
}

/* May equality of all but the ends be taken for identity?  Sequence numbers are random
 * enough; a datagram needs an identification or much to say; a RST's sequence
 * number may be 0. */
static bool may_be_translated(const struct packet *packet)
{
    if (packet->transport == TRANSPORT_TCP)
        return (packet->tcp_flags & TCP_RST) == 0;
    return packet->transport == TRANSPORT_UDP &&
           packet->payload_length >=
               (packet->ip_identification != 0 ? TRANSLATED_PAYLOAD : TRANSLATED_RANDOM);
}

/* Who asked whom, as far as one packet tells: services have the lower port. */
static bool is_from_client(const struct packet *packet)
{
    if (packet->transport == TRANSPORT_TCP && (packet->tcp_flags & TCP_SYN) != 0)
        return (packet->tcp_flags & TCP_ACK) == 0;
    return packet->source_port >= packet->destination_port;
}

/* One packet before and behind a NAT: one end is another, and one router lies
 * between. The connection is what its client knows, whichever end is rewritten; the
 * other one, further from the client, is its outside. */
static bool translation_note(struct duplicate_filter *filter, const struct slot *first,
                             const struct packet *second)
{
    bool source_differs = first->source_port != second->source_port ||
                          !address_equal(&first->source, &second->source);
    bool destination_differs = first->destination_port != second->destination_port ||
                               !address_equal(&first->destination, &second->destination);
    bool down = second->ttl + 1 == first->ttl;
    bool up = first->ttl + 1 == second->ttl;

    if (source_differs == destination_differs || (!down && !up))
        return false;
    bool second_is_outside = is_from_client(second) ? down : up;
    uint64_t ends = second_is_outside ? connection_of_packet(second)
                                      : connection_of(&first->source, first->source_port,
                                                      &first->destination, first->destination_port);
    *outside_of(filter, ends) =
        (struct outside){ends, second->time, first->identification != second->ip_identification};
    filter->translation_seen = true;
    return second_is_outside;
}

static enum duplicate_form copy_form(const struct slot *first, const struct packet *second)
{
    if (first->ttl != second->ttl)
        return DUPLICATE_ROUTED;
    return first->channel != packet_channel(second) ? DUPLICATE_TAGGED : DUPLICATE_SAME;
}

static bool has_ends(const struct slot *slot, const struct packet *packet)
{
    return slot->source_port == packet->source_port &&
           slot->destination_port == packet->destination_port &&
           address_equal(&slot->source, &packet->source) &&
           address_equal(&slot->destination, &packet->destination);
}

/* Of a packet with the signature of another, just before it. */
static NEVER_INLINE enum duplicate_form
form_beside(struct duplicate_filter *filter, const struct slot *first, const struct packet *second)
{
    enum duplicate_form form = DUPLICATE_NONE;

    if (!has_ends(first, second))
        return translation_note(filter, first, second) ? DUPLICATE_TRANSLATED : DUPLICATE_NONE;
    if (first->identification == second->ip_identification)
        form = copy_form(first, second);
    return form == DUPLICATE_TAGGED || !may_look_alike(second) ? form : DUPLICATE_NONE;
}

uint64_t duplicate_filter_sign(const struct duplicate_filter *filter, const struct packet *packet)
{
    uint64_t signature = sign(packet);

    if (!may_be_translated(packet))
        signature = mix(signature, mix_end(&packet->source, packet->source_port),
                        mix_end(&packet->destination, packet->destination_port));
    signature = signature == 0 ? 1 : signature;
    __builtin_prefetch(&filter->lines[signature % SLOT_COUNT], 1);
    return signature;
}

static void slot_set(struct slot *slot, const struct packet *packet, uint64_t signature)
{
    slot->signature = signature;
    slot->time = packet->time;
    slot->source = packet->source;
    slot->destination = packet->destination;
    slot->source_port = packet->source_port;
    slot->destination_port = packet->destination_port;
    slot->channel = packet_channel(packet);
    slot->identification = packet->ip_identification;
    slot->ttl = packet->ttl;
}

enum duplicate_form duplicate_filter_seen(struct duplicate_filter *filter,
                                          const struct packet *packet, uint64_t signature)
{
    struct slot *slot = &filter->lines[signature % SLOT_COUNT].slot;
    enum duplicate_form form = DUPLICATE_NONE;

    if (slot->signature == signature && is_near(slot->time, packet->time)) {
        form = form_beside(filter, slot, packet);
        /* In another VLAN or tunnel it is a copy still; the slot keeps the first one's, so that
         * the next of its kind is not taken for a copy of the copy. */
        if (form == DUPLICATE_TAGGED && may_look_alike(packet))
            return form;
    }
    slot_set(slot, packet, signature);
    if (form == DUPLICATE_NONE && filter->translation_seen && is_outside(filter, packet))
        form = DUPLICATE_TRANSLATED;
    return form;
}
