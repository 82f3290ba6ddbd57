/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packets of a QUIC datagram by their headers: several long ones may share a
 * datagram, each with its length; a short one, a Retry, a Version Negotiation and
 * a packet of an unknown version take all that is left (RFC 9000 sections 12.2,
 * 17.2, 17.3; RFC 8999 for what holds in every version).
 */
#include "dissectors/quic_packet.h"

#define FORM_LONG 0x80
#define RETRY_TAG_LENGTH 16 /* RFC 9001 section 5.8 */

bool quic_version_is_known(uint32_t version)
{
    return version == QUIC_VERSION_1 || version == QUIC_VERSION_2 ||
           version == QUIC_VERSION_DRAFT_29;
}

bool quic_version_is_reserved(uint32_t version)
{
    return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

bool quic_read_number(struct bytes *from, uint64_t *value)
{
    uint8_t first;
    struct bytes taken;
    if (!bytes_peek_u8(*from, 0, &first) || !bytes_take(from, (size_t)1 << (first >> 6), &taken))
        return false;
    *value = first & 0x3f;
    for (size_t i = 1; i < taken.length; i++)
        *value = *value << 8 | taken.data[i];
    return true;
}

static enum quic_kind kind_of(uint8_t first, uint32_t version)
{
    if (version == 0)
        return QUIC_VERSION_NEGOTIATION;
    if (!quic_version_is_known(version))
        return QUIC_UNKNOWN;
    unsigned type = first >> 4 & 3;
    if (version == QUIC_VERSION_2)
        type = (type + 3) & 3; /* RFC 9369 section 3.2: all of them turned by one */
    return (enum quic_kind)type;
}

/* Sets what a packet of a known version has behind its connection IDs, and where
 * it ends; false when it is cut. */
static bool known_read(struct bytes *rest, struct quic_packet *packet)
{
    uint64_t length;
    struct bytes body;
    if (packet->kind == QUIC_RETRY) {
        /* RFC 9000 section 17.2.5.2: a token of no length is not to be obeyed. */
        if (rest->length <= RETRY_TAG_LENGTH)
            return false;
        *rest = bytes_from(*rest, rest->length);
        return true;
    }
    if (packet->kind == QUIC_INITIAL &&
        (!quic_read_number(rest, &length) || length > rest->length ||
         !bytes_skip(rest, (size_t)length)))
        return false;
    if (!quic_read_number(rest, &length) || length > rest->length)
        return false;
    packet->number_offset = (size_t)(rest->data - packet->whole.data);
    return bytes_take(rest, (size_t)length, &body);
}

bool quic_header_read(struct bytes *from, struct quic_packet *packet)
{
    struct bytes rest = *from;
    uint8_t first;
    if (!bytes_read_u8(&rest, &first) || !(first & FORM_LONG) ||
        !bytes_read_u32(&rest, &packet->version) ||
        !bytes_take_u8_prefixed(&rest, &packet->destination) ||
        !bytes_take_u8_prefixed(&rest, &packet->source))
        return false;
    /* RFC 9000 section 17.2; other versions may have longer ones (RFC 8999). */
    if (quic_version_is_known(packet->version) &&
        (packet->destination.length > QUIC_CONNECTION_ID_LIMIT ||
         packet->source.length > QUIC_CONNECTION_ID_LIMIT))
        return false;
    packet->kind = kind_of(first, packet->version);
    *from = rest;
    return true;
}

bool quic_packet_read(struct bytes *datagram, struct quic_packet *packet)
{
    struct bytes rest = *datagram;
    uint8_t first;
    memset(packet, 0, sizeof *packet);
    packet->whole = *datagram;
    if (!bytes_peek_u8(rest, 0, &first))
        return false;
    if (!(first & FORM_LONG)) {
        packet->kind = QUIC_ONE_RTT;
        *datagram = bytes_from(*datagram, datagram->length);
        return true;
    }
    if (!quic_header_read(&rest, packet))
        return false;
    if (packet->kind == QUIC_UNKNOWN || packet->kind == QUIC_VERSION_NEGOTIATION) {
        packet->list = rest;
        rest = bytes_from(rest, rest.length);
    } else if (!known_read(&rest, packet)) {
        return false;
    }
    packet->whole = bytes_first(*datagram, datagram->length - rest.length);
    *datagram = rest;
    return true;
}
