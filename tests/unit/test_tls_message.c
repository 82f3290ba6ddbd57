/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/tls_message.c put a message together however it is cut, and keep
 * no more than its bounds allow?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dissectors/tls_message.h"

static const uint8_t finished[] = {20,  0,   0,   12,  'a', 'b', 'c', 'd', 'e',
                                   'f', 'g', 'h', 'i', 'j', 'k', 'l', 99};

/* The same bytes in pieces of every size, each in memory of exactly its size. */
static void test_pieces(void **state)
{
    (void)state;
    for (size_t size = 1; size < sizeof finished; size++) {
        struct tls_message message = {.left = 0};
        uint64_t total = 0;
        bool whole = false;
        for (size_t at = 0; at < 16; at += size) {
            size_t length = sizeof finished - at < size ? sizeof finished - at : size;
            uint8_t *piece = malloc(length);
            assert_non_null(piece);
            memcpy(piece, finished + at, length);
            struct bytes from = bytes_of(piece, length), body;
            if (tls_message_begin(&message, &from)) {
                assert_int_equal(message.header[0], 20);
                whole = tls_message_gather(&message, &from, &total, &body) == TLS_GATHERING_WHOLE;
                if (whole) {
                    assert_int_equal(body.length, 12);
                    assert_memory_equal(body.data, finished + 4, 12);
                    assert_int_equal(from.length, (at + length) - 16); /* not the next one */
                }
            }
            free(piece);
        }
        assert_true(whole);
        assert_false(message.cut);
        assert_true(total == message.capacity);
        tls_message_reset(&message, &total);
        assert_true(total == 0);
    }
}

/* What is announced costs nothing: only bytes that come do. */
static void test_grows_with_bytes(void **state)
{
    (void)state;
    static const uint8_t huge[] = {11, 0xff, 0xff, 0xff, 1, 2, 3};
    struct tls_message message = {.left = 0};
    struct bytes from = bytes_of(huge, sizeof huge), body;
    uint64_t total = 0;
    assert_true(tls_message_begin(&message, &from));
    assert_int_equal(tls_message_gather(&message, &from, &total, &body), TLS_GATHERING_MORE);
    assert_true(total > 0 && total < 4096);
    assert_int_equal(body.length, 3);
    assert_int_equal(message.left, 0xffffff - 3);
    tls_message_reset(&message, &total);
}

/* Of a message beyond the bound the beginning is kept, and its end is found. */
static void test_too_long(void **state)
{
    (void)state;
    static const uint8_t header[] = {11, 2, 0, 0};
    static uint8_t piece[1000];
    struct tls_message message = {.left = 0};
    struct bytes from = bytes_of(header, sizeof header), body = {NULL, 0};
    uint64_t total = 0;
    assert_true(tls_message_begin(&message, &from));
    enum tls_gathering answer = TLS_GATHERING_MORE;
    for (size_t sent = 0; sent < 0x20000; sent += sizeof piece) {
        assert_int_equal(answer, TLS_GATHERING_MORE);
        from = bytes_of(piece, sizeof piece);
        answer = tls_message_gather(&message, &from, &total, &body);
        assert_true(total <= TLS_MESSAGE_LIMIT);
    }
    assert_int_equal(answer, TLS_GATHERING_WHOLE);
    assert_true(message.cut);
    assert_int_equal(body.length, TLS_MESSAGE_LIMIT);
    assert_int_equal(from.length, 132 * sizeof piece - 0x20000);
    tls_message_reset(&message, &total);
}

static void test_total_bound(void **state)
{
    (void)state;
    struct tls_message message = {.left = 0};
    struct bytes from = bytes_of(finished, 8), body;
    uint64_t total = TLS_GATHERED_LIMIT;
    assert_true(tls_message_begin(&message, &from));
    assert_int_equal(tls_message_gather(&message, &from, &total, &body), TLS_GATHERING_FAILED);
    assert_true(total == TLS_GATHERED_LIMIT);
    tls_message_reset(&message, &total);
    assert_true(total == TLS_GATHERED_LIMIT);
    /* A message in one piece needs no memory. */
    from = bytes_of(finished, sizeof finished);
    assert_true(tls_message_begin(&message, &from));
    assert_int_equal(tls_message_gather(&message, &from, &total, &body), TLS_GATHERING_WHOLE);
}

static void test_skip(void **state)
{
    (void)state;
    struct tls_message message = {.left = 0};
    struct bytes from = bytes_of(finished, 8);
    assert_true(tls_message_begin(&message, &from));
    assert_false(tls_message_skip(&message, &from));
    assert_int_equal(from.length, 0);
    from = bytes_of(finished + 8, sizeof finished - 8);
    assert_true(tls_message_skip(&message, &from));
    assert_int_equal(from.length, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),   cmocka_unit_test(test_grows_with_bytes),
        cmocka_unit_test(test_too_long), cmocka_unit_test(test_total_bound),
        cmocka_unit_test(test_skip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
