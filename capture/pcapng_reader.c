/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in a pcapng file?  draft-ietf-opsawg-pcapng: sections of blocks, each
 * section with a byte order and interfaces of its own, each interface with a link
 * type and clock of its own.  libpcap ends such a file where two interfaces differ.
 * Blocks of other kinds are passed over.
 */
#include <stdlib.h>

#include "base/array.h"
#include "capture/pcapng_format.h"
#include "capture/pcapng_interface.h"

#define BLOCK_LOWEST 12u /* type and both lengths */
#define BLOCK_LIMIT (1u << 20) /* bytes, of one that is read: packet and options */
#define INTERFACE_LIMIT 65536u /* of a section; what a packet names has 16 or 32 bits */
#define DROPPED_HIGHEST (UINT64_C(1) << 48) /* above: a way to say unknown, or damage */
#define DROPS_UNKNOWN 0xffff

struct pcapng_section {
    struct pcapng_interface_entry *interfaces;
    size_t count, capacity;
    int64_t last_time; /* of a packet; for those that have none */
};

/* What a block comes to. */
enum block_answer { BLOCK_FRAME, BLOCK_PASSED, BLOCK_BROKEN };

void pcapng_section_release(struct pcapng_section *section)
{
    if (section == NULL)
        return;
    free(section->interfaces);
    free(section);
}

static enum block_answer broken(struct reader *reader, const char *what)
{
    reader_break(reader, "%s", what);
    return BLOCK_BROKEN;
}

static enum block_answer too_short(struct reader *reader)
{
    return broken(reader, "a block is shorter than what it holds");
}

static void count_dropped(struct reader *reader, uint64_t dropped)
{
    struct reader_notes *notes = reader->notes;

    if (dropped >= DROPPED_HIGHEST)
        return;
    if (notes->dropped_packets < 0)
        notes->dropped_packets = 0;
    if ((uint64_t)notes->dropped_packets < DROPPED_HIGHEST)
        notes->dropped_packets += (int64_t)dropped;
}

/* Section 4.1. What was said of interfaces before holds no longer. */
static enum block_answer take_section(struct reader *reader, struct bytes body)
{
    struct bytes value;
    uint16_t major, minor, code;

    if (!bytes_skip(&body, 4) || !reader_u16(reader, &body, &major) ||
        !reader_u16(reader, &body, &minor) || !bytes_skip(&body, 8))
        return too_short(reader);
    /* 1.2 is what some wrote for 1.0. */
    if (major != 1 || (minor != 0 && minor != 2)) {
        reader_break(reader, "pcapng version %u.%u is not known", major, minor);
        return BLOCK_BROKEN;
    }
    reader->section->count = 0;
    while (pcapng_next_option(reader, &body, &code, &value))
        if (code == PCAPNG_OPTION_COMMENT)
            reader_note_comment(reader, value);
    return BLOCK_PASSED;
}

static enum block_answer take_interface(struct reader *reader, struct bytes body)
{
    struct pcapng_section *section = reader->section;
    struct pcapng_interface_entry *grown;

    if (section->count >= INTERFACE_LIMIT)
        return broken(reader, "a section has too many interfaces");
    grown = array_grow(section->interfaces, section->count, &section->capacity,
                       sizeof *section->interfaces);
    if (grown == NULL)
        return broken(reader, INPUT_MEMORY_OUT);
    section->interfaces = grown;
    if (!pcapng_interface_read(reader, body, &grown[section->count]))
        return too_short(reader);
    section->count++;
    return BLOCK_PASSED;
}

/* Section 4.6. The counters grow: an interface's last ones are what it dropped. */
static enum block_answer take_statistics(struct reader *reader, struct bytes body)
{
    struct pcapng_section *section = reader->section;
    uint64_t number, dropped = 0;
    struct bytes value;
    uint32_t index;
    uint16_t code;
    bool known = false;

    if (!reader_u32(reader, &body, &index) || !bytes_skip(&body, 8))
        return too_short(reader);
    while (pcapng_next_option(reader, &body, &code, &value)) {
        if ((code != PCAPNG_STATISTICS_INTERFACE_DROPPED &&
             code != PCAPNG_STATISTICS_SYSTEM_DROPPED) ||
            !pcapng_option_u64(reader, value, &number) || number >= DROPPED_HIGHEST)
            continue;
        dropped += number;
        known = true;
    }
    /* Twice the same counter does not make it too large. */
    if (!known || dropped >= DROPPED_HIGHEST || index >= section->count)
        return BLOCK_PASSED;
    struct pcapng_interface_entry *interface = &section->interfaces[index];
    if (interface->dropped < 0 || dropped >= (uint64_t)interface->dropped) {
        count_dropped(reader,
                      dropped - (uint64_t)(interface->dropped < 0 ? 0 : interface->dropped));
        interface->dropped = (int64_t)dropped;
    }
    return BLOCK_PASSED;
}

