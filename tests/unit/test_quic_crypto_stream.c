/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/quic_crypto_stream.c put messages together whatever order their
 * pieces come in, and keep its bounds whatever is asked of it?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dissectors/quic_crypto_stream.h"

#define PIECES 5
#define PIECE_LENGTH 7
#define MESSAGE_LENGTH (PIECES * PIECE_LENGTH)

/* A message of type 1: four bytes of header, and a body that counts. */
static void message_make(uint8_t message[MESSAGE_LENGTH])
{
    for (uint8_t i = 0; i < MESSAGE_LENGTH; i++)
        message[i] = i;
    message[0] = 1;
    message[1] = message[2] = 0;
    message[3] = MESSAGE_LENGTH - 4;
}

/* In exactly sized memory. */
static bool add(struct quic_crypto_stream *stream, uint64_t offset, const uint8_t *data,
                size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    if (length > 0)
        memcpy(copy, data, length);
    bool taken = quic_crypto_stream_add(stream, offset, bytes_of(copy, length));
    free(copy);
    return taken;
}

static void message_is_there(struct quic_crypto_stream *stream)
{
    uint8_t message[MESSAGE_LENGTH], type = 0;
    struct bytes body;
    message_make(message);
    assert_true(quic_crypto_stream_take(stream, &type, &body));
    assert_int_equal(type, 1);
    assert_int_equal(body.length, MESSAGE_LENGTH - 4);
    assert_memory_equal(body.data, message + 4, body.length);
    assert_false(quic_crypto_stream_take(stream, &type, &body));
}

/* Every order of five pieces; each reaches `overlap` bytes into both neighbours. */
static void every_order(size_t overlap)
{
    uint8_t message[MESSAGE_LENGTH];
    message_make(message);
    for (unsigned order = 0; order < 120; order++) {
        struct quic_crypto_stream stream = {0};
        unsigned left[PIECES] = {0, 1, 2, 3, 4}, rest = order;
        for (unsigned count = PIECES; count > 0; count--) {
            uint8_t type;
            struct bytes body;
            unsigned chosen = rest % count;
            rest /= count;
            size_t start = left[chosen] * PIECE_LENGTH, end = start + PIECE_LENGTH + overlap;
            start = start > overlap ? start - overlap : 0;
            end = end < MESSAGE_LENGTH ? end : MESSAGE_LENGTH;
            left[chosen] = left[count - 1];
            if (count == PIECES)
                assert_false(quic_crypto_stream_take(&stream, &type, &body));
            assert_true(add(&stream, start, message + start, end - start));
        }
        assert_int_equal(stream.run_count, 1);
        message_is_there(&stream);
        quic_crypto_stream_release(&stream);
    }
}

static void test_every_order(void **state)
{
    (void)state;
    every_order(0);
    every_order(1);
    every_order(PIECE_LENGTH);
    every_order(2 * PIECE_LENGTH + 3);
}

static void test_the_first_telling_counts(void **state)
{
    (void)state;
    struct quic_crypto_stream stream = {0};
    uint8_t message[MESSAGE_LENGTH], lies[MESSAGE_LENGTH];
    message_make(message);
    memset(lies, 0xee, sizeof lies);
    assert_true(add(&stream, 10, message + 10, 5));
    assert_true(add(&stream, 20, message + 20, 5));
    assert_true(add(&stream, 0, message, 2));
    assert_true(add(&stream, 11, lies, 3)); /* within */
    assert_true(add(&stream, 0, lies, 2)); /* the same */
    assert_true(add(&stream, 0, message, MESSAGE_LENGTH)); /* fills all holes */
    assert_true(add(&stream, 0, lies, MESSAGE_LENGTH));
    assert_int_equal(stream.run_count, 1);
    message_is_there(&stream);
    quic_crypto_stream_release(&stream);
}

static void test_two_messages(void **state)
{
    (void)state;
    struct quic_crypto_stream stream = {0};
    static const uint8_t messages[] = {2, 0, 0, 1, 0xaa, 14, 0, 0, 0, 20, 0, 0, 2, 0xbb};
    uint8_t type;
    struct bytes body;
    assert_true(add(&stream, 0, messages, sizeof messages));
    assert_true(quic_crypto_stream_take(&stream, &type, &body));
    assert_int_equal(type, 2);
    assert_int_equal(body.data[0], 0xaa);
    assert_true(quic_crypto_stream_take(&stream, &type, &body));
    assert_int_equal(type, 14);
    assert_int_equal(body.length, 0);
    assert_false(quic_crypto_stream_take(&stream, &type, &body));
    assert_true(add(&stream, sizeof messages, messages + 4, 1));
    assert_true(quic_crypto_stream_take(&stream, &type, &body));
    assert_int_equal(type, 20);
    assert_int_equal(body.data[1], 0xaa);
    quic_crypto_stream_release(&stream);
}

static void test_message_at_every_length(void **state)
{
    (void)state;
    uint8_t message[MESSAGE_LENGTH], type;
    struct bytes body;
    message_make(message);
    for (size_t length = 0; length < MESSAGE_LENGTH; length++) {
        struct quic_crypto_stream stream = {0};
        assert_true(add(&stream, 0, message, length));
        assert_false(quic_crypto_stream_take(&stream, &type, &body));
        quic_crypto_stream_release(&stream);
    }
}

static void test_offsets_out_of_bounds(void **state)
{
    (void)state;
    struct quic_crypto_stream stream = {0};
    uint8_t byte = 1;
    static const uint64_t beyond[] = {
        QUIC_CRYPTO_LIMIT,     QUIC_CRYPTO_LIMIT + 1,        UINT32_MAX,
        UINT64_C(0x100000000), UINT64_C(0x3fffffffffffffff), UINT64_MAX};
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++)
        assert_false(add(&stream, beyond[i], &byte, 1));
    assert_int_equal(stream.capacity, 0);
    assert_true(add(&stream, QUIC_CRYPTO_LIMIT - 1, &byte, 1));
    assert_false(add(&stream, QUIC_CRYPTO_LIMIT - 1, (const uint8_t *)"ab", 2));
    assert_int_equal(stream.capacity, QUIC_CRYPTO_LIMIT);
    assert_int_equal(stream.run_count, 1);
    assert_true(add(&stream, UINT64_MAX, NULL, 0));
    quic_crypto_stream_release(&stream);
    assert_null(stream.data);
}

static void test_too_many_runs(void **state)
{
    (void)state;
    struct quic_crypto_stream stream = {0};
    uint8_t message[MESSAGE_LENGTH];
    message_make(message);
    for (uint64_t i = 0; i < QUIC_CRYPTO_RUN_LIMIT; i++)
        assert_true(add(&stream, 100 + 2 * i, message, 1));
    assert_int_equal(stream.run_count, QUIC_CRYPTO_RUN_LIMIT);
    assert_false(add(&stream, 0, message, MESSAGE_LENGTH));
    assert_false(add(&stream, 1000, message, 1));
    assert_true(add(&stream, 101, message, 1)); /* joins two */
    assert_int_equal(stream.run_count, QUIC_CRYPTO_RUN_LIMIT - 1);
    assert_true(add(&stream, 0, message, MESSAGE_LENGTH));
    message_is_there(&stream);
    quic_crypto_stream_release(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_order),
        cmocka_unit_test(test_the_first_telling_counts),
        cmocka_unit_test(test_two_messages),
        cmocka_unit_test(test_message_at_every_length),
        cmocka_unit_test(test_offsets_out_of_bounds),
        cmocka_unit_test(test_too_many_runs),
    };
    return cmocka_run_group_tests_name("quic_crypto_stream", tests, NULL, NULL);
}
