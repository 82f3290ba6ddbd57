/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in a pcap file?  draft-ietf-opsawg-pcap: a header, then packets with 16
 * bytes before each.  libpcap reads them too, but from a FILE, which a compressed
 * stream is not on every system, and with a copy of every packet.
 */
#include "capture/link_types.h"
#include "capture/reader_formats.h"

#define NANOSECOND_MAGIC 0xa1b23c4du
#define KUZNETZOV_MAGIC 0xa1b2cd34u /* Linux tcpdump of the 1990s: more in each header */
#define HEADER_LENGTH 24u
#define RECORD_LENGTH 16u
#define KUZNETZOV_LENGTH 24u
#define LINK_TYPE_BITS 0x03ffffffu /* above: how long the frames' check sequences are */

/* What stands before each packet, whatever else follows it. */
struct record {
    uint32_t seconds, fraction, captured, length;
};

static ALWAYS_INLINE bool MUST_CHECK record_read(struct bytes from, bool big, struct record *record)
{
    struct bytes header;
    if (!bytes_take(&from, RECORD_LENGTH, &header))
        return false;
    if (big)
        return bytes_read_u32(&header, &record->seconds) &&
               bytes_read_u32(&header, &record->fraction) &&
               bytes_read_u32(&header, &record->captured) &&
               bytes_read_u32(&header, &record->length);
    return bytes_read_little_u32(&header, &record->seconds) &&
           bytes_read_little_u32(&header, &record->fraction) &&
           bytes_read_little_u32(&header, &record->captured) &&
           bytes_read_little_u32(&header, &record->length);
}

static enum reader_answer next_frame(struct reader *reader, struct frame *frame)
{
    const uint32_t header_length = reader->header_length;
    struct record record;
    struct bytes bytes;

    if (!input_want(reader->input, header_length, &bytes)) {
        if (input_left(reader->input) == 0 && input_reason(reader->input)[0] == '\0')
            return READER_END;
        return reader_break(reader, "the file ends in the header of a packet");
    }
    if (!record_read(bytes, reader->big, &record))
        return READER_BROKEN;
    if (reader->lengths_swapped ||
        (reader->lengths_perhaps_swapped && record.captured > record.length)) {
        uint32_t kept = record.captured;
        record.captured = record.length;
        record.length = kept;
    }
    if (record.captured > READER_PACKET_LIMIT)
        return reader_break(reader, "a packet claims %lu bytes", (unsigned long)record.captured);
    if (!input_want(reader->input, header_length + record.captured, &bytes))
        return reader_break(reader, "the file ends in a packet");
    input_take(reader->input, bytes.length);
    frame->time = (int64_t)record.seconds * NANOSECONDS_PER_SECOND +
                  (int64_t)record.fraction * reader->fraction_nanoseconds;
    frame->link_type = reader->link_type;
    frame->wire_length = record.length > record.captured ? record.length : record.captured;
    frame->data = bytes_from(bytes, header_length);
    frame->stored_number = 0;
    frame->comment = bytes_of(NULL, 0);
    reader_turn_fields(reader, frame->link_type, frame->data);
    return READER_FRAME;
}

static bool take_version(struct reader *reader, uint16_t major, uint16_t minor)
{
    if (major != 2) {
        reader_break(reader, "pcap version %u.%u is not known", major, minor);
        return false;
    }
    /* Until 2.3 the two lengths were the other way round; in 2.3 some wrote it so. */
    reader->lengths_swapped = minor < 3;
    reader->lengths_perhaps_swapped = minor == 3;
    return true;
}

bool pcap_reader_begin(struct reader *reader)
{
    uint32_t magic, link_type;
    uint16_t major, minor;
    struct bytes header;

    if (!input_want(reader->input, HEADER_LENGTH, &header)) {
        reader_break(reader, "the file ends in its header");
        return false;
    }
    reader->big = header.data[0] == 0xa1;
    if (!reader_u32(reader, &header, &magic) || !reader_u16(reader, &header, &major) ||
        !reader_u16(reader, &header, &minor) || !bytes_skip(&header, 12) ||
        !reader_u32(reader, &header, &link_type) || !take_version(reader, major, minor))
        return false;
    input_take(reader->input, HEADER_LENGTH);
    reader->link_type = link_type_of_file(link_type & LINK_TYPE_BITS);
    reader->fraction_nanoseconds = magic == NANOSECOND_MAGIC ? 1 : 1000;
    reader->header_length = magic == KUZNETZOV_MAGIC ? KUZNETZOV_LENGTH : RECORD_LENGTH;
    reader->next = next_frame;
    reader_note_link_type(reader, reader->link_type);
    return true;
}