/* Sets all that does not depend on the kind of packet block. */
static enum block_answer deliver(struct reader *reader, struct frame *frame,
                                 const struct pcapng_interface_entry *interface, struct bytes data,
                                 uint32_t length)
{
    if (data.length > READER_PACKET_LIMIT)
        return broken(reader, "a packet is longer than any can be");
    frame->link_type = interface->link_type;
    frame->data = data;
    frame->wire_length = length > data.length ? length : (uint32_t)data.length;
    frame->stored_number = 0;
    frame->comment = bytes_of(NULL, 0);
    return BLOCK_FRAME;
}

static const struct pcapng_interface_entry *find_interface(struct reader *reader, uint32_t index)
{
    if (index < reader->section->count)
        return &reader->section->interfaces[index];
    reader_break(reader, "a packet is of interface %lu, which was not described",
                 (unsigned long)index);
    return NULL;
}

static void take_packet_options(const struct reader *reader, struct bytes options,
                                struct frame *frame)
{
    struct bytes value;
    uint16_t code;

    while (pcapng_next_option(reader, &options, &code, &value)) {
        if (code == PCAPNG_OPTION_COMMENT && bytes_empty(frame->comment))
            frame->comment = value;
        else if (code == PCAPNG_PACKET_IDENTIFIER &&
                 !pcapng_option_u64(reader, value, &frame->stored_number))
            frame->stored_number = 0;
    }
}

/* Interface, time, lengths, data and options: sections 4.3 and, in the obsolete block,
 * whose interface has 16 bits and a count of drops beside it, A.1. */
static enum block_answer take_packet(struct reader *reader, struct bytes body, bool obsolete,
                                     struct frame *frame)
{
    const struct pcapng_interface_entry *interface;
    uint32_t index, high, low, captured, length;
    uint16_t short_index, drops = DROPS_UNKNOWN;
    enum block_answer answer;
    struct bytes data;

    if (obsolete) {
        if (!reader_u16(reader, &body, &short_index) || !reader_u16(reader, &body, &drops))
            return too_short(reader);
        index = short_index;
    } else if (!reader_u32(reader, &body, &index)) {
        return too_short(reader);
    }
    if (!reader_u32(reader, &body, &high) || !reader_u32(reader, &body, &low) ||
        !reader_u32(reader, &body, &captured) || !reader_u32(reader, &body, &length) ||
        !bytes_take(&body, captured, &data))
        return too_short(reader);
    interface = find_interface(reader, index);
    if (interface == NULL)
        return BLOCK_BROKEN;
    frame->time = pcapng_time(&interface->clock, high, low);
    reader->section->last_time = frame->time;
    answer = deliver(reader, frame, interface, data, length);
    body = bytes_from(body, (4u - captured % 4u) % 4u);
    if (!bytes_empty(body) && !obsolete)
        take_packet_options(reader, body, frame);
    if (drops != DROPS_UNKNOWN)
        count_dropped(reader, drops);
    return answer;
}

/* Section 4.4: of the first interface, without a time; it gets the one before it. */
static enum block_answer take_simple_packet(struct reader *reader, struct bytes body,
                                            struct frame *frame)
{
    const struct pcapng_interface_entry *interface = find_interface(reader, 0);
    uint32_t length, captured;

    if (interface == NULL)
        return BLOCK_BROKEN;
    if (!reader_u32(reader, &body, &length))
        return too_short(reader);
    captured = length;
    if (interface->snapshot_length > 0 && captured > interface->snapshot_length)
        captured = interface->snapshot_length;
    if (captured > body.length)
        return too_short(reader);
    frame->time = reader->section->last_time;
    return deliver(reader, frame, interface, bytes_first(body, captured), length);
}

static enum block_answer take_block(struct reader *reader, uint32_t type, struct bytes body,
                                    struct frame *frame)
{
    switch (type) {
    case PCAPNG_ENHANCED_PACKET:
        return take_packet(reader, body, false, frame);
    case PCAPNG_OBSOLETE_PACKET:
        return take_packet(reader, body, true, frame);
    case PCAPNG_SIMPLE_PACKET:
        return take_simple_packet(reader, body, frame);
    case PCAPNG_SECTION:
        return take_section(reader, body);
    case PCAPNG_INTERFACE:
        return take_interface(reader, body);
    default:
        return take_statistics(reader, body);
    }
}

