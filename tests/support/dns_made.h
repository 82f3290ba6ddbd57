/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS messages made by hand, for tests: a header, one question for an address of
 * "gs.apple.com", and what the test adds.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_DNS_MADE_H
#define APPLEPATH_TESTS_SUPPORT_DNS_MADE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"

#define MADE_QUESTION "\2gs\5apple\3com\0\0\1\0\1"
#define MADE_FLAGS 2 /* offsets into a message */
#define MADE_NAME 13

struct made {
    uint8_t bytes[8192];
    size_t length;
};

static inline void made_add(struct made *made, const void *bytes, size_t length)
{
    assert_true(made->length + length <= sizeof made->bytes);
    memcpy(made->bytes + made->length, bytes, length);
    made->length += length;
}

#define MADE_ADD(made, literal) made_add(made, literal, sizeof literal - 1)

static inline void made_begin(struct made *made, uint16_t id, uint16_t flags)
{
    const uint8_t header[12] = {(uint8_t)(id >> 8), (uint8_t)id, (uint8_t)(flags >> 8),
                                (uint8_t)flags,     0,           1};
    made->length = 0;
    made_add(made, header, sizeof header);
    MADE_ADD(made, MADE_QUESTION);
}

static inline void made_query(struct made *made, uint16_t id)
{
    made_begin(made, id, 0x0100);
}

/* Without records. */
static inline void made_answer(struct made *made, uint16_t id, uint8_t rcode)
{
    made_begin(made, id, (uint16_t)(0x8180 | rcode));
}

/* An address record for the question's name. */
static inline void made_address(struct made *made, uint8_t last)
{
    MADE_ADD(made, "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x11\x20\x40");
    made_add(made, &last, 1);
    made->bytes[7]++;
}

/* The OPT record with a payload size of 1232, and its options. */
static inline void made_options(struct made *made, const void *options, uint8_t length)
{
    MADE_ADD(made, "\0\0\x29\x04\xd0\0\0\0\0\0");
    made_add(made, &length, 1);
    made_add(made, options, length);
    made->bytes[11]++;
}

static inline struct bytes made_bytes(const struct made *made)
{
    return bytes_of(made->bytes, made->length);
}

#endif
