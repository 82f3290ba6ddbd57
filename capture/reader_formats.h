/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to capture/: what the readers of the formats share.  A format is one
 * function that begins a file, a line in the table of reader.c, and the `next` that
 * it sets.
 */
#ifndef APPLEPATH_CAPTURE_READER_FORMATS_H
#define APPLEPATH_CAPTURE_READER_FORMATS_H

#include "capture/reader.h"

#define READER_PACKET_LIMIT 262144u /* bytes: longer ones are damage, as in libpcap */
#define READER_LINK_TYPE_NFLOG 239

struct pcapng_section;

struct reader {
    struct input *input;
    enum reader_answer (*next)(struct reader *reader, struct frame *frame);
    bool big; /* the byte order of the file, or of its section */
    bool machine_big; /* this machine's */

    /* pcap */
    int link_type;
    uint32_t fraction_nanoseconds; /* what the second word of a time counts */
    uint32_t header_length; /* of a packet's header */
    bool lengths_swapped; /* always; and where they make no sense otherwise: */
    bool lengths_perhaps_swapped;

    struct pcapng_section *section; /* pcapng */

    struct reader_notes *notes; /* the caller's */
    char reason[256];
};

/* Each reads the header and sets `next`; false, with the reason, when it cannot. */
bool pcap_reader_begin(struct reader *reader);
bool pcapng_reader_begin(struct reader *reader);
void pcapng_section_release(struct pcapng_section *section);

/* Ends the file; the input's own reason goes before `reason`. */
enum reader_answer reader_break(struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void reader_note_link_type(struct reader *reader, int link_type);
void reader_note_interface(struct reader *reader, struct bytes name);
void reader_note_comment(struct reader *reader, struct bytes comment);

static inline bool MUST_CHECK reader_u16(const struct reader *reader, struct bytes *from,
                                         uint16_t *value)
{
    return reader->big ? bytes_read_u16(from, value) : bytes_read_little_u16(from, value);
}

static inline bool MUST_CHECK reader_u32(const struct reader *reader, struct bytes *from,
                                         uint32_t *value)
{
    return reader->big ? bytes_read_u32(from, value) : bytes_read_little_u32(from, value);
}

/* Turns the lengths and types of an NFLOG packet's attributes round. */
void reader_turn_nflog(struct reader *reader, struct bytes data);

/* Of our link types one has fields in the byte order of the machine that captured:
 * `data`, which lies in the input's window, is turned into this machine's. */
static inline void reader_turn_fields(struct reader *reader, int link_type, struct bytes data)
{
    if (link_type == READER_LINK_TYPE_NFLOG && reader->big != reader->machine_big)
        reader_turn_nflog(reader, data);
}

#endif
