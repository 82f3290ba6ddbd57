/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of capture/ share: a frame of inline bytes is decapsulated, and
 * is cut at every length, each cut in memory of exactly its size.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_FRAMES_H
#define APPLEPATH_TESTS_SUPPORT_FRAMES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/decapsulate.h"

enum { LINK_NULL = 0, LINK_ETHERNET = 1, LINK_RAW = 12 };

static inline struct frame frames_make(int link_type, const uint8_t *data, size_t length,
                                       size_t wire_length)
{
    struct frame frame = {.packet = packet_identity(1, 1),
                          .time = NANOSECONDS_PER_SECOND,
                          .link_type = link_type,
                          .wire_length = (uint32_t)wire_length,
                          .data = bytes_of(data, length)};

    return frame;
}

/* Decapsulates a whole frame; `packet` borrows from `data`. */
static inline enum decapsulation frames_decapsulate(int link_type, const uint8_t *data,
                                                    size_t length, struct packet *packet)
{
    struct decapsulator *decapsulator = decapsulator_create();
    struct frame frame = frames_make(link_type, data, length, length);
    enum decapsulation answer;

    assert_non_null(decapsulator);
    answer = decapsulate(decapsulator, &frame, packet);
    decapsulator_release(decapsulator);
    return answer;
}

static inline unsigned frames_touch(struct bytes from)
{
    unsigned sum = 0;
    uint8_t octet;

    while (bytes_read_u8(&from, &octet))
        sum += octet;
    return sum;
}

static inline enum decapsulation frames_cut_once(int link_type, const uint8_t *data, size_t cut,
                                                 size_t wire_length)
{
    struct decapsulator *decapsulator = decapsulator_create();
    uint8_t *copy = malloc(cut > 0 ? cut : 1);
    struct frame frame = frames_make(link_type, copy, cut, wire_length);
    struct packet packet, quoted;
    enum decapsulation answer;

    assert_non_null(decapsulator);
    assert_non_null(copy);
    memcpy(copy, data, cut);
    answer = decapsulate(decapsulator, &frame, &packet);
    if (answer == DECAPSULATED) {
        assert_true(packet.payload.length <= packet.payload_length);
        assert_true(frames_touch(packet.network) + frames_touch(packet.payload) +
                        frames_touch(packet.tcp_options) <
                    UINT32_MAX);
        (void)decapsulate_quoted(&packet, &quoted);
    }
    free(copy);
    decapsulator_release(decapsulator);
    return answer;
}

/* Cut by the snapshot length, a sound frame is TRUNCATED below `needed` bytes and
 * decapsulated from there on; cut without a word of it, it is refused below. */
static inline void frames_cut_everywhere(int link_type, const uint8_t *data, size_t length,
                                         size_t needed)
{
    for (size_t cut = 0; cut <= length; cut++) {
        enum decapsulation answer = frames_cut_once(link_type, data, cut, length);
        enum decapsulation silent = frames_cut_once(link_type, data, cut, cut);

        assert_int_equal(answer, cut < needed ? DECAPSULATED_TRUNCATED : DECAPSULATED);
        if (cut < needed)
            assert_true(silent == DECAPSULATED_TRUNCATED || silent == DECAPSULATED_INVALID);
    }
}

#endif
