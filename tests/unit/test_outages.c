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

/* What was tried then alone, a courier's old address say, has no other cause. */
static void what_was_tried_meanwhile_alone(void **state)
{
    struct facts *facts = *state;
    facts->list[2].as.host.other_tcp_silent = 3;
    works(facts, 5223, 1000);
    facts_answered(facts, DEVICE, "17.1.1.1", 443, 2000)->server_name = "gs.apple.com";
    for (int64_t at = 60000; at < 100000; at += 15000) {
        fails(facts, at);
        facts_silent(facts, DEVICE, "17.1.1.1", 443, 3, at + 5000)->resolved_name = "gs.apple.com";
    }
    named(facts_silent(facts, DEVICE, OTHER_COURIER, 5223, 3, 70000));
    works(facts, 5223, 150000);
    facts_answered(facts, DEVICE, "17.1.1.1", 443, 151000)->server_name = "gs.apple.com";
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_WARNING);
    assert_null(finding->host);
    assert_int_equal(finding->name_count, 2);
    /* At another time it has. */
    named(facts_silent(facts, DEVICE, OTHER_COURIER, 5223, 3, 200000));
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "port-blocked"), 2);
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

#define SITE "gs.apple.com"
#define SITE_ADDRESS "17.1.1.1"

static void resolves(struct facts *facts, int64_t at)
{
    facts_resolved(facts, DEVICE, RESOLVER, SITE, SITE_ADDRESS, at);
}

static struct fact_dns *denies(struct facts *facts, uint8_t rcode, int64_t at)
{
    return facts_reply(facts, DEVICE, RESOLVER, SITE, 1, rcode, at);
}

/* A filter that blocks from eight to four, on two days. */
static void a_name_is_withheld_at_school(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, RESOLVER, 40, 40);
    for (int64_t day = 0; day < 2; day++) {
        int64_t at = day * 24 * HOUR;
        resolves(facts, at + 7 * HOUR);
        for (int64_t hour = 8; hour < 16; hour++)
            denies(facts, 3, at + hour * HOUR);
        resolves(facts, at + 16 * HOUR);
    }
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_WARNING);
    assert_string_equal(finding->host, SITE);
    assert_detail(finding, "answer", "nxdomain");
    assert_culprit(finding, CULPRIT_RESOLVER, RESOLVER);
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_int_equal(finding->count, 16);
    assert_int_equal(finding->period_count, 2);
    for (size_t day = 0; day < 2; day++) {
        int64_t at = (int64_t)day * 24 * HOUR;
        assert_int_equal(finding->periods[day].first, facts_time(at + 8 * HOUR));
        assert_int_equal(finding->periods[day].last, facts_time(at + 15 * HOUR + 15));
        assert_true(finding->periods[day].over);
    }
    assert_int_equal(finding->ongoing, ONGOING_NO);
    assert_non_null(strstr(finding->summary, "works at other times"));
}

static void a_name_is_withheld_from_a_moment_on(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, RESOLVER, 40, 40);
    resolves(facts, 1000);
    denies(facts, 3, 100000);
    denies(facts, 3, 160000);
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
    assert_int_equal(finding->period_count, 1);
    assert_false(finding->periods[0].over);
    assert_int_equal(finding->ongoing, ONGOING_YES);
}

static void a_courier_is_refused_while_others_are_served(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, RESOLVER, 40, 40);
    facts_resolved(facts, DEVICE, RESOLVER, "4-courier.push.apple.com", COURIER, 1000);
    for (int64_t at = 100000; at < 400000; at += 100000) {
        facts_reply(facts, DEVICE, RESOLVER, "4-courier.push.apple.com", 1, 5, at);
        resolves(facts, at + 1000);
    }
    const struct finding *finding = facts_only_finding(facts, "cname-squashed", SEVERITY_CRITICAL);
    assert_detail(finding, "answer", "refused");
    assert_int_equal(finding->period_count, 1);
    assert_int_equal(finding->count, 3);
}

/* Both sides of a forwarder: the one behind it says so first. */
static void a_forwarder_passes_a_period_on(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, RESOLVER, 40, 40);
    facts_resolver(facts, RESOLVER, OTHER_RESOLVER, 40, 40);
    for (int64_t at = 1000; at < 500000; at += 50000) {
        bool denied = at > 200000 && at < 400000;
        for (int64_t side = 0; side < 2; side++) {
            const char *client = side == 0 ? RESOLVER : DEVICE;
            const char *resolver = side == 0 ? OTHER_RESOLVER : RESOLVER;
            struct fact_dns *dns =
                denied ? facts_reply(facts, client, resolver, SITE, 1, 3, at)
                       : facts_resolved(facts, client, resolver, SITE, SITE_ADDRESS, at);
            dns->answer_time += side * 20 * FACTS_MILLISECOND;
        }
    }
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_WARNING);
    assert_culprit(finding, CULPRIT_RESOLVER, OTHER_RESOLVER);
    assert_devices(finding, DEVICE);
    assert_int_equal(finding->period_count, 1);
}

/* One failure, a retry within the second, and an answer lost: bad luck. */
static void bad_luck_with_names(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, RESOLVER, 40, 38);
    resolves(facts, 1000);
    denies(facts, 2, 50000);
    resolves(facts, 51000);
    denies(facts, 3, 100000);
    denies(facts, 3, 100500);
    resolves(facts, 101500);
    facts_query(facts, DEVICE, RESOLVER, SITE, 1, 2, 150000);
    facts_query(facts, DEVICE, RESOLVER, SITE, 1, 2, 190000);
    resolves(facts, 200000);
    facts_no_finding(facts);
}

