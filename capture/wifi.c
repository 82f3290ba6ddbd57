/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sends what to whom over the air?  IEEE 802.11-2020 data frames (section 9.3.2), as
 * several packets in one where the sender joined them (A-MSDU, section 9.3.2.2), behind
 * the headers that captures put before them: radiotap, PPI, Prism, AVS.  LLC comes out.
 * What the access point enciphered is told and not read.
 */
#include "capture/layers.h"

#define VERSION_MASK 0x0003u
#define TYPE_MASK 0x000cu
#define TYPE_DATA 0x0008u
#define SUBTYPE_EMPTY 0x0040u
#define SUBTYPE_QOS 0x0080u
#define TO_SYSTEM 0x0100u
#define FROM_SYSTEM 0x0200u
#define MORE_FRAGMENTS 0x0400u
#define PROTECTED 0x4000u
#define HIGH_THROUGHPUT 0x8000u /* of QoS data: four more bytes (section 9.2.4.1.10) */
#define FRAGMENT_NUMBER 0x000fu
#define QOS_AGGREGATE 0x0080u
#define SUBFRAME_HEADER 14u

#define RADIOTAP_CLOCK 0x00000001u /* radiotap.org: fields are present by bit */
#define RADIOTAP_FLAGS 0x00000002u
#define RADIOTAP_MORE_BITS 0x80000000u
#define RADIOTAP_CHECK_AT_END 0x10
#define RADIOTAP_PADDED 0x20
#define RADIOTAP_DAMAGED 0x40
#define CHECK_LENGTH 4u
#define AVS_MAGIC_MASK 0xfffff000u
#define AVS_MAGIC 0x80211000u
#define PRISM_HEADER_LOWEST 24u

/* The four addresses' meaning: table 9-30. */
static void note_addresses(struct packet *packet, uint16_t control, const uint8_t *addresses,
                           const uint8_t *fourth)
{
    const uint8_t *destination = (control & TO_SYSTEM) != 0 ? addresses + 12 : addresses;
    const uint8_t *source = addresses + 6;

    if ((control & FROM_SYSTEM) != 0)
        source = (control & TO_SYSTEM) != 0 && fourth != NULL ? fourth : addresses + 12;
    memcpy(packet->destination_mac.octets, destination, 6);
    memcpy(packet->source_mac.octets, source, 6);
    packet->has_macs = true;
}

/* What stands behind the addresses: quality of service, high throughput, padding. */
static bool strip_end_of_header(struct layer_state *state, uint16_t control, size_t *length,
                                bool *aggregate)
{
    uint16_t qos = 0;

    if ((control & SUBTYPE_QOS) != 0) {
        if (!bytes_read_little_u16(&state->rest, &qos))
            return false;
        *length += 2;
        if ((control & HIGH_THROUGHPUT) != 0) {
            if (!bytes_skip(&state->rest, 4))
                return false;
            *length += 4;
        }
    }
    *aggregate = (qos & QOS_AGGREGATE) != 0;
    return !state->padded || bytes_skip(&state->rest, (4 - *length % 4) % 4);
}

static enum decapsulation data_frame(struct layer_state *state, uint16_t control)
{
    bool both = (control & TO_SYSTEM) != 0 && (control & FROM_SYSTEM) != 0, aggregate;
    struct bytes header, fourth = {0};
    size_t length = 24;
    uint16_t sequence;

    if ((control & PROTECTED) != 0)
        return layers_unread(state, "802.11 protected");
    if (!bytes_take(&state->rest, 22, &header) || (both && !bytes_take(&state->rest, 6, &fourth)) ||
        !bytes_skip(&header, 2))
        return layers_cut(state);
    note_addresses(state->packet, control, header.data, fourth.data);
    header = bytes_from(header, 18);
    if (!bytes_read_little_u16(&header, &sequence))
        return DECAPSULATED_INVALID;
    length += fourth.length;
    if (!strip_end_of_header(state, control, &length, &aggregate))
        return layers_cut(state);
    if ((control & MORE_FRAGMENTS) != 0 || (sequence & FRAGMENT_NUMBER) != 0)
        return layers_unread(state, "802.11 fragments");
    return aggregate ? wifi_subframe(state) : link_llc(state);
}

/* Controllers of one maker write the two bytes of the frame control the wrong way round
 * when they tunnel: no other version than 0 is in use (section 9.2.4.1.2). */
static uint16_t turned(uint16_t control)
{
    return (uint16_t)(control << 8 | control >> 8);
}

enum decapsulation wifi_frame(struct layer_state *state)
{
    uint16_t control;

    if (!bytes_read_little_u16(&state->rest, &control))
        return layers_cut(state);
    if ((control & VERSION_MASK) != 0)
        control = turned(control);
    if ((control & VERSION_MASK) != 0)
        return DECAPSULATED_INVALID;
    if ((control & TYPE_MASK) != TYPE_DATA || (control & SUBTYPE_EMPTY) != 0)
        return DECAPSULATED_NOT_IP;
    return data_frame(state, control);
}

