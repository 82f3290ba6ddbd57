/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses cannot be the answer to a name of Apple's, who is blamed, and what
 * is not reported beside it?
 */
#include "diagnosis/answers.h"
#include "tests/support/facts.h"

#define A 1
#define AAAA 28
#define PROVIDER "203.0.113.53"

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

static void again(void **state)
{
    end(state);
    begin(state);
}

static const struct finding *assert_hijacked(struct facts *facts, enum severity severity,
                                             const char *answer)
{
    const struct finding *finding = facts_only_finding(facts, "dns-hijacked", severity);
    assert_detail(finding, "answer", answer);
    assert_int_equal(finding->port, -1);
    return finding;
}

static void addresses_of_nobody(void **state)
{
    static const struct {
        const char *address;
        const char *answer;
    } cases[] = {
        {"0.0.0.0", "unspecified"},   {"::", "unspecified"},     {"127.0.0.1", "loopback"},
        {"::1", "loopback"},          {"10.20.0.30", "private"}, {"192.168.1.1", "private"},
        {"169.254.1.1", "private"},   {"fd00::5", "private"},    {"fe80::1", "private"},
        {"224.0.0.251", "multicast"}, {"100.64.0.1", "private"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        again(state);
        facts_resolved(*state, DEVICE, RESOLVER, "www.apple.com", cases[i].address, 1000);
        const struct finding *finding = assert_hijacked(*state, SEVERITY_CRITICAL, cases[i].answer);
        assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
        assert_culprit(finding, CULPRIT_RESOLVER, RESOLVER);
        assert_devices(finding, DEVICE);
        assert_addresses(finding->addresses, finding->address_count, cases[i].address);
        assert_int_equal(finding->evidence_count, 2);
        assert_int_equal(finding->count, 1);
    }
}

static void a_courier_in_a_sinkhole(void **state)
{
    struct facts *facts = *state;
    struct fact_dns *dns =
        facts_reply(facts, DEVICE, RESOLVER, "7-courier.push.apple.com", A, 0, 1000);
    facts_cname(facts, dns, "7.courier-push-apple.com.akadns.net");
    facts_record(facts, dns, DNS_ANSWER, "7.courier-push-apple.com.akadns.net", A, "0.0.0.0");
    facts_resolved(facts, DEVICE, RESOLVER, "8-courier.push.apple.com", "0.0.0.0", 2000);
    const struct finding *finding = assert_hijacked(facts, SEVERITY_CRITICAL, "unspecified");
    assert_string_equal(finding->host, "*.push.apple.com");
    assert_int_equal(finding->name_count, 2);
}

static void a_block_page(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, "www.apple.com", "146.112.61.106", 1000);
    assert_int_equal(assert_hijacked(facts, SEVERITY_CRITICAL, "block-page")->confidence,
                     CONFIDENCE_LIKELY);
}

static void names_of_apples_own_network(void **state)
{
    static const char *const names[] = {"gs.apple.com",       "albert.apple.com",
                                        "time.apple.com",     "time-ios.apple.com",
                                        "identity.apple.com", "3-courier.push.apple.com"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        again(state);
        facts_resolved(*state, DEVICE, RESOLVER, names[i], "198.51.100.80", 1000);
        const struct finding *finding = assert_hijacked(*state, SEVERITY_CRITICAL, "foreign");
        assert_int_equal(finding->confidence, CONFIDENCE_LIKELY);
    }
}

static void public_addresses_that_may_be_right(void **state)
{
    static const struct {
        const char *name;
        const char *address;
    } cases[] = {{"gs.apple.com", "17.188.22.70"},
                 {"gs.apple.com", "23.45.74.40"},
                 {"gs.apple.com", "2620:149:a44::7"},
                 {"gs.apple.com", "64:ff9b::11bc:1646"},
                 {"gs.apple.com", "2001:db8:64::11bc:1646"},
                 {"gs.apple.com", "fd00:64::11bc:1646"},
                 {"www.apple.com", "fd00:64::172d:4a28"}, /* 23.45.74.40, a CDN's */
                 {"www.apple.com", "198.51.100.80"},
                 {"swcdn.apple.com", "8.8.8.8"},
                 {"7-courier.push.apple.com", "17.57.145.36"},
                 {"www.unrelated.example", "0.0.0.0"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        again(state);
        facts_resolved(*state, DEVICE, RESOLVER, cases[i].name, cases[i].address, 1000);
        facts_no_finding(*state);
    }
}

static void the_chain_excuses_a_public_address(void **state)
{
    struct facts *facts = *state;
    struct fact_dns *dns = facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", A, 0, 1000);
    facts_cname(facts, dns, "gs.apple.com.akadns.net");
    facts_record(facts, dns, DNS_ANSWER, "gs.apple.com.akadns.net", A, "198.51.100.80");
    facts_no_finding(facts);
}

static void a_strange_chain_does_not(void **state)
{
    struct facts *facts = *state;
    struct fact_dns *dns = facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", A, 0, 1000);
    facts_cname(facts, dns, "sinkhole.filter.example");
    facts_record(facts, dns, DNS_ANSWER, "sinkhole.filter.example", A, "198.51.100.80");
    assert_hijacked(facts, SEVERITY_CRITICAL, "foreign");
}

static void one_right_address_is_enough(void **state)
{
    struct facts *facts = *state;
    struct fact_dns *dns =
        facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "10.0.0.9", 1000);
    facts_record(facts, dns, DNS_ANSWER, "gs.apple.com", A, "17.188.22.70");
    facts_no_finding(facts);
}

