/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices ask for names where the capture cannot see it?
 */
#include "catalog/encrypted_resolvers.h"
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

/* What the observing half says of a flow whose client names this host. */
static void names(struct fact_flow *flow, const char *name)
{
    flow->server_name = name;
    flow->name_privacy = encrypted_resolver_find(name);
}

static void apples_dns_over_https(void **state)
{
    struct facts *facts = *state;
    names(facts_answered(facts, DEVICE, "17.253.36.53", 443, 1000), "doh.dns.apple.com");
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
    names(quic, "mask.icloud.com");
    quic->server_bytes = 4000;
    names(facts_answered(facts, DEVICE, "17.248.176.13", 443, 1200), "mask-h2.icloud.com");
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
    names(facts_silent(facts, DEVICE, "17.253.36.53", 443, 3, 1000), "doh.dns.apple.com");
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "dns-encrypted"), 0);
}

/* A resolver of nobody's that the catalogue knows, on the port that is for it. */
static struct fact_flow *ask_in_secret(struct facts *facts, bool tcp, int64_t at)
{
    struct fact_flow *flow = tcp ? facts_answered(facts, DEVICE, "198.51.100.99", 853, at)
                                 : facts_udp_answered(facts, DEVICE, "198.51.100.99", 853, at);
    flow->protocol = tcp ? "tls" : "quic";
    flow->name_privacy = tcp ? NAMES_DOT : NAMES_DOQ;
    flow->client_bytes = 600;
    flow->server_bytes = 4000;
    return flow;
}

static void a_resolver_over_tls(void **state)
{
    struct facts *facts = *state;
    ask_in_secret(facts, true, 1000);
    ask_in_secret(facts, true, 2000)->server_name = "resolver.example.org";
    const struct finding *finding = facts_only_finding(facts, "dns-encrypted", SEVERITY_NOTE);
    assert_detail(finding, "how", "dot");
    assert_devices(finding, DEVICE);
    assert_int_equal(finding->count, 2);
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_int_equal(finding->address_count, 1);
    assert_null(finding->host);
    assert_non_null(strstr(finding->summary, "over TLS"));
    assert_non_null(finding->explanation);
}

static void a_resolver_over_quic(void **state)
{
    struct facts *facts = *state;
    ask_in_secret(facts, false, 1000);
    const struct finding *finding = facts_only_finding(facts, "dns-encrypted", SEVERITY_NOTE);
    assert_detail(finding, "how", "doq");
    assert_non_null(strstr(finding->explanation, "198.51.100.99"));
}

/* A page may have the resolver's name: this is likely, and no more. */
static void a_strangers_dns_over_https(void **state)
{
    struct facts *facts = *state;
    names(facts_answered(facts, DEVICE, "8.8.8.8", 443, 1000), "dns.google");
    names(facts_answered(facts, DEVICE, "17.253.36.53", 443, 2000), "doh.dns.apple.com");
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "dns-encrypted"), 2);
    for (size_t i = 0; i < 2; i++) {
        const struct finding *finding = &facts->diagnosis->findings[i];
        bool apples = finding->host != NULL;
        assert_detail(finding, "how", "doh");
        assert_string_equal(finding->names[0], apples ? "doh.dns.apple.com" : "dns.google");
        assert_int_equal(finding->confidence, apples ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY);
    }
}

/* The port is asked and says no, says nothing, or speaks another protocol. */
static void ports_that_hide_nothing(void **state)
{
    struct facts *facts = *state;
    facts_refused(facts, DEVICE, "198.51.100.99", 853, 1000)->name_privacy = NAMES_DOT;
    facts_silent(facts, DEVICE, "198.51.100.98", 853, 3, 1000)->name_privacy = NAMES_DOT;
    ask_in_secret(facts, true, 2000)->protocol = NULL;
    ask_in_secret(facts, true, 2100)->protocol = "http";
    struct fact_flow *mute = ask_in_secret(facts, true, 2200);
    mute->server_bytes = 0;
    struct fact_flow *torn = ask_in_secret(facts, true, 2300);
    torn->outcome = OUTCOME_UNKNOWN;
    facts_answered(facts, DEVICE, "8.8.8.8", 853, 3000)->server_name = "dns.google";
    facts_answered(facts, DEVICE, "8.8.8.8", 8443, 3000)->server_name = "dns.google";
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "dns-encrypted"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(apples_dns_over_https),          TEST(the_relay_is_one_finding),
        TEST(its_name_alone_makes_it_likely), TEST(what_does_not_hide_names),
        TEST(who_did_not_get_there),          TEST(a_resolver_over_tls),
        TEST(a_resolver_over_quic),           TEST(a_strangers_dns_over_https),
        TEST(ports_that_hide_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
