/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Appends bytes, numbers in network order, to a frame or a message under construction:
 * for the programs that make captures.
 */
#ifndef APPLEPATH_BENCH_FRAME_BYTES_H
#define APPLEPATH_BENCH_FRAME_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_BYTES_MAX = 2048 };

/* A frame or message under construction: bytes are appended, lengths known beforehand. */
struct frame {
    size_t length;
    uint8_t bytes[FRAME_BYTES_MAX];
};

static inline void put(struct frame *frame, const void *bytes, size_t length)
{
    if (length == 0)
        return;
    if (frame->length + length > sizeof frame->bytes)
        abort();
    memcpy(frame->bytes + frame->length, bytes, length);
    frame->length += length;
}

static inline void put_u8(struct frame *frame, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    put(frame, &byte, 1);
}

static inline void put_u16(struct frame *frame, unsigned value)
{
    put_u8(frame, value >> 8 & 0xff);
    put_u8(frame, value & 0xff);
}

static inline void put_u32(struct frame *frame, uint32_t value)
{
    put_u16(frame, value >> 16);
    put_u16(frame, value & 0xffff);
}

static inline void put_zeros(struct frame *frame, size_t count)
{
    while (count-- > 0)
        put_u8(frame, 0);
}

#endif
