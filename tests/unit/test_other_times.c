/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks of time: do they keep what was noted, whatever the order and however long it goes on?
 */
#include "flows/other_times.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/timestamp.h"

#define QUARTER (900 * NANOSECONDS_PER_SECOND)
#define DAY (96 * QUARTER)
#define BEGIN (20000 * DAY)

static void assert_marks(const struct other_times *times, const char *expected)
{
    char text[OTHER_TIMES_LIMIT + 1];
    other_times_print(times, text);
    assert_string_equal(text, expected);
}

static void quarters_of_an_hour(void **state)
{
    (void)state;
    struct other_times times = {0};
    assert_marks(&times, "");
    other_times_note(&times, BEGIN + QUARTER / 2, true);
    other_times_note(&times, BEGIN + QUARTER - 1, true);
    other_times_note(&times, BEGIN + 3 * QUARTER, false);
    other_times_note(&times, BEGIN + 4 * QUARTER, false);
    other_times_note(&times, BEGIN + 4 * QUARTER + 1, true);
    assert_marks(&times, "+..-*");
    assert_true(times.start == BEGIN);
    assert_true(times.span == QUARTER);
}

static void what_began_before(void **state)
{
    (void)state;
    struct other_times times = {0};
    other_times_note(&times, BEGIN, true);
    other_times_note(&times, BEGIN - 1, false);
    other_times_note(&times, BEGIN - 3 * QUARTER, true);
    assert_marks(&times, "+.-+");
    assert_true(times.start == BEGIN - 3 * QUARTER);
}

static void a_week(void **state)
{
    (void)state;
    struct other_times times = {0};
    for (int64_t day = 0; day < 7; day++)
        other_times_note(&times, BEGIN + day * DAY, day % 2 == 0);
    assert_true(times.span == 8 * QUARTER); /* 84 of two hours */
    assert_marks(&times, "+...........-...........+...........-...........+...........-..........."
                         "+");
}

/* The same, from its end: a fold keeps every mark. */
static void a_week_backwards(void **state)
{
    (void)state;
    struct other_times times = {0};
    for (int64_t day = 6; day >= 0; day--)
        other_times_note(&times, BEGIN + day * DAY, day % 2 == 0);
    assert_true(times.start <= BEGIN);
    assert_true(times.start > BEGIN - 16 * QUARTER);
    size_t marks = 0;
    char text[OTHER_TIMES_LIMIT + 1];
    other_times_print(&times, text);
    for (const char *each = text; *each != '\0'; each++)
        marks += *each != OTHER_NONE;
    assert_int_equal(marks, 7);
}

static void times_that_cannot_be(void **state)
{
    (void)state;
    struct other_times times = {0};
    other_times_note(&times, -1, true);
    other_times_note(&times, TIMESTAMP_NONE, true);
    assert_marks(&times, "");
    other_times_note(&times, 0, true);
    other_times_note(&times, INT64_MAX, true); /* too far */
    assert_marks(&times, "+");
    other_times_note(&times, INT64_MAX / 2, false);
    assert_true(times.start == 0);
    other_times_note(&times, 1, false);
    char text[OTHER_TIMES_LIMIT + 1];
    other_times_print(&times, text);
    assert_int_equal(text[0], OTHER_BOTH);
    times = (struct other_times){0};
    other_times_note(&times, INT64_MAX, true);
    other_times_note(&times, INT64_MAX - INT64_MAX / 2, false);
    other_times_note(&times, INT64_MAX - 1, false);
    assert_true(times.span > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quarters_of_an_hour),
        cmocka_unit_test(what_began_before),
        cmocka_unit_test(a_week),
        cmocka_unit_test(a_week_backwards),
        cmocka_unit_test(times_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
