/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has every row of Apple's list its line, with the right status and findings?
 */
#include <stdio.h>

#define FACTS_LIMIT 20000
#include "tests/support/facts.h"

static int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

static const struct coverage *row_of(const struct facts *facts, const char *host, uint16_t port,
                                     uint8_t transport)
{
    return &facts->diagnosis->coverage[facts_row(facts, host, port, transport)];
}

static void assert_status(const struct coverage *row, enum coverage_status status,
                          uint64_t attempts, uint64_t successes)
{
    assert_string_equal(coverage_status_word(row->status), coverage_status_word(status));
    assert_int_equal(row->attempts, attempts);
    assert_int_equal(row->successes, successes);
}

static void nothing_seen(void **state)
{
    struct facts *facts = *state;
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->coverage_count, catalog_count(facts->catalog));
    for (size_t i = 0; i < facts->diagnosis->coverage_count; i++) {
        const struct coverage *row = &facts->diagnosis->coverage[i];
        const struct service *service = catalog_service(facts->catalog, i);
        assert_status(row, COVERAGE_UNSEEN, 0, 0);
        assert_int_equal(row->finding_count, 0);
        assert_string_equal(row->host, service->host);
        assert_int_equal(row->port, service->port);
        assert_int_equal(row->retired, service->retired);
    }
}

static void what_works(void **state)
{
    struct facts *facts = *state;
    facts_answered(facts, DEVICE, COURIER, 5223, 0)->resolved_name = "4-courier.push.apple.com";
    facts_answered(facts, DEVICE, "17.1.1.1", 443, 0)->server_name = "gs.apple.com";
    facts_udp_answered(facts, DEVICE, "17.1.1.2", 123, 0)->resolved_name = "time.apple.com";
    facts_diagnose(facts);
    assert_status(row_of(facts, "*.push.apple.com", 5223, TRANSPORT_TCP), COVERAGE_OK, 1, 1);
    assert_status(row_of(facts, "*-courier.push.apple.com", 5223, TRANSPORT_TCP), COVERAGE_OK, 1,
                  1);
    assert_status(row_of(facts, "17.57.144.0/22", 5223, TRANSPORT_TCP), COVERAGE_OK, 1, 1);
    assert_status(row_of(facts, "gs.apple.com", 443, TRANSPORT_TCP), COVERAGE_OK, 1, 1);
    assert_status(row_of(facts, "gs.apple.com", 80, TRANSPORT_TCP), COVERAGE_UNSEEN, 0, 0);
    assert_status(row_of(facts, "time.apple.com", 123, TRANSPORT_UDP), COVERAGE_OK, 1, 1);
    assert_status(row_of(facts, "*.push.apple.com", 443, TRANSPORT_TCP), COVERAGE_UNSEEN, 0, 0);
}

static void what_fails(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, COURIER, 5223, 3, 0)->resolved_name = "4-courier.push.apple.com";
    facts_silent(facts, DEVICE, COURIER, 5223, 3, 9000)->resolved_name = "5-courier.push.apple.com";
    facts_diagnose(facts);
    const struct coverage *row = row_of(facts, "*.push.apple.com", 5223, TRANSPORT_TCP);
    assert_status(row, COVERAGE_FAILING, 2, 0);
    assert_int_equal(row->finding_count, 1);
    assert_string_equal(row->findings[0], "F1");
    assert_status(row_of(facts, "17.57.144.0/22", 5223, TRANSPORT_TCP), COVERAGE_FAILING, 2, 0);
    assert_status(row_of(facts, "*.push.apple.com", 443, TRANSPORT_TCP), COVERAGE_UNSEEN, 0, 0);
}

static void what_fails_for_some(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, COURIER, 5223, 3, 0)->resolved_name = "4-courier.push.apple.com";
    facts_answered(facts, OTHER_DEVICE, COURIER, 5223, 0)->resolved_name =
        "4-courier.push.apple.com";
    facts_diagnose(facts);
    assert_status(row_of(facts, "*.push.apple.com", 5223, TRANSPORT_TCP), COVERAGE_PARTIAL, 2, 1);
}