static void dns64_of_whatever_prefix(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, OTHER_DEVICE, RESOLVER, "www.apple.com", "198.51.100.80", 1000);
    facts_resolved(facts, DEVICE, RESOLVER, "www.apple.com", "fd00:64::c633:6450", 2000);
    facts_no_finding(facts);
    again(state);
    facts_resolved(facts, OTHER_DEVICE, RESOLVER, "www.apple.com", "198.51.100.81", 1000);
    facts_resolved(facts, DEVICE, RESOLVER, "www.apple.com", "fd00:64::c633:6450", 2000);
    assert_hijacked(facts, SEVERITY_CRITICAL, "private");
}

static void private_relay_may_be_refused(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, "mask.icloud.com", "0.0.0.0", 1000);
    facts_resolved(facts, DEVICE, RESOLVER, "mask-h2.icloud.com", "::", 1000);
    facts_no_finding(facts);
}

static void another_resolver_is_right(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "0.0.0.0", 2000);
    facts_resolved(facts, DEVICE, OTHER_RESOLVER, "gs.apple.com", "17.188.22.70", 1000);
    assert_culprit(assert_hijacked(facts, SEVERITY_WARNING, "unspecified"), CULPRIT_RESOLVER,
                   RESOLVER);
}

static void the_same_resolver_right_before_only(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "17.188.22.70", 1000);
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "0.0.0.0", 90000);
    assert_hijacked(facts, SEVERITY_CRITICAL, "unspecified");
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "17.188.22.70", 200000);
    assert_hijacked(facts, SEVERITY_WARNING, "unspecified");
}

static void another_device_keeps_it_critical(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "0.0.0.0", 1000);
    facts_resolved(facts, DEVICE, OTHER_RESOLVER, "gs.apple.com", "17.188.22.70", 1500);
    facts_resolved(facts, OTHER_DEVICE, RESOLVER, "gs.apple.com", "0.0.0.0", 2000);
    assert_int_equal(assert_hijacked(facts, SEVERITY_CRITICAL, "unspecified")->device_count, 2);
}

static void who_said_it_first(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "10.9.9.9", 1000);
    facts_resolved(facts, RESOLVER, PROVIDER, "gs.apple.com", "10.9.9.9", 1005)->answer_ttl = 57;
    const struct finding *finding = assert_hijacked(facts, SEVERITY_CRITICAL, "private");
    assert_culprit(finding, CULPRIT_RESOLVER, PROVIDER);
    assert_devices(finding, DEVICE);
}

static void no_name_error_beside_it(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, "7-courier.push.apple.com", "0.0.0.0", 1000);
    facts_reply(facts, DEVICE, RESOLVER, "7-courier.push.apple.com", AAAA, 3, 1010);
    assert_hijacked(facts, SEVERITY_CRITICAL, "unspecified");
}

static void it_serves_nobody(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, RESOLVER, 5, 5);
    facts_reply(facts, DEVICE, OTHER_RESOLVER, "gs.apple.com", A, 3, 1000);
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "0.0.0.0", 2000);
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "dns-blocked"), 1);
    assert_int_equal(facts_findings(facts, "dns-hijacked"), 1);
    for (size_t i = 0; i < facts->diagnosis->finding_count; i++)
        assert_int_equal(facts->diagnosis->findings[i].severity, SEVERITY_CRITICAL);
}