static bool is_read(uint32_t type)
{
    return type == PCAPNG_ENHANCED_PACKET || type == PCAPNG_SECTION || type == PCAPNG_INTERFACE ||
           type == PCAPNG_SIMPLE_PACKET || type == PCAPNG_OBSOLETE_PACKET ||
           type == PCAPNG_STATISTICS;
}

/* A section header tells the byte order of all that follows, itself included. */
static bool learn_order(struct reader *reader)
{
    struct bytes header;
    uint32_t order;

    if (!input_want(reader->input, BLOCK_LOWEST, &header)) {
        reader_break(reader, "the file ends in the header of a section");
        return false;
    }
    if (!bytes_skip(&header, 8) || !bytes_read_u32(&header, &order))
        return false;
    reader->big = order == PCAPNG_BYTE_ORDER;
    if (reader->big || order == 0x4d3c2b1au)
        return true;
    reader_break(reader, "a section has no byte order");
    return false;
}

/* Type and length of the next block, which stays in the input. */
static bool read_header(struct reader *reader, uint32_t *type, uint32_t *length)
{
    struct bytes header;

    if (!input_want(reader->input, 8, &header)) {
        reader_break(reader, "the file ends in the header of a block");
        return false;
    }
    if (!reader_u32(reader, &header, type))
        return false;
    if (*type == PCAPNG_SECTION) {
        if (!learn_order(reader) || !input_want(reader->input, 8, &header) ||
            !bytes_skip(&header, 4))
            return false;
    }
    if (!reader_u32(reader, &header, length))
        return false;
    if (*length >= BLOCK_LOWEST && *length % 4 == 0)
        return true;
    reader_break(reader, "a block claims %lu bytes", (unsigned long)*length);
    return false;
}

/* Both lengths of a block must be the same (section 3.1). */
static bool check_trailer(struct reader *reader, struct bytes trailer, uint32_t length)
{
    uint32_t again = 0;

    if (reader_u32(reader, &trailer, &again) && again == length)
        return true;
    reader_break(reader, "a block claims %lu bytes at its beginning and %lu at its end",
                 (unsigned long)length, (unsigned long)again);
    return false;
}

static enum block_answer pass_over(struct reader *reader, uint32_t length)
{
    struct bytes trailer;

    if (!input_skip(reader->input, length - 4) || !input_want(reader->input, 4, &trailer))
        return broken(reader, "the file ends in a block");
    if (!check_trailer(reader, trailer, length))
        return BLOCK_BROKEN;
    input_take(reader->input, 4);
    return BLOCK_PASSED;
}

static enum block_answer next_block(struct reader *reader, struct frame *frame)
{
    uint32_t type, length;
    struct bytes block;

    if (!read_header(reader, &type, &length))
        return BLOCK_BROKEN;
    if (!is_read(type))
        return pass_over(reader, length);
    if (length > BLOCK_LIMIT) {
        reader_break(reader, "a block claims %lu bytes", (unsigned long)length);
        return BLOCK_BROKEN;
    }
    if (!input_want(reader->input, length, &block))
        return broken(reader, "the file ends in a block");
    if (!check_trailer(reader, bytes_from(block, length - 4), length))
        return BLOCK_BROKEN;
    input_take(reader->input, length);
    return take_block(reader, type, bytes_from(bytes_first(block, length - 4), 8), frame);
}

static enum reader_answer next_frame(struct reader *reader, struct frame *frame)
{
    struct bytes first;

    for (;;) {
        if (!input_want(reader->input, 1, &first) && input_reason(reader->input)[0] == '\0')
            return READER_END;
        switch (next_block(reader, frame)) {
        case BLOCK_FRAME:
            reader_turn_fields(reader, frame->link_type, frame->data);
            return READER_FRAME;
        case BLOCK_PASSED:
            break;
        case BLOCK_BROKEN:
            return READER_BROKEN;
        }
    }
}

bool pcapng_reader_begin(struct reader *reader)
{
    struct frame none;

    reader->section = calloc(1, sizeof *reader->section);
    if (reader->section == NULL) {
        reader_break(reader, INPUT_MEMORY_OUT);
        return false;
    }
    reader->next = next_frame;
    /* The first block is a section header: it was recognised by that. */
    return next_block(reader, &none) == BLOCK_PASSED;
}
