/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which link does a packet of Apple's packet tap come from, and whose process sent or
 * received it?  The tap of macOS and iOS (rvictl) puts one of two headers before each
 * frame, little-endian both; the flags stand at the same place in both and tell which
 * it is.  In files it is LINKTYPE_PKTAP, or DLT_USER2 from Apple's own tcpdump.
 */
#include "capture/layers.h"

#define HEADER_LOWEST 40u /* up to the flags, in both */
#define FLAGS_OFFSET 36
#define FLAG_SECOND 0x00080000u
#define FIRST_LOWEST 108u
#define FIRST_NAME_OFFSET 56u
#define FIRST_EFFECTIVE_NAME_OFFSET 88u
#define NAME_SIZE 17u /* with its terminator */
#define RECORD_PACKET 1

/* The bytes before a 0 within the field, which may begin behind the header's end. */
static struct bytes text_at(struct bytes header, size_t offset)
{
    struct bytes field = bytes_first(bytes_from(header, offset), NAME_SIZE);
    const uint8_t *end = field.length > 0 ? memchr(field.data, 0, field.length) : NULL;

    return end == NULL ? field : bytes_first(field, (size_t)(end - field.data));
}

/* The process itself; where it is not told, the one on whose behalf it was. */
static void note_process(struct layer_state *state, struct bytes header, size_t name,
                         size_t effective_name)
{
    struct bytes process = text_at(header, name);

    state->packet->process = process.length > 0 ? process : text_at(header, effective_name);
}

static enum decapsulation continue_with_link(struct layer_state *state, uint32_t link_type)
{
    if (layers_select(state, LAYER_LINK_TYPE, link_type))
        return DECAPSULATED;
    return layers_unread_number(state, "link type", link_type);
}

static enum decapsulation first_layout(struct layer_state *state)
{
    struct bytes fields = state->rest, header;
    uint32_t length, record, link_type;

    if (!bytes_read_little_u32(&fields, &length) || !bytes_read_little_u32(&fields, &record) ||
        !bytes_read_little_u32(&fields, &link_type) || length < FIRST_LOWEST)
        return DECAPSULATED_INVALID;
    if (!bytes_take(&state->rest, length, &header))
        return layers_cut(state);
    if (record != RECORD_PACKET)
        return DECAPSULATED_NOT_IP;
    note_process(state, header, FIRST_NAME_OFFSET, FIRST_EFFECTIVE_NAME_OFFSET);
    return continue_with_link(state, link_type);
}

/* Its length, the offsets of two identities, interface, name and effective name (0:
 * not there), the link type. */
static enum decapsulation second_layout(struct layer_state *state)
{
    struct bytes fields = state->rest, header;
    uint16_t link_type;
    uint8_t length, name, effective_name;

    if (!bytes_read_u8(&fields, &length) || !bytes_skip(&fields, 3) ||
        !bytes_read_u8(&fields, &name) || !bytes_read_u8(&fields, &effective_name) ||
        !bytes_read_little_u16(&fields, &link_type) || length < HEADER_LOWEST)
        return DECAPSULATED_INVALID;
    if (!bytes_take(&state->rest, length, &header))
        return layers_cut(state);
    note_process(state, header, name == 0 ? length : name,
                 effective_name == 0 ? length : effective_name);
    return continue_with_link(state, link_type);
}

enum decapsulation pktap_record(struct layer_state *state)
{
    struct bytes flags_field = bytes_from(state->rest, FLAGS_OFFSET);
    uint32_t flags;

    if (!bytes_read_little_u32(&flags_field, &flags))
        return layers_cut(state);
    return (flags & FLAG_SECOND) != 0 ? second_layout(state) : first_layout(state);
}