static void led_to(struct facts *facts, const char *address, int64_t at)
{
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", address, at);
    facts_refused(facts, DEVICE, address, 443, at + 100)->resolved_name = "gs.apple.com";
    struct fact_flow *flow = facts_reset(
        facts, DEVICE, address, 443, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 60, at + 200);
    flow->server_name = flow->resolved_name = "gs.apple.com";
}

static void symptoms_are_not_reported(void **state)
{
    static const char *const addresses[] = {"10.20.0.30", "146.112.61.106", "198.51.100.80"};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        again(state);
        led_to(*state, addresses[i], 1000);
        facts_only_finding(*state, "dns-hijacked", SEVERITY_CRITICAL);
    }
}

static void the_same_device_from_its_other_address(void **state)
{
    struct facts *facts = *state;
    facts_give_mac(facts_host(facts, "2001:db8:20::20"), "a4:83:e7:00:00:09");
    facts_give_mac(facts_host(facts, "10.0.0.29"), "a4:83:e7:00:00:09");
    facts_resolved(facts, "2001:db8:20::20", RESOLVER, "gs.apple.com", "198.51.100.80", 1000);
    facts_refused(facts, "10.0.0.29", "198.51.100.80", 443, 2000)->resolved_name = "gs.apple.com";
    facts_only_finding(facts, "dns-hijacked", SEVERITY_CRITICAL);
}

static void a_reset_at_the_right_address_stays(void **state)
{
    struct facts *facts = *state;
    led_to(facts, "17.188.22.70", 1000);
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "dns-hijacked"), 0);
    assert_true(facts_findings(facts, "connection-reset") + facts_findings(facts, "port-blocked") >
                0);
}

static void a_time_server_of_the_sites_own(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, "time.apple.com", "10.0.0.7", 1000);
    facts_udp_answered(facts, DEVICE, "10.0.0.7", 123, 1100)->resolved_name = "time.apple.com";
    assert_hijacked(facts, SEVERITY_WARNING, "private");
}

/* One question, sent once: the second answer, with an address and a TTL of its own. */
static struct fact_dns *second_answer(struct facts *facts, const struct fact_dns *first,
                                      const char *address, uint8_t ttl)
{
    uint64_t id = first->id;
    const char *name = first->name;
    struct fact_dns *dns = facts_resolved(facts, DEVICE, RESOLVER, name, address, 1010);
    dns->earlier = id;
    dns->answer_ttl = ttl;
    return dns;
}

static void a_forged_address(void **state)
{
    struct facts *facts = *state;
    second_answer(facts, facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "10.1.2.3", 1000),
                  "17.188.22.70", 54);
    const struct finding *finding = assert_hijacked(facts, SEVERITY_CRITICAL, "private");
    assert_culprit(finding, CULPRIT_NETWORK, NULL);
    assert_int_equal(finding->culprit->hops, 1);
    assert_detail(finding, "proof", "two-answers");
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_int_equal(finding->evidence_count, 3);
    assert_devices(finding, DEVICE);
}

/* The capture lost the true answer to one of two questions: the false ones are alike. */
static void a_forged_address_whose_truth_is_lost(void **state)
{
    struct facts *facts = *state;
    second_answer(facts, facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "10.1.2.3", 1000),
                  "17.188.22.70", 54);
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "10.1.2.3", 5000);
    const struct finding *finding = assert_hijacked(facts, SEVERITY_CRITICAL, "private");
    assert_culprit(finding, CULPRIT_NETWORK, NULL);
    assert_detail(finding, "proof", "two-answers");
    assert_int_equal(finding->count, 1); /* the one that shows it */
    assert_int_equal(finding->last_seen, facts_time(5015));
}

/* No second answer is needed where all right ones come from another distance. */
static void wrong_answers_from_another_distance(void **state)
{
    static const struct {
        uint8_t right, wrong;
        bool apart;
    } cases[] = {{54, 61, true}, {54, 55, false}, {54, 54, false}, {0, 61, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts *facts = *state;
        facts_resolved(facts, DEVICE, RESOLVER, "albert.apple.com", "17.171.47.86", 100)
            ->answer_ttl = cases[i].right;
        facts_resolved(facts, DEVICE, RESOLVER, "humb.apple.com", "17.171.47.87", 200)->answer_ttl =
            cases[i].right;
        facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "10.1.2.3", 1000)->answer_ttl =
            cases[i].wrong;
        const struct finding *finding = assert_hijacked(facts, SEVERITY_CRITICAL, "private");
        assert_culprit(finding, cases[i].apart ? CULPRIT_NETWORK : CULPRIT_RESOLVER,
                       cases[i].apart ? NULL : RESOLVER);
        assert_int_equal(finding->confidence,
                         cases[i].apart ? CONFIDENCE_LIKELY : CONFIDENCE_CERTAIN);
        if (cases[i].apart)
            assert_detail(finding, "answered_from", "another-distance");
        again(state);
    }
}