/* The way out is down: the resolver fails at everything, or only until its cache forgets. */
static void a_resolver_out_of_breath(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, RESOLVER, 40, 40);
    resolves(facts, 1000);
    for (int64_t at = 100000; at < 500000; at += 50000)
        denies(facts, 2, at);
    resolves(facts, 510000);
    for (int64_t at = 600000; at < 640000; at += 5000) {
        denies(facts, 2, at);
        facts_resolved(facts, DEVICE, RESOLVER, "albert.apple.com", "17.2.2.2", at + 1000);
    }
    resolves(facts, 700000);
    for (int64_t at = 800000; at < 1200000; at += 50000)
        denies(facts, 5, at);
    resolves(facts, 1300000);
    facts_no_finding(facts);
}

/* Apple's own zone says that there is nothing for a time, and IPv6 is left out by design. */
static void answers_change_by_design(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, RESOLVER, 40, 40);
    resolves(facts, 1000);
    for (int64_t at = 100000; at < 300000; at += 50000)
        facts_soa(facts, denies(facts, 3, at), "apple.com", "adns1.apple.com hostmaster.apple.com");
    resolves(facts, 400000);
    for (int64_t at = 410000; at < 600000; at += 50000) {
        facts_reply(facts, DEVICE, RESOLVER, SITE, 28, 0, at);
        facts_reply(facts, DEVICE, RESOLVER, SITE, 28, 3, at + 1000);
    }
    resolves(facts, 700000);
    facts_no_finding(facts);
}

static void opens(struct facts *facts, const char *name, const char *server, int64_t at)
{
    facts_answered(facts, DEVICE, server, 443, at)->server_name = name;
}

static void is_torn_down(struct facts *facts, uint8_t ttl, int64_t at)
{
    facts_reset(facts, DEVICE, SITE_ADDRESS, 443, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, ttl,
                at)
        ->server_name = SITE;
}

static void torn_down_on_two_days(void **state)
{
    struct facts *facts = *state;
    for (int64_t day = 0; day < 2; day++) {
        int64_t at = day * 24 * HOUR;
        opens(facts, SITE, SITE_ADDRESS, at + 7 * HOUR);
        for (int64_t hour = 8; hour < 11; hour++) {
            is_torn_down(facts, 63, at + hour * HOUR);
            opens(facts, "albert.apple.com", "17.2.2.2", at + hour * HOUR + 1000);
        }
        opens(facts, SITE, SITE_ADDRESS, at + 16 * HOUR);
    }
    const struct finding *finding = facts_only_finding(facts, "connection-reset", SEVERITY_WARNING);
    assert_detail(finding, "origin", "injected");
    assert_int_equal(finding->count, 6);
    assert_int_equal(finding->period_count, 2);
    for (size_t day = 0; day < 2; day++) {
        int64_t at = (int64_t)day * 24 * HOUR;
        assert_int_equal(finding->periods[day].first, facts_time(at + 8 * HOUR));
        assert_int_equal(finding->periods[day].last, facts_time(at + 10 * HOUR));
        assert_true(finding->periods[day].over);
    }
    assert_int_equal(finding->ongoing, ONGOING_NO);
    assert_non_null(strstr(finding->summary, "works at other times"));
}

static void torn_down_from_a_moment_on(void **state)
{
    struct facts *facts = *state;
    opens(facts, SITE, SITE_ADDRESS, 1000);
    is_torn_down(facts, 52, 60000);
    opens(facts, "albert.apple.com", "17.2.2.2", 65000);
    is_torn_down(facts, 52, 90000);
    const struct finding *finding =
        facts_only_finding(facts, "connection-reset", SEVERITY_CRITICAL);
    assert_detail(finding, "origin", "server");
    assert_int_equal(finding->period_count, 1);
    assert_false(finding->periods[0].over);
    assert_int_equal(finding->ongoing, ONGOING_YES);
}

/* One by one, two at once, and when nothing else is reached. */
static void bad_luck_with_connections(void **state)
{
    struct facts *facts = *state;
    opens(facts, SITE, SITE_ADDRESS, 1000);
    is_torn_down(facts, 63, 60000);
    opens(facts, "albert.apple.com", "17.2.2.2", 65000);
    opens(facts, SITE, SITE_ADDRESS, 70000);
    is_torn_down(facts, 63, 90000);
    opens(facts, "albert.apple.com", "17.2.2.2", 90500);
    is_torn_down(facts, 63, 91000);
    opens(facts, SITE, SITE_ADDRESS, 100000);
    is_torn_down(facts, 63, 200000);
    is_torn_down(facts, 63, 240000);
    opens(facts, SITE, SITE_ADDRESS, 300000);
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
        cmocka_unit_test_setup_teardown(what_was_tried_meanwhile_alone, begin, end),
        cmocka_unit_test_setup_teardown(another_address_of_the_service_works, begin, end),
        cmocka_unit_test_setup_teardown(answers_would_not_have_been_seen, begin, end),
        cmocka_unit_test_setup_teardown(a_name_is_withheld_at_school, begin, end),
        cmocka_unit_test_setup_teardown(a_name_is_withheld_from_a_moment_on, begin, end),
        cmocka_unit_test_setup_teardown(a_courier_is_refused_while_others_are_served, begin, end),
        cmocka_unit_test_setup_teardown(a_forwarder_passes_a_period_on, begin, end),
        cmocka_unit_test_setup_teardown(bad_luck_with_names, begin, end),
        cmocka_unit_test_setup_teardown(a_resolver_out_of_breath, begin, end),
        cmocka_unit_test_setup_teardown(answers_change_by_design, begin, end),
        cmocka_unit_test_setup_teardown(torn_down_on_two_days, begin, end),
        cmocka_unit_test_setup_teardown(torn_down_from_a_moment_on, begin, end),
        cmocka_unit_test_setup_teardown(bad_luck_with_connections, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
