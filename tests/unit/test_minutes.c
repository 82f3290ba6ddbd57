/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do counts that grow end up in the minute in which they grew?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "program/minutes.h"

#define SECOND NANOSECONDS_PER_SECOND

static void test_minutes(void **state)
{
    struct minutes minutes = {.packets = 0};
    struct fact_source source = {.id = 3, .packets = 10, .bytes = 1000};
    struct fact_minute ended;
    int64_t start = 600 * SECOND;
    (void)state;
    assert_false(minutes_look(&minutes, &source, start + 30 * SECOND, &ended));
    source.packets = 15;
    source.bytes = 1500;
    source.dropped_packets = 2;
    assert_false(minutes_look(&minutes, &source, start + 59 * SECOND, &ended));
    source.packets = 16;
    source.bytes = 1600;
    assert_true(minutes_look(&minutes, &source, start + 60 * SECOND, &ended));
    assert_int_equal(ended.source, 3);
    assert_true(ended.time == start);
    assert_int_equal(ended.packets, 15);
    assert_int_equal(ended.bytes, 1500);
    assert_int_equal(ended.dropped, 2);
    assert_true(minutes.minute.time == start + 60 * SECOND);
    assert_int_equal(minutes.minute.packets, 1);
    assert_int_equal(minutes.minute.dropped, 0);
}

/* What is not known is no loss. */
static void test_unknown_drops(void **state)
{
    struct minutes minutes = {.packets = 0};
    struct fact_source source = {.id = 1, .dropped_packets = -1};
    struct fact_minute ended;
    (void)state;
    assert_false(minutes_look(&minutes, &source, 60 * SECOND, &ended));
    assert_int_equal(minutes.minute.dropped, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minutes),
        cmocka_unit_test(test_unknown_drops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
