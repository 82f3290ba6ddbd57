/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of Apple blocked while others work, for hours or always: is it one cause, and is it
 * none where the whole network was down, or where something of Apple's got through?
 */
#include "tests/support/facts.h"

#define HOUR INT64_C(3600000)
#define ALBERT "17.171.47.86"
#define GS "17.188.22.70"

static struct fact_host *device;

static int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    device = facts_host(&facts, DEVICE);
    device->last_received_time = device->last_time = facts_time(24 * HOUR);
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

/* From midnight on, an hour each. */
static void others(const char *marks)
{
    device->other_start = facts_time(0);
    device->other_span = (uint64_t)HOUR * FACTS_MILLISECOND;
    device->other_times = marks;
}

static const struct {
    const char *name, *address;
    uint16_t port;
} services[] = {{"4-courier.push.apple.com", COURIER, 5223},
                {"albert.apple.com", ALBERT, 443},
                {"gs.apple.com", GS, 443},
                {"mesu.apple.com", "17.253.5.200", 443}};

#define SERVICES (sizeof services / sizeof services[0])

static void all_work(struct facts *facts, int64_t at)
{
    for (size_t i = 0; i < SERVICES; i++)
        facts_answered(facts, DEVICE, services[i].address, services[i].port, at)->resolved_name =
            services[i].name;
}

static void all_fail(struct facts *facts, int64_t at)
{
    for (size_t i = 0; i < SERVICES; i++)
        facts_silent(facts, DEVICE, services[i].address, services[i].port, 3, at + (int64_t)i * 100)
            ->resolved_name = services[i].name;
}

static void a_school_day(struct facts *facts)
{
    all_work(facts, 7 * HOUR);
    for (int64_t hour = 8; hour < 16; hour++)
        all_fail(facts, hour * HOUR + 600000);
    all_work(facts, 17 * HOUR);
}

static void blocked_from_8_to_16(void **state)
{
    struct facts *facts = *state;
    others(".......+++++++++++");
    a_school_day(facts);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_WARNING);
    assert_detail(finding, "how", "no-answer");
    assert_detail(finding, "scope", "all-of-apple");
    assert_null(finding->host);
    assert_int_equal(finding->name_count, 4);
    assert_int_equal(finding->count, 4 * 8);
    assert_int_equal(finding->period_count, 1);
    assert_int_equal(finding->periods[0].first, facts_time(8 * HOUR + 600000));
    assert_true(finding->periods[0].over);
    assert_int_equal(finding->ongoing, ONGOING_NO);
    assert_devices(finding, DEVICE);
    assert_non_null(strstr(finding->explanation, "timetable"));
    for (size_t i = 0; i < SERVICES; i++) {
        size_t row = facts_row(facts, i == 0 ? "*.push.apple.com" : services[i].name,
                               services[i].port, TRANSPORT_TCP);
        assert_int_equal(facts->diagnosis->coverage[row].finding_count, 1);
    }
}

/* The control group failed as well: it was the network, and no rule about Apple. */
static void the_network_from_8_to_16(void **state)
{
    struct facts *facts = *state;
    others(".......+--------.+");
    device->other_tcp_silent = 20;
    a_school_day(facts);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_WARNING);
    assert_non_null(strstr(finding->summary, "connections to others failed as well"));
    assert_int_equal(finding->detail_count, 1);
}

static void never_let_in(void **state)
{
    struct facts *facts = *state;
    all_fail(facts, 1000);
    all_fail(facts, 60000);
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_detail(finding, "scope", "all-of-apple");
    assert_int_equal(finding->ongoing, ONGOING_YES);
    assert_int_equal(finding->period_count, 0);
    assert_string_equal(verdict_word(facts->diagnosis->verdict), "blocked");
}

/* One of Apple's services gets through: the rows are blocked each by itself. */
static void something_gets_through(void **state)
{
    struct facts *facts = *state;
    all_fail(facts, 1000);
    all_fail(facts, 60000);
    facts_answered(facts, DEVICE, "17.253.5.201", 443, 5000)->resolved_name = "humb.apple.com";
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "port-blocked"), SERVICES);
}

/* Two rows say nothing of the others. */
static void two_rows(void **state)
{
    struct facts *facts = *state;
    for (size_t i = 1; i < 3; i++)
        facts_silent(facts, DEVICE, services[i].address, 443, 3, 1000)->resolved_name =
            services[i].name;
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "port-blocked"), 2);
}

/* Refused here, unanswered there: two causes. */
static void not_alike(void **state)
{
    struct facts *facts = *state;
    all_fail(facts, 1000);
    facts_refused(facts, DEVICE, "17.253.5.202", 443, 2000)->resolved_name = "humb.apple.com";
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "port-blocked"), 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(blocked_from_8_to_16),
        CASE(the_network_from_8_to_16),
        CASE(never_let_in),
        CASE(something_gets_through),
        CASE(two_rows),
        CASE(not_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
