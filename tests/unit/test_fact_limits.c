/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does every client have its share of failures, and does a flood have no more than that
 * (flows/fact_limits.c)?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flows/fact_limits.h"

static struct address client_of(uint32_t number)
{
    const uint8_t octets[4] = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                               (uint8_t)number};
    return address_from_ipv4(octets);
}

static unsigned take_many(struct fact_limits *limits, const struct address *client,
                          enum fact_limit limit, unsigned count)
{
    unsigned told = 0;
    for (unsigned i = 0; i < count; i++)
        told += fact_limits_take(limits, client, limit);
    return told;
}

static void test_without_limits(void **state)
{
    (void)state;
    struct address client = client_of(1);
    assert_int_equal(take_many(NULL, &client, FACT_LIMIT_QUESTION, 10000), 10000);
}

/* What is beyond its share is told by samples, so that times go on. */
static void test_one_client(void **state)
{
    (void)state;
    struct fact_limits *limits = fact_limits_create();
    struct address client = client_of(1);
    assert_non_null(limits);
    assert_int_equal(take_many(limits, &client, FACT_LIMIT_FAILED_FLOW, 4096), 4096);
    unsigned more = take_many(limits, &client, FACT_LIMIT_FAILED_FLOW, 64000);
    assert_int_equal(more, 1000);
    /* Of another kind it has its whole share. */
    assert_int_equal(take_many(limits, &client, FACT_LIMIT_LONE_PACKET, 256), 256);
    fact_limits_release(limits);
}

/* Who comes after the flood is told all the same, less often. */
static void test_many_clients(void **state)
{
    (void)state;
    struct fact_limits *limits = fact_limits_create();
    unsigned told = 0;
    assert_non_null(limits);
    for (uint32_t i = 0; i < 50; i++) {
        struct address client = client_of(i);
        told += take_many(limits, &client, FACT_LIMIT_FAILED_FLOW, 4096);
    }
    assert_in_range(told, 32768, 40000);
    struct address late = client_of(1000);
    assert_int_equal(take_many(limits, &late, FACT_LIMIT_FAILED_FLOW, 64), 64);
    assert_int_equal(take_many(limits, &late, FACT_LIMIT_FAILED_FLOW, 63), 1);
    fact_limits_release(limits);
}

static void test_sum_is_bounded(void **state)
{
    (void)state;
    struct fact_limits *limits = fact_limits_create();
    unsigned lone = 0, failed = 0;
    assert_non_null(limits);
    for (uint32_t i = 0; i < 300000; i++) {
        struct address client = client_of(i);
        lone += take_many(limits, &client, FACT_LIMIT_LONE_PACKET, 1);
        failed += take_many(limits, &client, FACT_LIMIT_FAILED_FLOW, 1);
    }
    assert_int_equal(lone, 8192);
    /* Those beyond the table share one place. */
    assert_int_equal(failed, 32768 + 64 + (300000 - 32768 - 64) / 64 + 1);
    fact_limits_release(limits);
}

/* When nothing more is told of lone packets, who sends them takes no places either. */
static void test_places_are_left(void **state)
{
    (void)state;
    struct fact_limits *limits = fact_limits_create();
    unsigned lone = 0, failed = 0, opened = 0;
    assert_non_null(limits);
    for (uint32_t i = 0; i < 300000; i++) {
        struct address client = client_of(i);
        lone += take_many(limits, &client, FACT_LIMIT_LONE_PACKET, 1);
    }
    for (uint32_t i = 300000; i < 308000; i++) {
        struct address client = client_of(i);
        failed += take_many(limits, &client, FACT_LIMIT_FAILED_FLOW, 2);
    }
    assert_int_equal(lone, 8192);
    assert_int_equal(failed, 16000);
    /* Of connections in which nothing is said the first two of each, whatever the sum. */
    for (uint32_t i = 300000; i < 308000; i++) {
        struct address client = client_of(i);
        opened += take_many(limits, &client, FACT_LIMIT_OPENED_FLOW, 300);
    }
    assert_in_range(opened, 131072, 131072 + 16000);
    fact_limits_release(limits);
}