/* Destination, source, length; then LLC. The next one begins at a multiple of 4 bytes
 * and is kept until decapsulate_next asks for it. */
enum decapsulation wifi_subframe(struct layer_state *state)
{
    struct decapsulator *home = state->home;
    struct packet *packet = state->packet;
    struct bytes whole = state->rest, header, destination, source;
    uint16_t length;
    size_t size;

    if (!bytes_take(&state->rest, SUBFRAME_HEADER, &header) ||
        !bytes_take(&header, 6, &destination) || !bytes_take(&header, 6, &source) ||
        !bytes_read_u16(&header, &length))
        return layers_cut(state);
    size = (SUBFRAME_HEADER + length + 3u) & ~(size_t)3;
    if (whole.length >= size + SUBFRAME_HEADER) {
        home->subframes = bytes_from(whole, size);
        home->subframes_missing = state->missing;
        home->subframes_packet = *packet;
    }
    memcpy(packet->destination_mac.octets, destination.data, 6);
    memcpy(packet->source_mac.octets, source.data, 6);
    packet->has_macs = true;
    layers_limit(state, length);
    return link_llc(state);
}

/* Of the fields only the clock can stand before the flags. */
static uint8_t radiotap_flags(struct bytes header)
{
    struct bytes fields = header;
    uint32_t present, more;
    uint8_t flags;

    if (!bytes_skip(&fields, 4) || !bytes_read_little_u32(&fields, &present))
        return 0;
    for (more = present; (more & RADIOTAP_MORE_BITS) != 0;)
        if (!bytes_read_little_u32(&fields, &more))
            return 0;
    if ((present & RADIOTAP_CLOCK) != 0) {
        size_t offset = header.length - fields.length;

        if (!bytes_skip(&fields, (8 - offset % 8) % 8 + 8))
            return 0;
    }
    if ((present & RADIOTAP_FLAGS) == 0 || !bytes_read_u8(&fields, &flags))
        return 0;
    return flags;
}

/* Version 0, padding, length, fields that are present. */
enum decapsulation wifi_radiotap(struct layer_state *state)
{
    struct bytes fields = state->rest, header;
    uint16_t length;
    uint8_t version, flags;

    if (!bytes_read_u8(&fields, &version) || !bytes_skip(&fields, 1) ||
        !bytes_read_little_u16(&fields, &length))
        return layers_cut(state);
    if (version != 0 || length < 8)
        return DECAPSULATED_INVALID;
    if (!bytes_take(&state->rest, length, &header))
        return layers_cut(state);
    flags = radiotap_flags(header);
    if ((flags & RADIOTAP_DAMAGED) != 0)
        return DECAPSULATED_NOT_IP; /* it was on the air, and nobody got it */
    if ((flags & RADIOTAP_CHECK_AT_END) != 0 && state->rest.length + state->missing >= CHECK_LENGTH)
        layers_limit(state, state->rest.length + state->missing - CHECK_LENGTH);
    state->padded = (flags & RADIOTAP_PADDED) != 0;
    return wifi_frame(state);
}

/* LINKTYPE_PPI: version, flags, length, link type of the frame; fields. */
enum decapsulation wifi_ppi(struct layer_state *state)
{
    struct bytes fields = state->rest;
    uint16_t length;
    uint32_t link_type;

    if (!bytes_skip(&fields, 2) || !bytes_read_little_u16(&fields, &length) ||
        !bytes_read_little_u32(&fields, &link_type))
        return layers_cut(state);
    if (length < 8)
        return DECAPSULATED_INVALID;
    if (!bytes_skip(&state->rest, length))
        return layers_cut(state);
    if (layers_select(state, LAYER_LINK_TYPE, link_type))
        return DECAPSULATED;
    return layers_unread_number(state, "link type", link_type);
}

/* Prism: message, length, in the byte order of the machine; AVS, which is also found
 * under Prism's number: magic, length, big-endian. */
enum decapsulation wifi_prism(struct layer_state *state)
{
    struct bytes fields = state->rest, again;
    uint32_t magic, length, little;

    if (!bytes_read_u32(&fields, &magic))
        return layers_cut(state);
    again = fields;
    if (!bytes_read_u32(&fields, &length) || !bytes_read_little_u32(&again, &little))
        return layers_cut(state);
    if ((magic & AVS_MAGIC_MASK) != AVS_MAGIC && little < length)
        length = little;
    if (length < PRISM_HEADER_LOWEST)
        return DECAPSULATED_INVALID;
    if (!bytes_skip(&state->rest, length))
        return layers_cut(state);
    return wifi_frame(state);
}
