/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng files made block by block in either byte order, and an input over bytes:
 * what the tests of the readers share.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_PCAPNG_MADE_H
#define APPLEPATH_TESTS_SUPPORT_PCAPNG_MADE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/input.h"

#define MADE_SIZE 8192u
#define MADE_BLOCKS 32u

struct made {
    uint8_t data[MADE_SIZE];
    size_t length;
    bool big;
    size_t begun; /* where the block began that is being made */
    size_t ends[MADE_BLOCKS]; /* of the blocks */
    bool packets[MADE_BLOCKS]; /* are they packets? */
    size_t blocks;
};

static inline void made_number(struct made *made, uint64_t number, size_t size)
{
    assert_true(made->length + size <= MADE_SIZE);
    for (size_t i = 0; i < size; i++)
        made->data[made->length++] = (uint8_t)(number >> 8 * (made->big ? size - 1 - i : i));
}

static inline void made_u32(struct made *made, uint32_t number)
{
    made_number(made, number, 4);
}

static inline void made_bytes(struct made *made, const void *bytes, size_t length)
{
    assert_true(made->length + length + 3 <= MADE_SIZE);
    if (length > 0)
        memcpy(made->data + made->length, bytes, length);
    made->length += length;
    while (made->length % 4 != 0)
        made->data[made->length++] = 0;
}

static inline void made_option(struct made *made, uint16_t code, const void *value, size_t length)
{
    made_number(made, code, 2);
    made_number(made, length, 2);
    made_bytes(made, value, length);
}

static inline void made_option_u64(struct made *made, uint16_t code, uint64_t value)
{
    made_number(made, code, 2);
    made_number(made, 8, 2);
    made_number(made, value, 8);
}

static inline void made_begin(struct made *made, uint32_t type)
{
    made->begun = made->length;
    made_u32(made, type);
    made_u32(made, 0);
}

static inline void made_end(struct made *made)
{
    uint32_t type = 0, length = (uint32_t)(made->length + 4 - made->begun);
    size_t end = made->length;

    for (size_t i = 0; i < 4; i++)
        type |= (uint32_t)made->data[made->begun + i] << 8 * (made->big ? 3 - i : i);
    made->length = made->begun + 4;
    made_u32(made, length);
    made->length = end;
    made_u32(made, length);
    assert_true(made->blocks < MADE_BLOCKS);
    made->packets[made->blocks] = type == 6 || type == 3 || type == 2;
    made->ends[made->blocks++] = made->length;
}

static inline void made_section(struct made *made, bool big, const char *comment)
{
    made->big = big;
    made_begin(made, 0x0a0d0d0a);
    made_u32(made, 0x1a2b3c4d);
    made_number(made, 1, 2);
    made_number(made, 0, 2);
    made_number(made, UINT64_MAX, 8);
    if (comment != NULL)
        made_option(made, 1, comment, strlen(comment));
    made_end(made);
}

/* `resolution` 0: no such option. */
static inline void made_interface(struct made *made, uint16_t link_type, uint32_t snapshot_length,
                                  const char *name, uint8_t resolution, uint64_t offset)
{
    made_begin(made, 1);
    made_number(made, link_type, 2);
    made_number(made, 0, 2);
    made_u32(made, snapshot_length);
    if (name != NULL)
        made_option(made, 2, name, strlen(name));
    if (resolution != 0)
        made_option(made, 9, &resolution, 1);
    if (offset != 0)
        made_option_u64(made, 14, offset);
    made_end(made);
}

/* An enhanced packet up to its options; made_end ends it. */
static inline void made_packet(struct made *made, uint32_t interface, uint64_t ticks,
                               const char *data, uint32_t wire_length)
{
    made_begin(made, 6);
    made_u32(made, interface);
    made_u32(made, (uint32_t)(ticks >> 32));
    made_u32(made, (uint32_t)ticks);
    made_u32(made, (uint32_t)strlen(data));
    made_u32(made, wire_length);
    made_bytes(made, data, strlen(data));
}

/* An input over bytes, in a file that has no name any more. Its window is never larger
 * than what was wanted, so that a read behind it is seen. */
static inline struct input *made_input(const void *data, size_t length, struct problem *problem)
{
    char path[] = "/tmp/applepath-input-XXXXXX";
    int descriptor = mkstemp(path);
    struct input *input;

    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, data, length), length);
    close(descriptor);
    input = input_open(path, "made", (struct input_settings){.buffer_size = 1}, problem);
    unlink(path);
    return input;
}

#endif