/* What goes well leaves room for the failures of others; with its own first failure a client has a place. */
static void test_openings(void **state)
{
    (void)state;
    struct fact_limits *limits = fact_limits_create();
    unsigned opened = 0;
    assert_non_null(limits);
    for (uint32_t i = 0; i < 16384; i++) {
        struct address client = client_of(i);
        opened += take_many(limits, &client, FACT_LIMIT_OPENING, 10);
    }
    assert_int_equal(opened, 163840);
    struct address late = client_of(1u << 20);
    assert_int_equal(take_many(limits, &late, FACT_LIMIT_OPENING, 1000), 0);
    assert_int_equal(take_many(limits, &late, FACT_LIMIT_FAILED_FLOW, 4096), 4096);
    assert_int_equal(take_many(limits, &late, FACT_LIMIT_OPENING, 1000), 1000);
    fact_limits_release(limits);
}

/* Who watches for months has failures told in each hour, also of clients that are new. */
static void test_renewal(void **state)
{
    (void)state;
    struct fact_limits *limits = fact_limits_create();
    struct address first = client_of(1), late = client_of(1u << 20);
    assert_non_null(limits);
    assert_int_equal(take_many(limits, &first, FACT_LIMIT_FAILED_FLOW, 4096), 4096);
    for (uint32_t i = 0; i < 40000; i++) {
        struct address client = client_of(i + 2);
        take_many(limits, &client, FACT_LIMIT_FAILED_FLOW, 4);
    }
    /* No place is left, nor is anything of what those without one share. */
    assert_in_range(take_many(limits, &late, FACT_LIMIT_FAILED_FLOW, 64), 0, 1);
    fact_limits_renew(limits);
    assert_in_range(take_many(limits, &first, FACT_LIMIT_FAILED_FLOW, 64), 0, 1);
    /* Those who failed four times leave with the third hour. */
    fact_limits_renew(limits);
    fact_limits_renew(limits);
    assert_int_equal(take_many(limits, &late, FACT_LIMIT_FAILED_FLOW, 64), 64);
    /* Of what the first had once an eighth counts still. */
    assert_in_range(take_many(limits, &first, FACT_LIMIT_FAILED_FLOW, 4096), 3500, 3700);
    for (uint32_t i = 0; i < 30000; i++) {
        struct address client = client_of(i + 2);
        assert_int_equal(take_many(limits, &client, FACT_LIMIT_FAILED_FLOW, 2), 2);
    }
    for (int hour = 0; hour < 32; hour++)
        fact_limits_renew(limits);
    assert_int_equal(take_many(limits, &first, FACT_LIMIT_OPENED_FLOW, 16384), 16384);
    fact_limits_release(limits);
}

/* With each renewal some leave a crowded table, and the others stay who they are. */
static void test_renewal_of_some(void **state)
{
    (void)state;
    struct fact_limits *limits = fact_limits_create();
    assert_non_null(limits);
    for (uint32_t i = 0; i < 16000; i++) {
        struct address client = client_of(i);
        take_many(limits, &client, FACT_LIMIT_TIME, i % 3 == 0 ? 1 : 514);
    }
    fact_limits_renew(limits);
    /* Half of 514 is more than the scant share. */
    for (uint32_t i = 0; i < 16000; i++) {
        struct address client = client_of(i);
        assert_int_equal(fact_limits_take(limits, &client, FACT_LIMIT_TIME), i % 3 == 0);
    }
    fact_limits_release(limits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_limits),  cmocka_unit_test(test_one_client),
        cmocka_unit_test(test_many_clients),    cmocka_unit_test(test_sum_is_bounded),
        cmocka_unit_test(test_places_are_left), cmocka_unit_test(test_openings),
        cmocka_unit_test(test_renewal),         cmocka_unit_test(test_renewal_of_some),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
