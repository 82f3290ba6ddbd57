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
    assert_int_equal(finding->ongoing, ONGOING_YES);
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
    assert_int_equal(finding->ongoing, ONGOING_NO);
}

#define HOUR INT64_C(3600000)

/* Blocked from eight to four on each of five days: one finding, with five periods, in UTC. */
static void a_school_week(void **state)
{
    struct facts *facts = *state;
    facts->list[2].as.host.last_received_time = facts_time(5 * 24 * HOUR);
    for (int64_t day = 0; day < 5; day++) {
        int64_t at = day * 24 * HOUR;
        works(facts, 5223, at + 7 * HOUR);
        for (int64_t hour = 8; hour < 16; hour++) {
            fails(facts, at + hour * HOUR);
            works(facts, 443, at + hour * HOUR + 9000);
        }
        works(facts, 5223, at + 16 * HOUR);
    }
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_WARNING);
    assert_int_equal(finding->count, 40);
    assert_int_equal(finding->period_count, 5);
    for (size_t day = 0; day < 5; day++) {
        int64_t at = (int64_t)day * 24 * HOUR;
        assert_int_equal(finding->periods[day].first, facts_time(at + 8 * HOUR));
        assert_int_equal(finding->periods[day].last, facts_time(at + 15 * HOUR + 2000));
        assert_true(finding->periods[day].over);
    }
    assert_int_equal(finding->ongoing, ONGOING_NO);
}

/* Of two devices one is served again: for the other it goes on. */
static void it_goes_on_while_one_device_is_not_served(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, OTHER_DEVICE);
    works(facts, 443, 500);
    fails(facts, 1000);
    fails(facts, 9000);
    named(facts_silent(facts, OTHER_DEVICE, COURIER, 5223, 3, 1000));
    named(facts_silent(facts, OTHER_DEVICE, COURIER, 5223, 3, 9000));
    works(facts, 443, 20000);
    works(facts, 5223, 30000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_int_equal(finding->ongoing, ONGOING_YES);
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

/* Others fail as well: the network was down for a while, and says so once. */
static void everything_fails_for_a_while(void **state)
{
    struct facts *facts = *state;
    facts->list[2].as.host.other_tcp_silent = 3;
    works(facts, 5223, 1000);
    facts_answered(facts, DEVICE, "17.1.1.1", 443, 2000)->server_name = "gs.apple.com";
    for (int64_t at = 60000; at < 100000; at += 15000) {
        fails(facts, at);
        facts_silent(facts, DEVICE, "17.1.1.1", 443, 3, at + 5000)->resolved_name = "gs.apple.com";
    }
    works(facts, 5223, 150000);
    facts_answered(facts, DEVICE, "17.1.1.1", 443, 151000)->server_name = "gs.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_WARNING);
    assert_null(finding->host);
    assert_int_equal(finding->port, -1);
    assert_int_equal(finding->count, 6);
    assert_int_equal(finding->period_count, 1);
    assert_int_equal(finding->periods[0].first, facts_time(60000));
    assert_int_equal(finding->ongoing, ONGOING_NO);
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
        cmocka_unit_test_setup_teardown(a_school_week, begin, end),
        cmocka_unit_test_setup_teardown(it_goes_on_while_one_device_is_not_served, begin, end),
        cmocka_unit_test_setup_teardown(one_failure_among_successes_is_none, begin, end),
        cmocka_unit_test_setup_teardown(nothing_else_works_meanwhile, begin, end),
        cmocka_unit_test_setup_teardown(everything_fails_for_a_while, begin, end),
        cmocka_unit_test_setup_teardown(another_address_of_the_service_works, begin, end),
        cmocka_unit_test_setup_teardown(answers_would_not_have_been_seen, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
