/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packets are the same?  What no router changes is mixed into a signature of
 * 64 bits; a table of fixed size remembers, for each slot, the last one and its
 * time.  One cache line is touched for each packet.  A packet that another one
 * drove out of its slot passes as new: that errs on the harmless side.
 */
#include "capture/duplicates.h"

#include <stdlib.h>

#define SLOT_COUNT 4096u
#define TCP_BEGINNING_LENGTH 16u /* bytes of the payload that are looked at */
#define BEGINNING_LENGTH 64u
#define END_LENGTH 16u

struct slot {
    uint64_t signature; /* 0: unused */
    int64_t time;
};

struct duplicate_filter {
    struct slot slots[SLOT_COUNT];
};

struct duplicate_filter *duplicate_filter_create(void)
{
    return calloc(1, sizeof(struct duplicate_filter));
}

void duplicate_filter_release(struct duplicate_filter *filter)
{
    free(filter);
}

/* Multiplication by an odd constant spreads upwards, the shift brings it down
 * again, so that every bit of `word` reaches every bit of the signature. */
static inline uint64_t mix(uint64_t signature, uint64_t word)
{
    signature = (signature ^ word) * UINT64_C(0x9e6c63d0876a9a47);
    return signature ^ signature >> 32;
}

static uint64_t mix_bytes(uint64_t signature, struct bytes from)
{
    uint64_t word, last = from.length;
    uint8_t octet;

    while (bytes_read_u64(&from, &word))
        signature = mix(signature, word);
    while (bytes_read_u8(&from, &octet))
        last = last << 8 | octet;
    return mix(signature, last);
}

/* The beginning and the end of a payload. */
static uint64_t mix_payload(uint64_t signature, struct bytes payload, size_t beginning_length)
{
    if (payload.length == 0)
        return signature;
    signature = mix_bytes(signature, bytes_first(payload, beginning_length));
    if (payload.length <= beginning_length)
        return signature;
    return mix_bytes(signature, bytes_from(payload, payload.length - END_LENGTH));
}

static uint64_t mix_tcp(uint64_t signature, const struct packet *packet)
{
    signature = mix(signature, (uint64_t)packet->sequence << 32 | packet->acknowledgment);
    signature = mix(signature, (uint64_t)packet->payload_length << 32 |
                                   (uint32_t)packet->window << 8 | packet->tcp_flags);
    /* Timestamps and selective acknowledgments tell a retransmission from a copy;
     * but what a SYN offers, routers do change (its maximum segment size). */
    if ((packet->tcp_flags & TCP_SYN) == 0)
        signature = mix_bytes(signature, packet->tcp_options);
    return mix_payload(signature, packet->payload, TCP_BEGINNING_LENGTH);
}

static uint64_t sign(const struct packet *packet)
{
    uint64_t signature = UINT64_C(0x243f6a8885a308d3);

    signature = mix_bytes(signature, bytes_of(packet->source.octets, 16));
    signature = mix_bytes(signature, bytes_of(packet->destination.octets, 16));
    signature = mix(signature, (uint64_t)packet->source_port << 48 |
                                   (uint64_t)packet->destination_port << 32 |
                                   (uint32_t)packet->ip_identification << 16 | packet->transport);
    if (packet->transport == TRANSPORT_TCP)
        return mix_tcp(signature, packet);
    signature = mix(signature, (uint64_t)packet->payload_length << 32 |
                                   (uint32_t)packet->icmp_type << 8 | packet->icmp_code);
    return mix_payload(signature, packet->payload, BEGINNING_LENGTH);
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

bool duplicate_filter_seen(struct duplicate_filter *filter, const struct packet *packet)
{
    uint64_t signature;
    struct slot *slot;
    bool seen;

    if (may_look_alike(packet))
        return false;
    signature = sign(packet);
    if (signature == 0)
        signature = 1;
    slot = &filter->slots[signature % SLOT_COUNT];
    seen = slot->signature == signature && is_near(slot->time, packet->time);
    slot->signature = signature;
    slot->time = packet->time;
    return seen;
}
