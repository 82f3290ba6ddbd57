/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port that works at one time and fails at another: when is that a block with a
 * beginning (and an end), and when nothing to speak of?
 */
#include "tests/support/facts.h"

static int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    facts_host(&facts, DEVICE);
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

static struct fact_flow *named(struct fact_flow *flow)
{
    flow->resolved_name = "4-courier.push.apple.com";
    return flow;
}

static void works(struct facts *facts, uint16_t port, int64_t at)
{
    named(facts_answered(facts, DEVICE, COURIER, port, at));
}

static void fails(struct facts *facts, int64_t at)
{
    named(facts_silent(facts, DEVICE, COURIER, 5223, 3, at));
}

static void dropped_from_a_moment_on(void **state)
{
    struct facts *facts = *state;
    works(facts, 5223, 1000);
    fails(facts, 60000);
    works(facts, 443, 64000);
    fails(facts, 90000);
    works(facts, 443, 94000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_WARNING);
    assert_int_equal(finding->port, 5223);
    assert_detail(finding, "how", "no-answer");
    assert_int_equal(finding->count, 2);
    assert_int_equal(finding->first_seen, facts_time(60000));
    assert_int_equal(finding->last_seen, facts_time(92000));
    assert_int_equal(finding->period_count, 1);
    assert_int_equal(finding->periods[0].first, facts_time(60000));
    assert_false(finding->periods[0].over);
}

static void two_periods_and_an_end(void **state)
{
    struct facts *facts = *state;
    for (int64_t morning = 0; morning < 2; morning++) {
        int64_t at = morning * 200000;
        works(facts, 5223, at + 1000);
        fails(facts, at + 60000);
        works(facts, 443, at + 64000);
        fails(facts, at + 90000);
        works(facts, 5223, at + 150000);
    }
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_WARNING);
    assert_int_equal(finding->count, 4);
    assert_int_equal(finding->period_count, 2);
    assert_int_equal(finding->periods[0].first, facts_time(60000));
    assert_int_equal(finding->periods[0].last, facts_time(92000));
    assert_true(finding->periods[0].over);
    assert_int_equal(finding->periods[1].first, facts_time(260000));
    assert_true(finding->periods[1].over);
}

static void one_failure_among_successes_is_none(void **state)
{
    struct facts *facts = *state;
    works(facts, 5223, 1000);
    fails(facts, 60000);
    works(facts, 443, 64000);
    works(facts, 5223, 90000);
    fails(facts, 120000);
    works(facts, 5223, 150000);
    facts_no_finding(facts);
}

/* The device has left, or its network is down: that is no rule about a port. */
static void nothing_else_works_meanwhile(void **state)
{
    struct facts *facts = *state;
    works(facts, 5223, 1000);
    works(facts, 443, 2000);
    fails(facts, 60000);
    fails(facts, 90000);
    facts_no_finding(facts);
}

/* Of two servers one is down for a while: the other one is there. */
static void another_address_of_the_service_works(void **state)
{
    struct facts *facts = *state;
    works(facts, 5223, 1000);
    fails(facts, 60000);
    named(facts_answered(facts, DEVICE, OTHER_COURIER, 5223, 64000));
    fails(facts, 90000);
    named(facts_answered(facts, DEVICE, OTHER_COURIER, 5223, 94000));
    facts_no_finding(facts);
}

static void answers_would_not_have_been_seen(void **state)
{
    struct facts *facts = *state;
    facts->list[2].as.host.last_received_time = facts_time(100);
    works(facts, 5223, 1000);
    fails(facts, 160000);
    works(facts, 443, 164000);
    fails(facts, 190000);
    works(facts, 443, 194000);
    facts_no_finding(facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dropped_from_a_moment_on, begin, end),
        cmocka_unit_test_setup_teardown(two_periods_and_an_end, begin, end),
        cmocka_unit_test_setup_teardown(one_failure_among_successes_is_none, begin, end),
        cmocka_unit_test_setup_teardown(nothing_else_works_meanwhile, begin, end),
        cmocka_unit_test_setup_teardown(another_address_of_the_service_works, begin, end),
        cmocka_unit_test_setup_teardown(answers_would_not_have_been_seen, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
