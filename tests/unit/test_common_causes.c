/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one box on the way does to many of Apple's services: is it one finding, with all of
 * them, and do causes that differ stay apart?
 */
#include "tests/support/facts.h"

#define SERVER_TTL 52 /* of the facts' servers */
#define NEAR_TTL 63

static int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    facts_host(&facts, DEVICE);
    facts_host(&facts, OTHER_DEVICE);
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

static const struct {
    const char *name, *address;
} services[] = {{"courier.push.apple.com", COURIER},
                {"albert.apple.com", "17.171.47.86"},
                {"gs.apple.com", "17.188.22.70"},
                {"humb.apple.com", "17.188.22.71"},
                {"mesu.apple.com", "17.253.5.200"}};

#define SERVICES (sizeof services / sizeof services[0])

static void reset(struct facts *facts, const char *device, size_t service, uint8_t ttl)
{
    struct fact_flow *flow =
        facts_reset(facts, device, services[service].address, 443, RESET_STAGE_AFTER_CLIENT_HELLO,
                    PARTY_SERVER, ttl, 1000 + (int64_t)service * 1000);
    flow->server_name = services[service].name;
}

static void resets_of_many_services_are_one_cause(void **state)
{
    struct facts *facts = *state;
    for (size_t i = 0; i < SERVICES; i++)
        reset(facts, DEVICE, i, NEAR_TTL);
    reset(facts, OTHER_DEVICE, 1, NEAR_TTL);
    const struct finding *finding =
        facts_only_finding(facts, "connection-reset", SEVERITY_CRITICAL);
    assert_null(finding->host);
    assert_null(finding->category);
    assert_int_equal(finding->port, -1);
    assert_detail(finding, "origin", "injected");
    assert_detail(finding, "stage", "after-client-hello");
    assert_detail(finding, "scope", "several-services");
    assert_string_equal(finding->details[3].name, "rows");
    assert_true(finding->details[3].number == SERVICES);
    assert_int_equal(finding->count, SERVICES + 1);
    assert_int_equal(finding->name_count, SERVICES);
    assert_int_equal(finding->address_count, SERVICES);
    assert_int_equal(finding->device_count, 2);
    assert_int_equal(finding->culprit->hops, 2);
    assert_int_equal(finding->ongoing, ONGOING_YES);
    assert_non_null(strstr(finding->summary, "5 services"));
    /* Each row of the list points at it. */
    for (size_t i = 1; i < SERVICES; i++) {
        size_t row = facts_row(facts, services[i].name, 443, TRANSPORT_TCP);
        assert_int_equal(facts->diagnosis->coverage[row].status, COVERAGE_FAILING);
        assert_int_equal(facts->diagnosis->coverage[row].finding_count, 1);
        assert_string_equal(facts->diagnosis->coverage[row].findings[0], finding->id);
    }
}

static void few_services_are_told_by_row(void **state)
{
    struct facts *facts = *state;
    for (size_t i = 0; i + 1 < SERVICES; i++)
        reset(facts, DEVICE, i, NEAR_TTL);
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "connection-reset"), SERVICES - 1);
}

/* What the servers themselves seem to do is no other's doing as well. */
static void causes_that_differ_stay_apart(void **state)
{
    struct facts *facts = *state;
    for (size_t i = 0; i < SERVICES; i++)
        reset(facts, DEVICE, i, i == 2 ? SERVER_TTL : NEAR_TTL);
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "connection-reset"), SERVICES);
}

/* Not one device has it with many: each may have a cause of its own. */
static void devices_with_one_each_are_no_proof(void **state)
{
    struct facts *facts = *state;
    for (size_t i = 0; i < SERVICES; i++)
        reset(facts, i % 2 == 0 ? DEVICE : OTHER_DEVICE, i, NEAR_TTL);
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "connection-reset"), SERVICES);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(resets_of_many_services_are_one_cause),
        TEST(few_services_are_told_by_row),
        TEST(causes_that_differ_stay_apart),
        TEST(devices_with_one_each_are_no_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