/* A port that opens is not yet a service that answers. */
static void what_opens_and_fails_in_tls(void **state)
{
    struct facts *facts = *state;
    for (int64_t at = 0; at < 3; at++) {
        struct fact_flow *flow = facts_answered(facts, DEVICE, "17.1.1.1", 443, at * 5000);
        flow->server_name = "gs.apple.com";
        if (at == 0)
            facts_tls(facts, flow, PARTY_NONE, 0)->handshake_complete = true;
        else
            facts_tls(facts, flow, PARTY_SERVER, 70); /* protocol_version */
    }
    facts_diagnose(facts);
    const struct coverage *row = row_of(facts, "gs.apple.com", 443, TRANSPORT_TCP);
    assert_int_equal(row->attempts, 3);
    assert_int_equal(row->successes, 1);
}

/* A ClientHello that nothing answers; the ServerHello that the capture lacks is none. */
static void what_opens_and_is_never_answered(void **state)
{
    struct facts *facts = *state;
    for (int64_t at = 0; at < 2; at++) {
        struct fact_flow *flow = facts_answered(facts, DEVICE, "17.1.1.1", 443, at * 5000);
        flow->server_name = "gs.apple.com";
        flow->server_bytes = at == 0 ? 0 : 5000;
        facts_tls(facts, flow, PARTY_NONE, 0);
    }
    facts_diagnose(facts);
    const struct coverage *row = row_of(facts, "gs.apple.com", 443, TRANSPORT_TCP);
    assert_int_equal(row->attempts, 2);
    assert_int_equal(row->successes, 1);
}

/* One SYN, a retired host: tried, but nobody may say that it fails. */
static void what_nobody_can_tell(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_silent(facts, DEVICE, "17.1.1.1", 443, 1, 0)->resolved_name = "gs.apple.com";
    facts_silent(facts, DEVICE, "17.1.1.2", 443, 3, 0)->resolved_name = "gnf-mdn.apple.com";
    facts_no_finding(facts);
    assert_status(row_of(facts, "gs.apple.com", 443, TRANSPORT_TCP), COVERAGE_UNSEEN, 0, 0);
    const struct coverage *retired = row_of(facts, "gnf-mdn.apple.com", 443, TRANSPORT_TCP);
    assert_true(retired->retired);
    assert_status(retired, COVERAGE_UNSEEN, 1, 0);
}

static void findings_in_their_order(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_host(facts, OTHER_DEVICE);
    facts_resolver(facts, DEVICE, RESOLVER, 20, 18);
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", 1, 3, 0);
    facts_silent(facts, DEVICE, "17.1.1.1", 443, 3, 0)->resolved_name = "gs.apple.com";
    facts_silent(facts, OTHER_DEVICE, "17.1.1.1", 443, 3, 0)->resolved_name = "gs.apple.com";
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->finding_count, 2);
    const struct coverage *row = row_of(facts, "gs.apple.com", 443, TRANSPORT_TCP);
    assert_int_equal(row->finding_count, 2);
    assert_string_equal(row->findings[0], "F1");
    assert_string_equal(row->findings[1], "F2");
    assert_string_equal(facts->diagnosis->findings[0].kind, "port-blocked"); /* two devices */
    assert_status(row, COVERAGE_FAILING, 3, 0);
}

#define CROWD 3000

/* However many devices: one row, one culprit, one finding. */
static void a_crowd_on_one_blocked_row(void **state)
{
    struct facts *facts = *state;
    for (unsigned int i = 0; i < CROWD; i++) {
        char device[32];
        snprintf(device, sizeof device, "10.1.%u.%u", i / 250, i % 250 + 1);
        facts_host(facts, device);
        facts_silent(facts, device, COURIER, 5223, 3, (int64_t)i * 10)->resolved_name =
            "4-courier.push.apple.com";
    }
    const struct finding *finding = facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    assert_int_equal(finding_devices(finding), CROWD);
    assert_int_equal(finding->count, CROWD);
    assert_true(finding->evidence_count <= FINDING_EVIDENCE_LIMIT);
    assert_non_null(strstr(finding->summary, "3000 devices"));
    assert_true(strlen(finding->summary) + strlen(finding->remedy) < 1000);
    assert_int_equal(finding->ongoing, ONGOING_YES);
    const struct coverage *row = row_of(facts, "*.push.apple.com", 5223, TRANSPORT_TCP);
    assert_status(row, COVERAGE_FAILING, CROWD, 0);
    assert_int_equal(row->finding_count, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(nothing_seen),
        CASE(what_works),
        CASE(what_fails),
        CASE(what_fails_for_some),
        CASE(what_nobody_can_tell),
        CASE(findings_in_their_order),
        CASE(what_opens_and_fails_in_tls),
        CASE(what_opens_and_is_never_answered),
        CASE(a_crowd_on_one_blocked_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
