/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each fact goes on as it came, and behind it the place of a server's address, once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "program/places_sink.h"

static struct {
    unsigned facts; /* of any kind */
    unsigned places;
    struct address last;
    char organisation[64];
    unsigned refuse_after; /* this many facts; 0: never */
} taken;

static struct problem problem;
static struct catalog *catalog;
static struct places *places;
static struct places_sink *sink;
static struct fact_sink entry;

static bool take(void *owner, const struct fact *fact)
{
    (void)owner;
    taken.facts++;
    if (fact->kind == FACT_PLACE) {
        taken.places++;
        taken.last = fact->as.place.address;
        snprintf(taken.organisation, sizeof taken.organisation, "%s", fact->as.place.organisation);
        assert_string_equal(fact->as.place.told_by, "built-in");
    }
    return taken.refuse_after == 0 || taken.facts <= taken.refuse_after;
}

static int begin(void **state)
{
    (void)state;
    memset(&taken, 0, sizeof taken);
    catalog = catalog_load(NULL, 0, &problem);
    places = places_open(NULL, 0, &problem);
    assert_true(catalog != NULL && places != NULL);
    sink = places_sink_create(places, catalog, (struct fact_sink){take, NULL});
    assert_non_null(sink);
    entry = places_sink_of(sink);
    return 0;
}

static int end(void **state)
{
    (void)state;
    places_sink_release(sink);
    places_close(places);
    catalog_release(catalog);
    return 0;
}

static struct address address_of(const char *text)
{
    struct address address;
    assert_true(address_parse(text, &address));
    return address;
}

static bool give_flow(const char *server)
{
    struct fact fact = {.kind = FACT_FLOW};
    fact.as.flow.server.address = address_of(server);
    return entry.take(entry.owner, &fact);
}

static bool give_answer(const char *name, enum dns_section section, const char *data)
{
    struct dns_record records[2] = {{.section = section, .type = 5, .data = "alias.example"},
                                    {.section = section, .type = 1, .data = data}};
    struct fact fact = {.kind = FACT_DNS};
    records[1].address = address_of(data);
    fact.as.dns = (struct fact_dns){.name = name, .records = records, .record_count = 2};
    return entry.take(entry.owner, &fact);
}

static void test_flows(void **state)
{
    (void)state;
    assert_true(give_flow("17.57.144.36"));
    assert_int_equal(taken.facts, 2);
    assert_int_equal(taken.places, 1);
    struct address expected = address_of("17.57.144.36");
    assert_true(address_equal(&taken.last, &expected));
    assert_string_equal(taken.organisation, "Apple Inc.");
    assert_true(give_flow("17.57.144.36"));
    assert_true(give_flow("17.57.144.37"));
    assert_true(give_flow("2620:149:a44::7"));
    assert_int_equal(taken.places, 3);
    assert_int_equal(taken.facts, 7);
}

static void test_no_places(void **state)
{
    static const char *const addresses[] = {"10.0.0.1", "127.0.0.1",   "224.0.0.251",
                                            "fe80::1",  "203.0.113.7", "100.64.0.1"};
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
        assert_true(give_flow(addresses[i]));
    struct fact fact = {.kind = FACT_FLOW}; /* no address at all */
    assert_true(entry.take(entry.owner, &fact));
    fact.kind = FACT_TOTALS;
    assert_true(entry.take(entry.owner, &fact));
    assert_int_equal(taken.places, 0);
    assert_int_equal(taken.facts, 8);
}

static void test_answers(void **state)
{
    (void)state;
    assert_true(give_answer("gs.apple.com", DNS_ANSWER, "17.188.22.70"));
    assert_int_equal(taken.places, 1);
    assert_true(give_answer("www.example.org", DNS_ANSWER, "23.55.161.10"));
    assert_true(give_answer("gs.apple.com", DNS_ADDITIONAL, "23.55.161.11"));
    assert_int_equal(taken.places, 1);
    assert_true(give_answer("gs.apple.com", DNS_ANSWER, "23.55.161.10"));
    assert_string_equal(taken.organisation, "Akamai");
    assert_true(give_flow("23.55.161.10"));
    assert_int_equal(taken.places, 2);
}

/* A store that is full is told no more. */
static void test_refusal(void **state)
{
    (void)state;
    taken.refuse_after = 1;
    assert_false(give_flow("17.57.144.36"));
    assert_int_equal(taken.facts, 2);
    assert_false(give_flow("17.57.144.37"));
    assert_int_equal(taken.facts, 3);
}

static void test_bound(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PLACES_SINK_LIMIT + 100; i++) {
        char text[32];
        snprintf(text, sizeof text, "17.%u.%u.%u", i >> 16, i >> 8 & 0xff, i & 0xff);
        assert_true(give_flow(text));
    }
    assert_int_equal(taken.places, PLACES_SINK_LIMIT);
    assert_int_equal(taken.facts, 2 * PLACES_SINK_LIMIT + 100);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_flows),   TEST(test_no_places), TEST(test_answers),
        TEST(test_refusal), TEST(test_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
