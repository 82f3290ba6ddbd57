/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handshakes that fail at some times and work at others: when is it a cause that comes and
 * goes, and when bad luck or a program of its own mind?
 */
#include "tests/support/handshakes.h"

#define SECOND INT64_C(1000) /* facts count in milliseconds */

static void good(struct facts *facts, const char *name, int64_t seconds)
{
    complete(facts, DEVICE, OTHER_SERVER, name, HELLO_BYTES, seconds * SECOND);
}

/* Two stalls, at two addresses of the name. */
static void stall_twice(struct facts *facts, int64_t seconds)
{
    stall(facts, DEVICE, GS, "gs.apple.com", HELLO_BYTES, seconds * SECOND);
    stall(facts, DEVICE, "17.188.22.72", "gs.apple.com", HELLO_BYTES, (seconds + 20) * SECOND);
}

static void assert_period(const struct finding *finding, size_t at, int64_t first, int64_t last,
                          bool over)
{
    assert_true(at < finding->period_count);
    assert_true(finding->periods[at].first / NANOSECONDS_PER_SECOND ==
                facts_time(first * SECOND) / NANOSECONDS_PER_SECOND);
    assert_true(finding->periods[at].last / NANOSECONDS_PER_SECOND ==
                facts_time(last * SECOND) / NANOSECONDS_PER_SECOND);
    assert_int_equal(finding->periods[at].over, over);
}

static void stalls_of_the_morning(void **state)
{
    struct facts *facts = *state;
    good(facts, "gs.apple.com", 1);
    stall_twice(facts, 100);
    good(facts, "albert.apple.com", 110);
    good(facts, "gs.apple.com", 200);
    const struct finding *finding =
        facts_only_finding(facts, "handshake-stalled", SEVERITY_WARNING);
    assert_int_equal(finding->count, 2);
    assert_int_equal(finding->period_count, 1);
    assert_period(finding, 0, 100, 120, true);
    assert_int_equal(finding->ongoing, ONGOING_NO);
    assert_non_null(strstr(finding->explanation, "At other times"));
}

static void stalls_that_come_back(void **state)
{
    struct facts *facts = *state;
    stall_twice(facts, 100);
    good(facts, "albert.apple.com", 110);
    good(facts, "gs.apple.com", 200);
    stall_twice(facts, 300);
    good(facts, "albert.apple.com", 310);
    const struct finding *finding =
        facts_only_finding(facts, "handshake-stalled", SEVERITY_CRITICAL);
    assert_int_equal(finding->count, 4);
    assert_int_equal(finding->period_count, 2);
    assert_period(finding, 0, 100, 120, true);
    assert_period(finding, 1, 300, 320, false);
    assert_int_equal(finding->ongoing, ONGOING_YES);
}

/* Nothing else was tried: the line may have been bad, unless it goes on. */
static void stalls_of_a_bad_line(void **state)
{
    struct facts *facts = *state;
    good(facts, "gs.apple.com", 1);
    stall_twice(facts, 100);
    good(facts, "gs.apple.com", 200);
    facts_no_finding(facts);
}

static void stalls_that_go_on(void **state)
{
    struct facts *facts = *state;
    good(facts, "gs.apple.com", 1);
    stall_twice(facts, 100);
    stall_twice(facts, 200);
    good(facts, "gs.apple.com", 300);
    const struct finding *finding =
        facts_only_finding(facts, "handshake-stalled", SEVERITY_WARNING);
    assert_int_equal(finding->count, 4);
}

/* One stall at a time, and what works between them. */
static void stalls_by_the_way(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 4; i++) {
        stall(facts, DEVICE, GS, "gs.apple.com", HELLO_BYTES, (100 + i * 50) * SECOND);
        good(facts, "albert.apple.com", 110 + i * 50);
        good(facts, "gs.apple.com", 120 + i * 50);
    }
    facts_no_finding(facts);
}

static void a_server_that_rejects_for_a_while(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 3; i++)
        good(facts, "gs.apple.com", 1 + i);
    for (int64_t i = 0; i < 2; i++)
        alerted(facts, DEVICE, "gs.apple.com", 0, PARTY_SERVER, 40, (100 + i * 10) * SECOND);
    good(facts, "gs.apple.com", 200);
    const struct finding *finding = facts_only_finding(facts, "tls-rejected", SEVERITY_WARNING);
    assert_period(finding, 0, 100, 110, true);
}

/* The hellos of one kind of program, at all times. */
static void same_program(struct facts *facts, const char *ja4)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->list[i].kind == FACT_TLS)
            facts->list[i].as.tls.ja4 = ja4;
}

static void refuse_for_an_hour(struct facts *facts, int64_t seconds)
{
    for (int64_t i = 0; i < 3; i++)
        alerted(facts, DEVICE, "gs.apple.com", 0x0304, PARTY_CLIENT, 48,
                (seconds + i * 60) * SECOND);
}

static void an_inspection_with_hours(void **state)
{
    struct facts *facts = *state;
    good(facts, "gs.apple.com", 1);
    refuse_for_an_hour(facts, 100);
    good(facts, "gs.apple.com", 400);
    same_program(facts, "t13d1516h2_8daaf6152771_02713d6af862");
    const struct finding *finding =
        facts_only_finding(facts, "tls-interception-suspected", SEVERITY_WARNING);
    assert_int_equal(finding->count, 3);
    assert_period(finding, 0, 100, 220, true);
    assert_non_null(strstr(finding->explanation, "meanwhile"));
}

/* Other programs are content: this one brings roots of its own. */
static void a_program_of_its_own_mind(void **state)
{
    struct facts *facts = *state;
    refuse_for_an_hour(facts, 100);
    same_program(facts, "t13d1715h1_5b57614c22b0_93c746dc12af");
    good(facts, "gs.apple.com", 1);
    good(facts, "gs.apple.com", 400);
    facts_no_finding(facts);
}

static void refusals_between_successes(void **state)
{
    struct facts *facts = *state;
    refuse_for_an_hour(facts, 100);
    for (int64_t i = 0; i < 3; i++)
        good(facts, "gs.apple.com", 110 + i * 60);
    same_program(facts, "t13d1516h2_8daaf6152771_02713d6af862");
    facts_no_finding(facts);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(stalls_of_the_morning),      CASE(stalls_that_come_back),
        CASE(stalls_of_a_bad_line),       CASE(stalls_that_go_on),
        CASE(stalls_by_the_way),          CASE(a_server_that_rejects_for_a_while),
        CASE(an_inspection_with_hours),   CASE(a_program_of_its_own_mind),
        CASE(refusals_between_successes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
