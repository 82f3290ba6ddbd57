/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices ask for names where the capture cannot see it?
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

static void apples_dns_over_https(void **state)
{
    struct facts *facts = *state;
    facts_answered(facts, DEVICE, "17.253.36.53", 443, 1000)->server_name = "doh.dns.apple.com";
    const struct finding *finding = facts_only_finding(facts, "dns-encrypted", SEVERITY_NOTE);
    assert_detail(finding, "how", "doh");
    assert_devices(finding, DEVICE);
    assert_string_equal(finding->host, "doh.dns.apple.com");
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_int_equal(finding->evidence_count, 1);
    assert_null(finding->culprit);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_HEALTHY);
}

static void the_relay_is_one_finding(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, "mask.icloud.com", "17.248.176.12", 1000);
    struct fact_flow *quic = facts_udp_answered(facts, DEVICE, "17.248.176.12", 443, 1100);
    quic->server_name = "mask.icloud.com";
    quic->server_bytes = 4000;
    facts_answered(facts, DEVICE, "17.248.176.13", 443, 1200)->server_name = "mask-h2.icloud.com";
    const struct finding *finding = facts_only_finding(facts, "dns-encrypted", SEVERITY_NOTE);
    assert_detail(finding, "how", "private-relay");
    assert_int_equal(finding->name_count, 2);
    assert_int_equal(finding->count, 3);
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
}

static void its_name_alone_makes_it_likely(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, "mask-h2.icloud.com", "2620:149:a44:f000::13", 1000);
    assert_int_equal(facts_only_finding(facts, "dns-encrypted", SEVERITY_NOTE)->confidence,
                     CONFIDENCE_LIKELY);
}

static void what_does_not_hide_names(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, "doh.dns.apple.com", "17.253.36.53", 1000);
    facts_resolved(facts, DEVICE, RESOLVER, "mask-api.icloud.com", "17.248.176.14", 1000);
    facts_reply(facts, DEVICE, RESOLVER, "mask.icloud.com", 1, 3, 1000);
    facts_resolved(facts, DEVICE, RESOLVER, "mask-h2.icloud.com", "0.0.0.0", 1000);
    facts_answered(facts, DEVICE, "17.188.22.70", 443, 2000)->server_name = "gs.apple.com";
    facts_no_finding(facts);
}

static void who_did_not_get_there(void **state)
{
    struct facts *facts = *state;
    facts_silent(facts, DEVICE, "17.253.36.53", 443, 3, 1000)->server_name = "doh.dns.apple.com";
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "dns-encrypted"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(apples_dns_over_https),          TEST(the_relay_is_one_finding),
        TEST(its_name_alone_makes_it_likely), TEST(what_does_not_hide_names),
        TEST(who_did_not_get_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
