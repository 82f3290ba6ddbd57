/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/bytes.h: does every read either succeed and move, or fail and change
 * nothing, whatever the length?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/bytes.h"

static const uint8_t sample[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09};

static void test_values(void **state)
{
    struct bytes from = bytes_of(sample, sizeof sample);
    struct bytes at;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;

    (void)state;
    at = from;
    assert_true(bytes_read_u8(&at, &u8));
    assert_int_equal(u8, 0x01);
    assert_true(bytes_read_u16(&at, &u16));
    assert_int_equal(u16, 0x0203);
    assert_true(bytes_read_u24(&at, &u32));
    assert_int_equal(u32, 0x040506);
    assert_int_equal(at.length, 3);
    at = from;
    assert_true(bytes_read_u32(&at, &u32));
    assert_int_equal(u32, 0x01020304);
    at = from;
    assert_true(bytes_read_u64(&at, &u64));
    assert_true(u64 == UINT64_C(0x0102030405060708));
    assert_int_equal(at.length, 1);
    at = from;
    assert_true(bytes_read_little_u16(&at, &u16));
    assert_int_equal(u16, 0x0201);
    assert_true(bytes_read_little_u32(&at, &u32));
    assert_int_equal(u32, 0x06050403);
}

static void test_high_bits(void **state)
{
    static const uint8_t ones[8] = {0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8};
    struct bytes at = bytes_of(ones, sizeof ones);
    uint32_t u32;
    uint64_t u64;

    (void)state;
    assert_true(bytes_read_u64(&at, &u64));
    assert_true(u64 == UINT64_C(0xfffefdfcfbfaf9f8));
    at = bytes_of(ones, 4);
    assert_true(bytes_read_little_u32(&at, &u32));
    assert_true(u32 == UINT32_C(0xfcfdfeff));
}

/* Each length in an exactly sized copy, so that a read past its end is seen. */
static void test_every_cut(void **state)
{
    (void)state;
    for (size_t length = 0; length <= sizeof sample; length++) {
        uint8_t *copy = malloc(length > 0 ? length : 1);
        struct bytes from = bytes_of(copy, length);
        struct bytes at = from;
        struct bytes taken = bytes_of(NULL, 77);
        uint8_t u8 = 0xee;
        uint16_t u16 = 0xeeee;
        uint32_t u32 = 0xeeeeeeee;
        uint64_t u64 = 0xee;

        assert_non_null(copy);
        memcpy(copy, sample, length);
        assert_int_equal(bytes_read_u8(&at, &u8), length >= 1);
        at = from;
        assert_int_equal(bytes_read_u16(&at, &u16), length >= 2);
        at = from;
        assert_int_equal(bytes_read_u24(&at, &u32), length >= 3);
        assert_int_equal(at.length, length >= 3 ? length - 3 : length);
        at = from;
        assert_int_equal(bytes_read_u64(&at, &u64), length >= 8);
        assert_true(length >= 8 || (u64 == 0xee && at.data == copy));
        assert_true(length >= 2 || u16 == 0xeeee);
        at = from;
        assert_int_equal(bytes_take(&at, 5, &taken), length >= 5);
        assert_int_equal(taken.length, length >= 5 ? 5 : 77);
        at = from;
        assert_int_equal(bytes_skip(&at, length + 1), false);
        assert_true(bytes_skip(&at, length));
        assert_true(bytes_empty(at));
        free(copy);
    }
}

static void test_prefixed(void **state)
{
    static const uint8_t one[] = {2, 'a', 'b', 'c'};
    static const uint8_t two[] = {0, 2, 'a', 'b', 'c'};
    static const uint8_t three[] = {0, 0, 2, 'a', 'b', 'c'};
    struct bytes at = bytes_of(one, sizeof one);
    struct bytes taken = bytes_of(NULL, 77);

    (void)state;
    assert_true(bytes_take_u8_prefixed(&at, &taken));
    assert_int_equal(taken.length, 2);
    assert_ptr_equal(at.data, one + 3);
    at = bytes_of(two, sizeof two);
    assert_true(bytes_take_u16_prefixed(&at, &taken));
    assert_ptr_equal(taken.data, two + 2);
    at = bytes_of(three, sizeof three);
    assert_true(bytes_take_u24_prefixed(&at, &taken));
    assert_ptr_equal(taken.data, three + 3);
    assert_int_equal(at.length, 1);
    for (size_t length = 0; length < sizeof three - 1; length++) {
        taken = bytes_of(NULL, 77);
        at = bytes_of(three, length);
        assert_false(bytes_take_u24_prefixed(&at, &taken));
        assert_int_equal(at.length, length);
        assert_int_equal(taken.length, 77);
    }
    at = bytes_of(one, 2);
    assert_false(bytes_take_u8_prefixed(&at, &taken));
    at = bytes_of(two, 3);
    assert_false(bytes_take_u16_prefixed(&at, &taken));
    assert_ptr_equal(at.data, two);
}

static void test_looking(void **state)
{
    struct bytes from = bytes_of("GET /", 5);
    uint8_t value = 0;

    (void)state;
    assert_true(bytes_peek_u8(from, 4, &value));
    assert_int_equal(value, '/');
    assert_false(bytes_peek_u8(from, 5, &value));
    assert_int_equal(value, '/');
    assert_int_equal(bytes_from(from, 2).length, 3);
    assert_int_equal(bytes_from(from, 5).length, 0);
    assert_int_equal(bytes_from(from, SIZE_MAX).length, 0);
    assert_int_equal(bytes_first(from, 3).length, 3);
    assert_int_equal(bytes_first(from, 30).length, 5);
    assert_true(bytes_equal(bytes_first(from, 3), bytes_of("GET", 3)));
    assert_false(bytes_equal(bytes_first(from, 3), bytes_of("GEt", 3)));
    assert_false(bytes_equal(from, bytes_of("GET", 3)));
    assert_true(bytes_equal(bytes_from(from, 5), bytes_of(NULL, 0)));
    assert_true(bytes_start_with(from, "GET "));
    assert_false(bytes_start_with(from, "GET /x"));
    assert_false(bytes_start_with(from, "PUT"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),    cmocka_unit_test(test_high_bits),
        cmocka_unit_test(test_every_cut), cmocka_unit_test(test_prefixed),
        cmocka_unit_test(test_looking),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
