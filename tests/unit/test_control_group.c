/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a network that is down told from a blocked Apple only by what surely happened at that
 * time, to that device?  A mark that reaches beyond the time may be of what was outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis/control_group.h"

struct fixture {
    struct ledger ledger;
    struct arena arena;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    if (fixture == NULL)
        return -1;
    fixture->ledger.arena = &fixture->arena;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    free(fixture->ledger.other_runs);
    arena_release(&fixture->arena);
    free(fixture);
    return 0;
}

static struct address host(uint8_t last)
{
    const uint8_t octets[4] = {10, 0, 0, last};

    return address_from_ipv4(octets);
}

/* A run of that host: marks of ten each, from `start` on. */
static void take(struct fixture *fixture, uint8_t last, int64_t start, const char *marks)
{
    const struct fact_host fact = {
        .address = host(last), .other_start = start, .other_span = 10, .other_times = marks};

    assert_true(control_group_take(&fixture->ledger, &fact));
}

static enum others between(const struct fixture *fixture, uint8_t last, int64_t first, int64_t end)
{
    const struct address address = host(last);

    return others_between(&fixture->ledger, &address, first, end);
}

static void test_only_what_lies_within_counts(void **state)
{
    struct fixture *fixture = *state;

    take(fixture, 1, 100, "+-.*");
    control_group_sort(&fixture->ledger);
    assert_int_equal(between(fixture, 1, 100, 110), OTHERS_ANSWERED);
    assert_int_equal(between(fixture, 1, 95, 200), OTHERS_ANSWERED);
    /* Half of a mark in which some were answered: it may have been the other half. */
    assert_int_equal(between(fixture, 1, 105, 109), OTHERS_UNKNOWN);
    assert_int_equal(between(fixture, 1, 105, 119), OTHERS_UNKNOWN);
    assert_int_equal(between(fixture, 1, 110, 119), OTHERS_FAILED);
    assert_int_equal(between(fixture, 1, 120, 129), OTHERS_UNKNOWN); /* none were tried */
    assert_int_equal(between(fixture, 1, 130, 139), OTHERS_UNKNOWN); /* some failed, some did not */
    assert_int_equal(between(fixture, 1, 130, 140), OTHERS_ANSWERED);
    assert_int_equal(between(fixture, 1, 0, 99), OTHERS_UNKNOWN);
    assert_int_equal(between(fixture, 1, 140, 999), OTHERS_UNKNOWN);
}

/* Captures are taken in any order, and a device is in several. */
static void test_runs_of_many_hosts_in_any_order(void **state)
{
    struct fixture *fixture = *state;

    for (uint8_t i = 0; i < 40; i++)
        take(fixture, (uint8_t)(i * 7 % 40), 1000, i * 7 % 40 % 2 == 0 ? "+" : "-");
    take(fixture, 8, 500, "-");
    take(fixture, 7, 2000, "+");
    take(fixture, 7, 500, "*");
    control_group_sort(&fixture->ledger);
    for (uint8_t i = 0; i < 40; i++)
        assert_int_equal(between(fixture, i, 1000, 1010),
                         i % 2 == 0 ? OTHERS_ANSWERED : OTHERS_FAILED);
    assert_int_equal(between(fixture, 40, 0, 9999), OTHERS_UNKNOWN);
    assert_int_equal(between(fixture, 8, 500, 505), OTHERS_FAILED);
    assert_int_equal(between(fixture, 8, 500, 1010), OTHERS_ANSWERED);
    assert_int_equal(between(fixture, 7, 500, 510), OTHERS_ANSWERED);
    assert_int_equal(between(fixture, 7, 1000, 2009), OTHERS_UNKNOWN);
    assert_int_equal(between(fixture, 7, 1000, 2010), OTHERS_ANSWERED);
}

/* Of a database that somebody edited: nothing overflows, and nothing is made of it. */
static void test_impossible_marks(void **state)
{
    struct fixture *fixture = *state;
    const struct fact_host facts[] = {
        {.address = host(1), .other_start = 5, .other_span = 0, .other_times = "+"},
        {.address = host(1), .other_start = -5, .other_span = 10, .other_times = "+"},
        {.address = host(1), .other_start = 5, .other_span = UINT64_MAX, .other_times = "+"},
        {.address = host(1), .other_start = 5, .other_span = 10, .other_times = NULL},
        {.address = host(2), .other_start = INT64_MAX - 1, .other_span = 10, .other_times = "+++"},
        {.address = host(3), .other_start = 5, .other_span = INT64_MAX / 2, .other_times = "----"},
        {.address = host(4), .other_start = 5, .other_span = 10, .other_times = "?\xff%s"},
    };

    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        assert_true(control_group_take(&fixture->ledger, &facts[i]));
    control_group_sort(&fixture->ledger);
    assert_int_equal(between(fixture, 1, INT64_MIN, INT64_MAX), OTHERS_UNKNOWN);
    assert_int_equal(between(fixture, 2, INT64_MIN, INT64_MAX), OTHERS_ANSWERED);
    assert_int_equal(between(fixture, 2, 0, 100), OTHERS_UNKNOWN);
    assert_int_equal(between(fixture, 3, INT64_MIN, INT64_MAX), OTHERS_FAILED);
    assert_int_equal(between(fixture, 4, INT64_MIN, INT64_MAX), OTHERS_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_what_lies_within_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_runs_of_many_hosts_in_any_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_impossible_marks, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
