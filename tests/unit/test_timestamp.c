/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/timestamp.c: do times survive the way into text and back, at the edges
 * of the calendar and of the type, and is everything else refused?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/timestamp.h"

static const struct {
    int64_t time;
    const char *text;
} both_ways[] = {
    {0, "1970-01-01T00:00:00Z"},
    {1, "1970-01-01T00:00:00.000000001Z"},
    {-1, "1969-12-31T23:59:59.999999999Z"},
    {-NANOSECONDS_PER_SECOND, "1969-12-31T23:59:59Z"},
    {INT64_C(1795161604100000000), "2026-11-20T08:00:04.1Z"},
    {INT64_C(951782400000000000), "2000-02-29T00:00:00Z"},
    {INT64_C(951868799999999000), "2000-02-29T23:59:59.999999Z"},
    {INT64_C(4107542400000000000), "2100-03-01T00:00:00Z"},
    {INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
    {INT64_MIN + 1, "1677-09-21T00:12:43.145224193Z"},
    {TIMESTAMP_NONE, "-"},
};

static void test_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof both_ways / sizeof both_ways[0]; i++) {
        char text[TIMESTAMP_TEXT_SIZE];
        int64_t time = 42;

        assert_string_equal(timestamp_print(both_ways[i].time, text), both_ways[i].text);
        assert_true(timestamp_parse(both_ways[i].text, &time));
        assert_true(time == both_ways[i].time);
    }
}

/* 13 days and some at a time through all the years that there are. */
static void test_every_month(void **state)
{
    const int64_t step = INT64_C(1123456789012345);

    (void)state;
    for (int64_t time = INT64_MIN + 1; time < INT64_MAX - step; time += step) {
        char text[TIMESTAMP_TEXT_SIZE];
        int64_t parsed;

        assert_true(timestamp_parse(timestamp_print(time, text), &parsed));
        assert_true(parsed == time);
    }
}

static void test_parse_more(void **state)
{
    static const struct {
        const char *text;
        const char *same;
    } cases[] = {
        {"2026-11-20", "2026-11-20T00:00:00Z"},
        {"2026-11-20T08:00:04.100Z", "2026-11-20T08:00:04.1Z"},
        {"2026-11-20t08:00:04z", "2026-11-20T08:00:04Z"},
        {"2026-11-20 08:00:04Z", "2026-11-20T08:00:04Z"},
        {"2026-11-20T08:00:04+11:00", "2026-11-19T21:00:04Z"},
        {"2026-12-31T20:00:04-04:30", "2027-01-01T00:30:04Z"},
        {"2026-11-20T08:00:04.1234567899Z", "2026-11-20T08:00:04.123456789Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
        {"2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00Z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TIMESTAMP_TEXT_SIZE];
        int64_t time;

        assert_true(timestamp_parse(cases[i].text, &time));
        assert_string_equal(timestamp_print(time, text), cases[i].same);
    }
}

static void test_parse_refuses(void **state)
{
    static const char *const wrong[] = {
        "",
        "--",
        "now",
        "2026",
        "2026-11",
        "2026-1-1",
        "2026-00-01",
        "2026-13-01",
        "2026-04-31",
        "2026-02-29",
        "1900-02-29",
        "2026-11-20T",
        "2026-11-20T08",
        "2026-11-20T08:00Z",
        "2026-11-20T08:00:04",
        "2026-11-20T24:00:00Z",
        "2026-11-20T08:60:00Z",
        "2026-11-20T08:00:61Z",
        "2026-11-20T08:00:60Z",
        "2026-11-20T08:00:04.Z",
        "2026-11-20T08:00:04+1100",
        "2026-11-20T08:00:04+24:00",
        "2026-11-20T08:00:04Z ",
        " 2026-11-20",
        "2262-04-11T23:47:16.854775808Z",
        "1677-09-21T00:12:43.145224192Z",
        "9999-12-31T00:00:00Z",
        "0000-01-01",
    };
    int64_t time = 42;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(timestamp_parse(wrong[i], &time));
    assert_true(time == 42);
}

static void test_every_cut(void **state)
{
    static const char whole[] = "2026-11-20T08:00:04.123456789+11:00";

    (void)state;
    for (size_t length = 0; length < sizeof whole; length++) {
        char *cut = malloc(length + 1);
        int64_t time;

        assert_non_null(cut);
        memcpy(cut, whole, length);
        cut[length] = '\0';
        assert_int_equal(timestamp_parse(cut, &time), length == 10 || length == sizeof whole - 1);
        free(cut);
    }
}

static void test_seconds_between(void **state)
{
    (void)state;
    assert_true(timestamp_seconds_between(0, INT64_C(1500000000)) == 1.5);
    assert_true(timestamp_seconds_between(INT64_C(2000000000), 0) == -2.0);
}

/* After 2026-01-01, and never backwards where it must not be. */
static void test_clocks(void **state)
{
    (void)state;
    int64_t before = timestamp_monotonic();

    assert_true(timestamp_now() > INT64_C(1767225600) * NANOSECONDS_PER_SECOND);
    assert_true(before > 0 && timestamp_monotonic() >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways),  cmocka_unit_test(test_every_month),
        cmocka_unit_test(test_parse_more), cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_every_cut),  cmocka_unit_test(test_seconds_between),
        cmocka_unit_test(test_clocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
