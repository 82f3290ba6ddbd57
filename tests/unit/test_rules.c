/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do all rules run, causes before their symptoms?
 */
#include "diagnosis/rules.h"
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

static void every_rule_runs(void **state)
{
    static const char *const kinds[] = {"capture-duplicated", "dns-blocked", "port-blocked",
                                        "quic-blocked",       "legacy-port", "connection-reset"};
    struct facts *facts = *state;
    struct facts_bench bench;
    facts_source(facts)->duplicate_packets = 500;
    facts_host(facts, DEVICE);
    facts_resolver(facts, DEVICE, RESOLVER, 20, 18);
    facts_reply(facts, DEVICE, RESOLVER, "albert.apple.com", 1, 5, 0);
    facts_refused(facts, DEVICE, COURIER, 5223, 0);
    facts_udp_silent(facts, DEVICE, "17.1.1.5", 443, 4, 0)->server_name = "probe.icloud.com";
    facts_answered(facts, DEVICE, "17.1.1.5", 443, 0)->server_name = "probe.icloud.com";
    facts_silent(facts, DEVICE, "17.188.1.1", 2195, 3, 0);
    facts_reset(facts, DEVICE, "17.1.1.3", 443, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63, 0)
        ->server_name = "gg.apple.com";
    facts_bench_begin(facts, &bench);
    bench.diagnosis.sources = facts_source(facts);
    bench.diagnosis.source_count = 1;
    assert_true(rules_run(&bench.builder));
    const struct draft *draft = bench.builder.first;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++, draft = draft->next) {
        assert_non_null(draft);
        assert_string_equal(draft->finding.kind, kinds[i]);
    }
    assert_null(draft);
    assert_int_equal(bench.builder.count, sizeof kinds / sizeof kinds[0]);
    facts_bench_end(&bench);
}

static void nothing_stored(void **state)
{
    struct facts *facts = *state;
    struct facts_bench bench;
    facts_bench_begin(facts, &bench);
    assert_true(rules_run(&bench.builder));
    assert_null(bench.builder.first);
    facts_bench_end(&bench);
}

/* A symptom that has a cause of its own is not told twice. */
static void causes_without_their_symptoms(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, DEVICE);
    facts_resolver(facts, DEVICE, RESOLVER, 40, 0);
    for (int64_t i = 0; i < 4; i++) {
        facts_query(facts, DEVICE, RESOLVER, "gs.apple.com", 1, 2, i * 10000);
        facts_query(facts, DEVICE, RESOLVER, "courier.push.apple.com", 1, 2, i * 10000);
        facts_query(facts, DEVICE, RESOLVER, "time-ios.apple.com", 1, 2, i * 10000);
    }
    facts_only_finding(facts, "dns-unanswered", SEVERITY_CRITICAL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_rule_runs),
        CASE(nothing_stored),
        CASE(causes_without_their_symptoms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
