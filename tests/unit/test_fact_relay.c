/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts come out of the relay as they went in, each once and in their order, with a crew of
 * any size and without; a refusal comes back; and nothing is lost when the other side is slow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "program/fact_relay.h"

#define FACTS 30000u

/* Only who passes facts on touches it until the relay has ended. */
struct taken {
    uint64_t facts;
    uint64_t wrong;
    uint64_t longest; /* records of a transaction */
    uint64_t refuse_from; /* 0: nothing */
    bool slow;
};

static struct problem problem;

static bool take(void *owner, const struct fact *fact)
{
    struct taken *taken = owner;
    const struct timespec pause = {0, 20000};
    char name[32];

    taken->facts++;
    if (taken->slow && taken->facts % 16 == 0)
        nanosleep(&pause, NULL);
    if (taken->refuse_from > 0 && taken->facts >= taken->refuse_from)
        return false;
    snprintf(name, sizeof name, "host-%llu.example", (unsigned long long)taken->facts);
    if (fact->kind == FACT_FLOW)
        taken->wrong +=
            fact->as.flow.id != taken->facts || strcmp(fact->as.flow.server_name, name) != 0;
    else if (fact->kind == FACT_DNS)
        taken->wrong += fact->as.dns.id != taken->facts || strcmp(fact->as.dns.name, name) != 0;
    else
        taken->wrong++;
    if (fact->kind == FACT_DNS && fact->as.dns.record_count > taken->longest)
        taken->longest = fact->as.dns.record_count;
    return true;
}

/* One number of every hundred is a transaction, some of which no batch has room for. */
static bool give(struct fact_sink sink, uint64_t number, struct dns_record *records)
{
    char name[32];
    struct fact fact = {.kind = FACT_FLOW};

    snprintf(name, sizeof name, "host-%llu.example", (unsigned long long)number);
    if (number % 100 == 0) {
        fact.kind = FACT_DNS;
        fact.as.dns = (struct fact_dns){.id = number, .name = name, .records = records};
        fact.as.dns.record_count = number % 1000 == 0 ? 5000 : 3;
    } else {
        fact.as.flow.id = number;
        fact.as.flow.server_name = name;
    }
    return sink.take(sink.owner, &fact);
}

static struct dns_record *make_records(void)
{
    struct dns_record *records = calloc(5000, sizeof *records);
    assert_non_null(records);
    for (size_t i = 0; i < 5000; i++)
        records[i] = (struct dns_record){.section = DNS_ANSWER, .owner = "a.example", .type = 1};
    return records;
}

#define NO_CREW (-1)

static void pass_all(int helpers, bool slow)
{
    struct taken taken = {.slow = slow};
    struct dns_record *records = make_records();
    struct crew *crew = helpers == NO_CREW ? NULL : crew_begin((unsigned)helpers);
    struct fact_relay *relay = fact_relay_begin((struct fact_sink){take, &taken}, crew, &problem);

    assert_non_null(relay);
    for (uint64_t i = 1; i <= FACTS; i++)
        assert_true(give(fact_relay_sink(relay), i, records));
    assert_true(fact_relay_end(relay, &problem));
    crew_end(crew);
    assert_int_equal(taken.facts, FACTS);
    assert_int_equal(taken.wrong, 0);
    assert_int_equal(taken.longest, 5000);
    free(records);
}

static void test_all_come_in_their_order(void **state)
{
    (void)state;
    for (int helpers = NO_CREW; helpers <= 2; helpers++)
        pass_all(helpers, false);
}

static void test_a_slow_sink_is_waited_for(void **state)
{
    (void)state;
    pass_all(0, true);
    pass_all(1, true);
}

static void test_a_refusal_comes_back(void **state)
{
    (void)state;
    struct taken taken = {.refuse_from = 1000};
    struct dns_record *records = make_records();
    struct crew *crew = crew_begin(1);
    struct fact_relay *relay = fact_relay_begin((struct fact_sink){take, &taken}, crew, &problem);
    uint64_t given = 0;

    assert_non_null(relay);
    while (given < FACTS && give(fact_relay_sink(relay), given + 1, records))
        given++;
    assert_in_range(given, 999, FACTS - 1);
    assert_false(fact_relay_end(relay, &problem));
    crew_end(crew);
    assert_int_equal(taken.facts, 1000);
    free(records);
}

/* One that comes after all was given, with the last batch. */
static void test_a_late_refusal_is_told_at_the_end(void **state)
{
    (void)state;
    struct taken taken = {.refuse_from = 3};
    struct crew *crew = crew_begin(1);
    struct fact_relay *relay = fact_relay_begin((struct fact_sink){take, &taken}, crew, &problem);

    assert_non_null(relay);
    for (uint64_t i = 1; i <= 3; i++)
        assert_true(give(fact_relay_sink(relay), i, NULL));
    assert_false(fact_relay_end(relay, &problem));
    crew_end(crew);
}

static void test_nothing_at_all(void **state)
{
    (void)state;
    struct taken taken = {.slow = false};
    struct crew *crew = crew_begin(1);
    struct fact_relay *relay = fact_relay_begin((struct fact_sink){take, &taken}, crew, &problem);

    assert_non_null(relay);
    assert_true(fact_relay_end(relay, &problem));
    assert_true(fact_relay_end(NULL, &problem));
    crew_end(crew);
    assert_int_equal(taken.facts, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_come_in_their_order),
        cmocka_unit_test(test_a_slow_sink_is_waited_for),
        cmocka_unit_test(test_a_refusal_comes_back),
        cmocka_unit_test(test_a_late_refusal_is_told_at_the_end),
        cmocka_unit_test(test_nothing_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
