/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/pcapng_interface.c: clocks of every resolution, offsets, and options that
 * make no sense.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/pcapng_interface.h"
#include "tests/support/pcapng_made.h"

#define SECOND NANOSECONDS_PER_SECOND

static struct pcapng_interface_entry read_options(const struct made *made, bool big)
{
    struct reader_notes notes = {0};
    struct reader reader = {.big = big, .notes = &notes};
    struct pcapng_interface_entry interface;
    uint8_t *body = malloc(made->length);

    assert_non_null(body);
    memcpy(body, made->data, made->length);
    assert_true(pcapng_interface_read(&reader, bytes_of(body, made->length), &interface));
    reader_notes_clear(&notes);
    free(body);
    return interface;
}

static int64_t time_of(uint8_t resolution, int64_t offset, uint64_t ticks)
{
    struct made made = {.big = true};
    struct pcapng_interface_entry interface;

    made_number(&made, 1, 2);
    made_number(&made, 0, 2);
    made_u32(&made, 65535);
    made_option(&made, 9, &resolution, 1);
    made_option_u64(&made, 14, (uint64_t)offset);
    interface = read_options(&made, true);
    assert_int_equal(interface.link_type, 1);
    assert_int_equal(interface.snapshot_length, 65535);
    assert_int_equal(interface.dropped, -1);
    return pcapng_time(&interface.clock, (uint32_t)(ticks >> 32), (uint32_t)ticks);
}

static void test_resolutions(void **state)
{
    (void)state;
    assert_int_equal(time_of(0, 0, 1700000000), 1700000000 * SECOND);
    assert_int_equal(time_of(3, 0, 1700000000123), 1700000000 * SECOND + 123000000);
    assert_int_equal(time_of(6, 0, 1700000000123456), 1700000000 * SECOND + 123456000);
    assert_int_equal(time_of(9, 0, UINT64_C(1700000000123456789)), 1700000000 * SECOND + 123456789);
    assert_int_equal(time_of(10, 0, UINT64_C(17000000001234567899)),
                     1700000000 * SECOND + 123456789);
    assert_int_equal(time_of(12, 0, UINT64_C(1000000123456789)), 1000 * SECOND + 123456);
    assert_int_equal(time_of(19, 0, UINT64_C(10000000000000000000)), SECOND);
    /* Coarser than 64 bits hold of a second: less than two seconds. */
    assert_int_equal(time_of(20, 0, UINT64_C(10000000000000000000)), SECOND / 10);
    assert_int_equal(time_of(28, 0, UINT64_C(10000000000000000000)), 1);
    assert_int_equal(time_of(29, 0, UINT64_MAX), 0);
    assert_int_equal(time_of(127, 0, UINT64_MAX), 0);
    assert_int_equal(time_of(0x80, 0, 5), 5 * SECOND);
    assert_int_equal(time_of(0x80 | 1, 0, 5), 2 * SECOND + SECOND / 2);
    assert_int_equal(time_of(0x80 | 20, 0, (UINT64_C(1700000000) << 20) + (1 << 18)),
                     1700000000 * SECOND + SECOND / 4);
    assert_int_equal(time_of(0x80 | 32, 0, (UINT64_C(3) << 32) + (UINT64_C(1) << 31)),
                     3 * SECOND + SECOND / 2);
    assert_int_equal(time_of(0x80 | 63, 0, UINT64_C(3) << 62), SECOND + SECOND / 2);
    assert_int_equal(time_of(0x80 | 64, 0, UINT64_C(1) << 63), SECOND / 2);
    assert_int_equal(time_of(0x80 | 95, 0, UINT64_MAX), 0);
    assert_int_equal(time_of(0xff, 0, UINT64_MAX), 0);
}

/* Times and offsets beyond all reason stay where differences do not overflow. */
static void test_offsets(void **state)
{
    (void)state;
    assert_int_equal(time_of(6, 1700000000, 2500000), 1700000002 * SECOND + SECOND / 2);
    assert_int_equal(time_of(6, -1, 2500000), 1 * SECOND + SECOND / 2);
    assert_int_equal(time_of(0, 0, UINT64_MAX), INT64_C(4600000000) * SECOND);
    assert_int_equal(time_of(0, INT64_MAX, UINT64_MAX), INT64_C(4600000000) * SECOND);
    assert_int_equal(time_of(0, INT64_MIN, 0), INT64_C(-4600000000) * SECOND);
    assert_int_equal(time_of(0x80, INT64_MIN, UINT64_MAX), 0);
}

static void test_options(void **state)
{
    struct made made = {.big = false};
    struct pcapng_interface_entry interface;
    struct reader reader = {.big = false};
    struct bytes rest, value;
    uint16_t code = 0;
    uint64_t number = 7;

    (void)state;
    made_number(&made, 1, 4);
    made_number(&made, 96, 4);
    made_option(&made, 9, "", 0); /* no resolution at all */
    made_option(&made, 14, "1234567", 7);
    made_option(&made, 0, NULL, 0);
    made_option(&made, 9, "\3", 1); /* behind the end */
    interface = read_options(&made, false);
    assert_int_equal(pcapng_time(&interface.clock, 0, 1), 1000);
    /* The last value without its padding. */
    rest = bytes_of("\5\0\3\0abc", 7);
    assert_true(pcapng_next_option(&reader, &rest, &code, &value));
    assert_int_equal(code, 5);
    assert_int_equal(value.length, 3);
    assert_false(pcapng_option_u64(&reader, value, &number));
    assert_int_equal(number, 7);
    assert_false(pcapng_next_option(&reader, &rest, &code, &value));
    rest = bytes_of("\5\0\4\0abc", 7);
    assert_false(pcapng_next_option(&reader, &rest, &code, &value));
    assert_true(pcapng_option_u64(&reader, bytes_of("\1\0\0\0\0\0\0\x80", 8), &number));
    assert_int_equal(number, UINT64_C(0x8000000000000001));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resolutions),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