/* The address alone would not tell. */
static void a_forged_public_address(void **state)
{
    struct facts *facts = *state;
    second_answer(facts,
                  facts_resolved(facts, DEVICE, RESOLVER, "www.apple.com", "198.51.100.80", 1000),
                  "23.45.74.40", 54);
    assert_hijacked(facts, SEVERITY_CRITICAL, "foreign");
}

static void a_forged_denial(void **state)
{
    struct facts *facts = *state;
    second_answer(facts, facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", A, 3, 1000),
                  "17.188.22.70", 64);
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
    assert_culprit(finding, CULPRIT_NETWORK, NULL);
    assert_detail(finding, "answer", "nxdomain");
    assert_int_equal(finding->confidence, CONFIDENCE_LIKELY); /* from as far away */
}

static void a_forged_courier(void **state)
{
    struct facts *facts = *state;
    second_answer(facts,
                  facts_reply(facts, DEVICE, RESOLVER, "7-courier.push.apple.com", A, 5, 1000),
                  "17.57.145.36", 50);
    assert_culprit(facts_only_finding(facts, "cname-squashed", SEVERITY_CRITICAL), CULPRIT_NETWORK,
                   NULL);
}

/* Caches, content networks and impatient resolvers. */
static void two_answers_that_are_healthy(void **state)
{
    struct facts *facts = *state;
    struct fact_dns *dns =
        facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "17.188.22.70", 1000);
    second_answer(facts, dns, "17.188.22.70", 50);
    dns = facts_resolved(facts, DEVICE, RESOLVER, "www.apple.com", "23.45.74.40", 1000);
    second_answer(facts, dns, "23.45.74.41", 50);
    dns = facts_reply(facts, DEVICE, RESOLVER, "gg.apple.com", A, 2, 1000);
    second_answer(facts, dns, "17.188.22.71", 64);
    dns = facts_resolved(facts, DEVICE, RESOLVER, "humb.apple.com", "17.171.47.87", 1000);
    second_answer(facts, dns, "10.0.0.9", 50);
    facts_no_finding(facts);
}

static void the_resolvers_own_word(void **state)
{
    struct facts *facts = *state;
    struct fact_dns *dns =
        facts_resolved(facts, DEVICE, RESOLVER, "www.apple.com", "146.112.61.106", 1000);
    dns->has_extended_error = true;
    dns->extended_error = 15;
    const struct finding *finding = assert_hijacked(facts, SEVERITY_CRITICAL, "block-page");
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_non_null(strstr(finding->explanation, "15 Blocked"));
}

/* No resolver on the internet sends what no router has touched. */
static void a_redirected_port(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, "198.51.100.99", "www.apple.com", "0.0.0.0", 1000);
    assert_detail(assert_hijacked(facts, SEVERITY_CRITICAL, "unspecified"), "answered_from",
                  "local-network");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(addresses_of_nobody),
        TEST(a_courier_in_a_sinkhole),
        TEST(a_block_page),
        TEST(names_of_apples_own_network),
        TEST(public_addresses_that_may_be_right),
        TEST(the_chain_excuses_a_public_address),
        TEST(a_strange_chain_does_not),
        TEST(one_right_address_is_enough),
        TEST(dns64_of_whatever_prefix),
        TEST(private_relay_may_be_refused),
        TEST(another_resolver_is_right),
        TEST(the_same_resolver_right_before_only),
        TEST(another_device_keeps_it_critical),
        TEST(who_said_it_first),
        TEST(no_name_error_beside_it),
        TEST(it_serves_nobody),
        TEST(symptoms_are_not_reported),
        TEST(the_same_device_from_its_other_address),
        TEST(a_reset_at_the_right_address_stays),
        TEST(a_time_server_of_the_sites_own),
        TEST(a_forged_address),
        TEST(a_forged_public_address),
        TEST(a_forged_denial),
        TEST(a_forged_courier),
        TEST(a_forged_address_whose_truth_is_lost),
        TEST(wrong_answers_from_another_distance),
        TEST(two_answers_that_are_healthy),
        TEST(the_resolvers_own_word),
        TEST(a_redirected_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
