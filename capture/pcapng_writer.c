/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do packets become a pcapng file?  Frames go in, blocks come out, in
 * little-endian whatever the machine: section header (draft-ietf-opsawg-pcapng
 * section 4.1), interface descriptions (4.2), enhanced packets (4.3).
 */
#include "capture/pcapng_writer.h"

#include <errno.h>
#include <stdlib.h>

#include "capture/link_types.h"
#include "capture/pcapng_format.h"

#define TEXT_LIMIT 65535u /* bytes: an option's length has 16 bits */
#define OPTION_HEADER 4u
#define NANOSECOND_RESOLUTION 9 /* if_tsresol: a power of ten */

struct pcapng_writer {
    FILE *file;
    uint64_t bytes;
    uint32_t interfaces;
    int error; /* errno of what failed first; 0: nothing did */
};

static void put(struct pcapng_writer *writer, const void *data, size_t length)
{
    if (writer->error != 0 || length == 0)
        return;
    errno = 0;
    if (fwrite(data, 1, length, writer->file) == length)
        writer->bytes += length;
    else
        writer->error = errno != 0 ? errno : EIO;
}

static void set_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static void put_u32(struct pcapng_writer *writer, uint32_t value)
{
    uint8_t bytes[4];

    set_u32(bytes, value);
    put(writer, bytes, sizeof bytes);
}

static uint32_t padded(uint32_t length)
{
    return (length + 3) & ~UINT32_C(3);
}

static void put_padded(struct pcapng_writer *writer, const void *data, uint32_t length)
{
    static const uint8_t zeros[4];

    put(writer, data, length);
    put(writer, zeros, padded(length) - length);
}

static void put_option(struct pcapng_writer *writer, enum pcapng_option code, const void *value,
                       uint32_t length)
{
    put_u32(writer, length << 16 | (uint32_t)code);
    put_padded(writer, value, length);
}

/* How much of a text an option takes; UTF-8 is not cut within a character. */
static uint32_t text_length(const char *text)
{
    size_t length = text != NULL ? strlen(text) : 0;

    if (length <= TEXT_LIMIT)
        return (uint32_t)length;
    length = TEXT_LIMIT;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return (uint32_t)length;
}

static uint32_t option_size(uint32_t length)
{
    return length > 0 ? OPTION_HEADER + padded(length) : 0;
}

static void put_text(struct pcapng_writer *writer, enum pcapng_option code, const char *text)
{
    uint32_t length = text_length(text);

    if (length > 0)
        put_option(writer, code, text, length);
}

static void put_section(struct pcapng_writer *writer, const char *application, const char *comment)
{
    uint32_t length = 28 + option_size(text_length(application)) +
                      option_size(text_length(comment)) + OPTION_HEADER;

    put_u32(writer, PCAPNG_SECTION);
    put_u32(writer, length);
    put_u32(writer, PCAPNG_BYTE_ORDER);
    put_u32(writer, 1); /* version 1.0 */
    put_u32(writer, UINT32_MAX); /* the section's length is not known */
    put_u32(writer, UINT32_MAX);
    put_text(writer, PCAPNG_OPTION_COMMENT, comment);
    put_text(writer, PCAPNG_SECTION_APPLICATION, application);
    put_option(writer, PCAPNG_OPTION_END, NULL, 0);
    put_u32(writer, length);
}

struct pcapng_writer *pcapng_writer_create(FILE *file, const char *application,
                                           struct problem *problem)
{
    return pcapng_writer_create_commented(file, application, NULL, problem);
}

struct pcapng_writer *pcapng_writer_create_commented(FILE *file, const char *application,
                                                     const char *comment, struct problem *problem)
{
    struct pcapng_writer *writer = calloc(1, sizeof *writer);

    if (writer == NULL) {
        problem_set(problem, "memory is out; free some and start again");
        fclose(file);
        return NULL;
    }
    writer->file = file;
    put_section(writer, application, comment);
    if (writer->error == 0)
        return writer;
    pcapng_writer_close(writer, problem);
    return NULL;
}

bool pcapng_writer_interface(struct pcapng_writer *writer, const struct pcapng_interface *interface,
                             uint32_t *index)
{
    static const uint8_t resolution = NANOSECOND_RESOLUTION;
    uint32_t length = 20 + option_size(text_length(interface->name)) +
                      option_size(text_length(interface->description)) + option_size(1) +
                      OPTION_HEADER;

    put_u32(writer, PCAPNG_INTERFACE);
    put_u32(writer, length);
    put_u32(writer, link_type_to_file(interface->link_type) & 0xffff);
    put_u32(writer, interface->snapshot_length);
    put_text(writer, PCAPNG_INTERFACE_NAME, interface->name);
    put_text(writer, PCAPNG_INTERFACE_DESCRIPTION, interface->description);
    put_option(writer, PCAPNG_INTERFACE_RESOLUTION, &resolution, 1);
    put_option(writer, PCAPNG_OPTION_END, NULL, 0);
    put_u32(writer, length);
    *index = writer->interfaces++;
    return writer->error == 0;
}

static void put_packet_options(struct pcapng_writer *writer, const char *comment,
                               uint64_t stored_number)
{
    uint8_t number[8];

    put_text(writer, PCAPNG_OPTION_COMMENT, comment);
    set_u32(number, (uint32_t)stored_number);
    set_u32(number + 4, (uint32_t)(stored_number >> 32));
    if (stored_number != 0)
        put_option(writer, PCAPNG_PACKET_IDENTIFIER, number, sizeof number);
    put_option(writer, PCAPNG_OPTION_END, NULL, 0);
}

bool pcapng_writer_packet(struct pcapng_writer *writer, uint32_t interface,
                          const struct frame *frame, const char *comment, uint64_t stored_number)
{
    struct bytes data = bytes_first(frame->data, PCAPNG_PACKET_LIMIT);
    uint32_t captured = (uint32_t)data.length;
    uint32_t options = option_size(text_length(comment)) + option_size(stored_number != 0 ? 8 : 0);
    uint32_t length = 32 + padded(captured) + (options > 0 ? options + OPTION_HEADER : 0);
    /* Times count from 1970 on; there is none before. */
    uint64_t time = frame->time > 0 ? (uint64_t)frame->time : 0;
    uint8_t header[28];

    set_u32(header, PCAPNG_ENHANCED_PACKET);
    set_u32(header + 4, length);
    set_u32(header + 8, interface);
    set_u32(header + 12, (uint32_t)(time >> 32));
    set_u32(header + 16, (uint32_t)time);
    set_u32(header + 20, captured);
    set_u32(header + 24, frame->wire_length > captured ? frame->wire_length : captured);
    put(writer, header, sizeof header);
    put_padded(writer, data.data, captured);
    if (options > 0)
        put_packet_options(writer, comment, stored_number);
    put_u32(writer, length);
    return writer->error == 0;
}

bool pcapng_writer_flush(struct pcapng_writer *writer)
{
    if (writer->error == 0 && fflush(writer->file) != 0)
        writer->error = errno;
    return writer->error == 0;
}

uint64_t pcapng_writer_bytes(const struct pcapng_writer *writer)
{
    return writer->bytes;
}

bool pcapng_writer_close(struct pcapng_writer *writer, struct problem *problem)
{
    int error = writer->error;

    if (fclose(writer->file) != 0 && error == 0)
        error = errno;
    free(writer);
    if (error == 0)
        return true;
    return problem_set(problem,
                       "packets cannot be written (%s); free space on the disk, or name "
                       "another file",
                       strerror(error));
}
