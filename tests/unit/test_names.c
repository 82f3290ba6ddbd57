/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which answers withhold a name, which are the truth about it, and which resolver
 * answers nothing?
 */
#include <stdio.h>

#include "tests/support/facts.h"

#define A 1
#define TXT 16
#define AAAA 28
#define HTTPS 65
#define NOERROR 0
#define SERVFAIL 2
#define NXDOMAIN 3
#define REFUSED 5

#define PLACEHOLDER "courier.push.apple.com"
#define NUMBERED "4-courier.push.apple.com"

static int begin(void **state)
{
    static struct facts facts;

    facts_begin(&facts);
    facts_host(&facts, DEVICE);
    facts_host(&facts, OTHER_DEVICE);
    facts_resolver(&facts, DEVICE, RESOLVER, 20, 18);
    *state = &facts;
    return 0;
}

static int end(void **state)
{
    facts_end(*state);
    return 0;
}

static const struct finding *assert_squashed(struct facts *facts, const char *answer)
{
    const struct finding *finding = facts_only_finding(facts, "cname-squashed", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "*.push.apple.com");
    assert_string_equal(finding->category, "apns");
    assert_int_equal(finding->port, -1);
    assert_int_equal(finding->transport, 0);
    assert_detail(finding, "answer", answer);
    assert_culprit(finding, CULPRIT_RESOLVER, RESOLVER);
    assert_devices(finding, DEVICE);
    return finding;
}

static void placeholder_gets_an_error(void **state)
{
    static const struct {
        uint8_t rcode;
        const char *answer;
        enum confidence confidence;
    } errors[] = {{NXDOMAIN, "nxdomain", CONFIDENCE_CERTAIN},
                  {SERVFAIL, "servfail", CONFIDENCE_LIKELY}, /* once may be bad luck */
                  {REFUSED, "refused", CONFIDENCE_CERTAIN}};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        facts_reply(facts, DEVICE, RESOLVER, PLACEHOLDER, A, errors[i].rcode, 1000);
        const struct finding *finding = assert_squashed(facts, errors[i].answer);
        assert_string_equal(finding->names[0], PLACEHOLDER);
        assert_int_equal(finding->confidence, errors[i].confidence);
        assert_int_equal(finding->evidence_count, 2);
        assert_string_equal(finding->evidence[0].note, "query A " PLACEHOLDER);
    }
}

static void repeated_failure_is_certain(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, PLACEHOLDER, A, SERVFAIL, 1000);
    facts_reply(facts, DEVICE, RESOLVER, PLACEHOLDER, A, SERVFAIL, 3000);
    assert_int_equal(assert_squashed(facts, "servfail")->confidence, CONFIDENCE_CERTAIN);
}

static void placeholder_gets_nothing(void **state)
{
    struct facts *facts = *state;
    /* The SOA of the dropped CNAME's target stays behind: no excuse. */
    struct fact_dns *dns = facts_reply(facts, DEVICE, RESOLVER, PLACEHOLDER, A, NOERROR, 1000);
    facts_soa(facts, dns, "akadns.net", "internal.akadns.net hostmaster.akamai.com");
    const struct finding *finding = assert_squashed(facts, "empty");
    assert_non_null(strstr(finding->explanation, "no CNAME"));
}

/* Nor is it one for "no such name": the name exists. */
static void placeholder_is_denied_with_authority(void **state)
{
    struct facts *facts = *state;
    struct fact_dns *dns = facts_reply(facts, DEVICE, RESOLVER, PLACEHOLDER, A, NXDOMAIN, 1000);
    facts_soa(facts, dns, "akadns.net", "internal.akadns.net hostmaster.akamai.com");
    assert_squashed(facts, "nxdomain");
}

static void placeholder_is_never_answered(void **state)
{
    struct facts *facts = *state;
    facts_query(facts, DEVICE, RESOLVER, PLACEHOLDER, A, 3, 1000);
    const struct finding *finding = assert_squashed(facts, "no-answer");
    assert_int_equal(finding->confidence, CONFIDENCE_LIKELY);
    assert_null(strstr(finding->explanation, "Here the answer has"));
    assert_int_equal(finding->evidence_count, 2);
}

static void silence_with_an_answer_is_an_answer(void **state)
{
    struct facts *facts = *state;
    facts_query(facts, DEVICE, RESOLVER, PLACEHOLDER, A, 2, 1000);
    facts_reply(facts, DEVICE, RESOLVER, PLACEHOLDER, A, NXDOMAIN, 5000);
    assert_squashed(facts, "nxdomain");
}

static void numbered_courier_loses_its_address(void **state)
{
    struct facts *facts = *state;
    struct fact_dns *dns = facts_reply(facts, DEVICE, RESOLVER, NUMBERED, A, NOERROR, 1000);
    facts_cname(facts, dns, "4.courier-push-apple.com.akadns.net");
    const struct finding *finding = assert_squashed(facts, "address-missing");
    assert_null(strstr(finding->explanation, "has no CNAME"));
    assert_null(strstr(finding->summary, "withholds the CNAME"));
}

static void numbered_couriers_are_one_finding(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, OTHER_DEVICE, RESOLVER, 20, 18);
    facts_reply(facts, DEVICE, RESOLVER, NUMBERED, A, NXDOMAIN, 1000);
    facts_reply(facts, DEVICE, RESOLVER, "17-courier.push.apple.com", A, NXDOMAIN, 2000);
    facts_reply(facts, OTHER_DEVICE, RESOLVER, PLACEHOLDER, A, NXDOMAIN, 3000);
    const struct finding *finding = facts_only_finding(facts, "cname-squashed", SEVERITY_CRITICAL);
    assert_int_equal(finding->name_count, 3);
    assert_int_equal(finding->count, 3);
    assert_devices(finding, DEVICE " " OTHER_DEVICE);
    assert_non_null(strstr(finding->summary, "2 devices"));
}

static void two_resolvers_are_two_findings(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, OTHER_DEVICE, OTHER_RESOLVER, 20, 18);
    facts_reply(facts, DEVICE, RESOLVER, PLACEHOLDER, A, NXDOMAIN, 1000);
    facts_reply(facts, OTHER_DEVICE, OTHER_RESOLVER, PLACEHOLDER, A, NXDOMAIN, 2000);
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "cname-squashed"), 2);
    assert_int_equal(facts->diagnosis->finding_count, 2);
}

static void push_over_a_cached_address_softens_it(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, PLACEHOLDER, A, NXDOMAIN, 1000);
    facts_answered(facts, DEVICE, COURIER, 5223, 5000);
    facts_only_finding(facts, "cname-squashed", SEVERITY_WARNING);
}

/* What Apple answers, as the contract calls healthy. */
static void placeholder_without_an_address_is_healthy(void **state)
{
    struct facts *facts = *state;
    for (uint16_t i = 0; i < 2; i++) {
        struct fact_dns *dns =
            facts_reply(facts, DEVICE, RESOLVER, PLACEHOLDER, i == 0 ? A : AAAA, NOERROR, 1000 + i);
        facts_cname(facts, dns, "courier-push-apple.com.akadns.net");
        facts_soa(facts, dns, "akadns.net", "internal.akadns.net hostmaster.akamai.com");
    }
    facts_no_finding(facts);
}

/* The target asked for by itself has neither CNAME nor address, by design. */
static void the_placeholders_target_is_healthy(void **state)
{
    struct facts *facts = *state;
    struct fact_dns *dns =
        facts_reply(facts, DEVICE, RESOLVER, "courier-push-apple.com.akadns.net", A, NOERROR, 1000);
    facts_soa(facts, dns, "akadns.net", "internal.akadns.net hostmaster.akamai.com");
    facts_no_finding(facts);
}

static void no_ipv6_address_is_healthy(void **state)
{
    struct facts *facts = *state;
    struct fact_dns *dns = facts_reply(facts, DEVICE, RESOLVER, NUMBERED, AAAA, NOERROR, 1000);
    facts_cname(facts, dns, "4.courier-push-apple.com.akadns.net");
    facts_reply(facts, DEVICE, RESOLVER, "9-courier.push.apple.com", AAAA, NOERROR, 1000);
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", AAAA, NOERROR, 1000);
    facts_resolved(facts, DEVICE, RESOLVER, NUMBERED, COURIER, 1001);
    facts_no_finding(facts);
}

static void other_types_are_healthy(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, NUMBERED, HTTPS, NOERROR, 1000);
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", HTTPS, SERVFAIL, 1000);
    facts_query(facts, DEVICE, RESOLVER, "albert.apple.com", HTTPS, 3, 1000);
    facts_query(facts, DEVICE, RESOLVER, "push.apple.com", TXT, 3, 1000);
    facts_no_finding(facts);
}

static void failure_then_success_is_healthy(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, NUMBERED, A, SERVFAIL, 1000);
    facts_resolved(facts, DEVICE, RESOLVER, NUMBERED, COURIER, 3000);
    facts_query(facts, DEVICE, RESOLVER, "gs.apple.com", A, 2, 1000);
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "17.1.1.1", 9000);
    facts_no_finding(facts);
}

static void failure_then_a_true_negative_is_healthy(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", A, SERVFAIL, 1000);
    struct fact_dns *dns =
        facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", AAAA, NOERROR, 3000);
    facts_soa(facts, dns, "apple.com", "ns.apple.com hostmaster.apple.com");
    facts_no_finding(facts);
}

static void flattening_is_healthy(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, NUMBERED, COURIER, 1000);
    facts_no_finding(facts);
}

/* A list of block names a host: no SOA, or not Apple's. */
static void an_exact_row_without_authority(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", A, NXDOMAIN, 1000);
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "gs.apple.com");
    assert_string_equal(finding->names[0], "gs.apple.com");
    assert_culprit(finding, CULPRIT_RESOLVER, RESOLVER);
    assert_detail(finding, "answer", "nxdomain");
    assert_devices(finding, DEVICE);
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_int_equal(finding->port, -1);
}

static void no_such_name_of_any_type(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", HTTPS, NXDOMAIN, 1000);
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
    assert_string_equal(finding->evidence[0].note, "query HTTPS gs.apple.com");
}

static void an_empty_answer_without_authority(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", A, NOERROR, 1000);
    assert_detail(facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL), "answer", "empty");
}

static void an_error_needs_no_authority(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "some.icloud.com", A, REFUSED, 1000);
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
    assert_null(strstr(finding->explanation, "SOA"));
}

static void apples_own_word_is_the_truth(void **state)
{
    struct facts *facts = *state;
    for (uint8_t i = 0; i < 2; i++) {
        struct fact_dns *dns =
            facts_reply(facts, DEVICE, RESOLVER, i == 0 ? "gs.apple.com" : "gg.apple.com", A,
                        i == 0 ? NXDOMAIN : NOERROR, 1000);
        facts_soa(facts, dns, "apple.com", "usmsc2-extxfr-001.dns.apple.com hostmaster.apple.com");
    }
    facts_no_finding(facts);
}

/* An unknown content network may speak for its own names. */
static void a_content_networks_word_is_the_truth(void **state)
{
    struct facts *facts = *state;
    struct fact_dns *dns =
        facts_reply(facts, DEVICE, RESOLVER, "edge-042.apple.com", A, NXDOMAIN, 1000);
    facts_cname(facts, dns, "apple.fresh-cdn.example");
    facts_soa(facts, dns, "fresh-cdn.example", "ns1.fresh-cdn.example admin.fresh-cdn.example");
    dns = facts_reply(facts, DEVICE, RESOLVER, "crl4.digicert.com", A, NXDOMAIN, 1000);
    facts_soa(facts, dns, "digicert.com", "ns1.dnshost.example admin.digicert.com");
    facts_no_finding(facts);
}

static void a_wildcard_name_may_not_exist(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "p99-nothing.icloud.com", A, NXDOMAIN, 1000);
    facts_reply(facts, DEVICE, RESOLVER, "nothing.push.apple.com", A, NXDOMAIN, 1000);
    facts_no_finding(facts);
}

static void a_foreign_authority_is_a_filter(void **state)
{
    static const char *const zones[][2] = {
        {"rpz.filter.example", "ns.filter.example admin.filter.example"},
        {"apple.com", "localhost root.localhost"},
        {"", "a.root-servers.net nstld.verisign-grs.com"}};
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        struct fact_dns *dns =
            facts_reply(facts, DEVICE, RESOLVER, "p99-buy.itunes.apple.com", A, NXDOMAIN, 1000);
        facts_soa(facts, dns, zones[i][0], zones[i][1]);
        const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
        assert_string_equal(finding->host, "*.itunes.apple.com");
    }
}

static void service_discovery_is_speculation(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "_dns.resolver.apple.com", A, REFUSED, 1000);
    facts_reply(facts, DEVICE, RESOLVER, "lb._dns-sd._udp.apple.com", A, REFUSED, 1000);
    facts_no_finding(facts);
}

static void another_resolver_serves_it(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, OTHER_RESOLVER, 20, 20);
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", A, NXDOMAIN, 1000);
    facts_resolved(facts, DEVICE, OTHER_RESOLVER, "gs.apple.com", "17.1.1.1", 1200);
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_WARNING);
    assert_culprit(finding, CULPRIT_RESOLVER, RESOLVER);
}

static void another_resolver_proves_a_wildcard_name(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, OTHER_RESOLVER, 20, 20);
    facts_reply(facts, DEVICE, RESOLVER, "p1-buy.itunes.apple.com", A, NXDOMAIN, 1000);
    facts_resolved(facts, DEVICE, OTHER_RESOLVER, "p1-buy.itunes.apple.com", "17.1.1.1", 1200);
    facts_only_finding(facts, "dns-blocked", SEVERITY_WARNING);
}

static void a_retired_host_may_be_gone(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "gnf-mdn.apple.com", A, NXDOMAIN, 1000);
    facts_reply(facts, DEVICE, RESOLVER, "crl.entrust.net", A, REFUSED, 1000);
    facts_no_finding(facts);
}

static void what_is_not_apples(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "www.example.net", A, NXDOMAIN, 1000);
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com.corp.example", A, NXDOMAIN, 1000);
    facts_no_finding(facts);
}

static void cut_answers_say_nothing(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", A, NOERROR, 1000)->truncated = true;
    facts_reply(facts, DEVICE, RESOLVER, PLACEHOLDER, A, NOERROR, 1000)->malformed = true;
    facts_no_finding(facts);
}

/* Both address families are asked at once: that is no retry. */
static void one_round_of_questions_proves_nothing(void **state)
{
    struct facts *facts = *state;
    facts_query(facts, DEVICE, RESOLVER, "gs.apple.com", A, 1, 1000);
    facts_query(facts, DEVICE, RESOLVER, "gs.apple.com", AAAA, 1, 1001);
    facts_query(facts, DEVICE, RESOLVER, NUMBERED, A, 1, 1000);
    facts_no_finding(facts);
}

static void silence_at_the_end_of_the_capture(void **state)
{
    struct facts *facts = *state;
    facts_query(facts, DEVICE, RESOLVER, "gs.apple.com", A, 3, 550000);
    facts_no_finding(facts);
}

static void silence_in_a_one_sided_capture(void **state)
{
    struct facts *facts = *state;
    facts_totals(facts)->client_only_tcp = 80;
    facts_query(facts, DEVICE, RESOLVER, "gs.apple.com", A, 3, 1000);
    facts_resolver(facts, OTHER_DEVICE, RESOLVER, 30, 0);
    facts_query(facts, OTHER_DEVICE, RESOLVER, "gs.apple.com", A, 3, 1000);
    facts_diagnose(facts);
    assert_int_equal(facts->diagnosis->finding_count, 0);
}

static void a_dead_resolver_is_one_finding(void **state)
{
    static const char *const names[] = {"gs.apple.com", PLACEHOLDER, NUMBERED, "albert.apple.com",
                                        "p1.icloud.com"};
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, OTHER_RESOLVER, 30, 0)->retransmitted = 12;
    facts_resolver(facts, OTHER_DEVICE, OTHER_RESOLVER, 5, 0);
    for (int i = 0; i < 5; i++) {
        facts_query(facts, DEVICE, OTHER_RESOLVER, names[i], A, 2, 1000 + i);
        facts_query(facts, OTHER_DEVICE, OTHER_RESOLVER, names[i], A, 1, 1000 + i);
    }
    const struct finding *finding = facts_only_finding(facts, "dns-unanswered", SEVERITY_CRITICAL);
    assert_null(finding->host);
    assert_null(finding->category);
    assert_culprit(finding, CULPRIT_RESOLVER, OTHER_RESOLVER);
    assert_devices(finding, DEVICE " " OTHER_DEVICE);
    assert_int_equal(finding->count, 47);
    assert_int_equal(finding->name_count, 5);
    assert_non_null(strstr(facts->diagnosis->verdict_sentence, "DNS"));
}

static void a_dead_resolver_beside_a_live_one(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, OTHER_RESOLVER, 30, 0);
    facts_query(facts, DEVICE, OTHER_RESOLVER, "gs.apple.com", A, 2, 1000);
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "17.1.1.1", 6000);
    const struct finding *finding = facts_only_finding(facts, "dns-unanswered", SEVERITY_WARNING);
    assert_culprit(finding, CULPRIT_RESOLVER, OTHER_RESOLVER);
    assert_devices(finding, DEVICE);
}

/* The live resolver may be asked from the same device's other address. */
static void a_dead_resolver_of_one_family(void **state)
{
    struct facts *facts = *state;
    struct fact_host *first = &facts->list[2].as.host;
    facts_give_mac(first, "a4:83:e7:00:00:01");
    facts_give_mac(facts_host(facts, "2001:db8::20"), "a4:83:e7:00:00:01");
    facts_resolver(facts, "2001:db8::20", "2001:db8::53", 30, 0);
    facts_query(facts, "2001:db8::20", "2001:db8::53", "gs.apple.com", A, 2, 1000);
    facts_only_finding(facts, "dns-unanswered", SEVERITY_WARNING);
}

static void a_single_query_is_no_dead_resolver(void **state)
{
    struct facts *facts = *state;
    struct fact_resolver *row = facts_resolver(facts, DEVICE, OTHER_RESOLVER, 1, 0);
    row->last_time = row->first_time;
    facts_query(facts, DEVICE, OTHER_RESOLVER, "gs.apple.com", A, 1, 1000);
    facts_no_finding(facts);
}

/* The last thing in a capture may be three questions at once. */
static void a_burst_is_no_dead_resolver(void **state)
{
    struct facts *facts = *state;
    struct fact_resolver *row = facts_resolver(facts, DEVICE, OTHER_RESOLVER, 3, 0);
    row->first_time = facts_time(599900);
    row->last_time = facts_time(599999);
    facts_query(facts, DEVICE, OTHER_RESOLVER, "gs.apple.com", A, 1, 599900);
    facts_query(facts, DEVICE, OTHER_RESOLVER, "gs.apple.com", AAAA, 1, 599900);
    facts_query(facts, DEVICE, OTHER_RESOLVER, "gs.apple.com", HTTPS, 1, 599900);
    facts_no_finding(facts);
}

static void a_withheld_name_yields_no_blocked_port(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", A, NXDOMAIN, 1000);
    facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
    const struct coverage *row =
        &facts->diagnosis->coverage[facts_row(facts, "gs.apple.com", 443, TRANSPORT_TCP)];
    assert_int_equal(row->status, COVERAGE_FAILING);
    assert_int_equal(row->attempts, 1);
    assert_int_equal(row->finding_count, 1);
}

/* The answer to the retry may have been the good one. */
static void an_answer_that_the_capture_cut_excuses_a_failure(void **state)
{
    static const char *const names[] = {"gs.apple.com", PLACEHOLDER};
    for (size_t i = 0; i < 4; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        facts_reply(facts, DEVICE, RESOLVER, names[i % 2], A, SERVFAIL, 1000);
        struct fact_dns *dns = facts_reply(facts, DEVICE, RESOLVER, names[i % 2], A, NOERROR, 3000);
        dns->malformed = i < 2;
        dns->truncated = i >= 2;
        facts_no_finding(facts);
    }
}

static void a_cut_answer_excuses_no_other_name(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", A, NXDOMAIN, 1000);
    facts_reply(facts, DEVICE, RESOLVER, "albert.apple.com", A, NOERROR, 3000)->malformed = true;
    facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
}

static void a_cut_answer_excuses_no_other_resolver(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, OTHER_RESOLVER, 20, 18);
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", A, NXDOMAIN, 1000);
    facts_reply(facts, DEVICE, OTHER_RESOLVER, "gs.apple.com", A, NOERROR, 3000)->truncated = true;
    assert_culprit(facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL), CULPRIT_RESOLVER,
                   RESOLVER);
}

/* However far apart: some ask for the other family when the first one has failed. */
static void the_other_family_is_no_retry(void **state)
{
    struct facts *facts = *state;
    facts_query(facts, DEVICE, RESOLVER, "gs.apple.com", A, 1, 1000);
    facts_query(facts, DEVICE, RESOLVER, "gs.apple.com", AAAA, 1, 3000);
    facts_no_finding(facts);
}

static void the_same_question_again_is_a_retry(void **state)
{
    static const uint16_t types[] = {A, AAAA};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        facts_query(facts, DEVICE, RESOLVER, "gs.apple.com", types[i], 1, 1000);
        facts_query(facts, DEVICE, RESOLVER, "gs.apple.com", types[i], 1, 2000);
        const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
        assert_detail(finding, "answer", "no-answer");
        assert_int_equal(finding->count, 2);
        assert_int_equal(finding->confidence, CONFIDENCE_LIKELY);
    }
}

/* Apple documents it as the way to switch Private Relay off on a network. */
static void private_relay_may_be_refused(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "mask.icloud.com", A, NXDOMAIN, 1000);
    facts_reply(facts, DEVICE, RESOLVER, "mask-h2.icloud.com", A, NXDOMAIN, 2000);
    facts_reply(facts, DEVICE, RESOLVER, "mask-api.icloud.com", A, NOERROR, 3000);
    facts_no_finding(facts);
}

static void assert_touched(const struct facts *facts, const char *host, uint16_t port, bool touched)
{
    const struct coverage *row =
        &facts->diagnosis->coverage[facts_row(facts, host, port, TRANSPORT_TCP)];
    assert_int_equal(row->finding_count, touched);
    assert_int_equal(row->attempts, touched);
    assert_string_equal(coverage_status_word(row->status),
                        coverage_status_word(touched ? COVERAGE_FAILING : COVERAGE_UNSEEN));
}

/* Nobody looks a courier up to get its bag over plain HTTP, or to send messages. */
static void a_courier_is_asked_for_on_two_ports(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, NUMBERED, A, NXDOMAIN, 1000);
    assert_squashed(facts, "nxdomain");
    assert_touched(facts, "*.push.apple.com", 443, true);
    assert_touched(facts, "*.push.apple.com", 5223, true);
    assert_touched(facts, "*.push.apple.com", 80, false);
    assert_touched(facts, "*.push.apple.com", 2197, false);
}

static void what_another_resolver_serves_fails_nowhere(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, OTHER_RESOLVER, 20, 20);
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", A, NXDOMAIN, 1000);
    facts_resolved(facts, DEVICE, OTHER_RESOLVER, "gs.apple.com", "17.1.1.1", 1200);
    facts_only_finding(facts, "dns-blocked", SEVERITY_WARNING);
    assert_touched(facts, "gs.apple.com", 443, false);
    assert_touched(facts, "gs.apple.com", 80, false);
}

#define PROVIDER "198.51.100.54"

static void errors_only(struct facts *facts, const char *client, uint64_t answered)
{
    struct fact_resolver *totals =
        facts_resolver(facts, client, OTHER_RESOLVER, answered, answered);
    totals->server_failures = answered;
}

/* Whatever it is asked: one cause, and not one for each name. */
static void a_resolver_that_fails_everything_is_one_finding(void **state)
{
    struct facts *facts = *state;
    errors_only(facts, DEVICE, 6);
    errors_only(facts, OTHER_DEVICE, 3);
    facts_reply(facts, DEVICE, OTHER_RESOLVER, "gs.apple.com", A, SERVFAIL, 1000);
    facts_reply(facts, DEVICE, OTHER_RESOLVER, "setup.icloud.com", A, SERVFAIL, 2000);
    facts_reply(facts, DEVICE, OTHER_RESOLVER, PLACEHOLDER, A, SERVFAIL, 3000);
    facts_reply(facts, OTHER_DEVICE, OTHER_RESOLVER, "albert.apple.com", A, SERVFAIL, 4000);
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
    assert_null(finding->host);
    assert_detail(finding, "answer", "servfail");
    assert_detail(finding, "scope", "all-names");
    assert_culprit(finding, CULPRIT_RESOLVER, OTHER_RESOLVER);
    assert_devices(finding, DEVICE " " OTHER_DEVICE);
    assert_int_equal(finding->name_count, 4);
    assert_non_null(strstr(finding->summary, "2 devices"));
}

/* It has one good answer, or denies names, or fails one zone alone. */
static void a_resolver_that_fails_some_names_is_told_by_row(void **state)
{
    for (int i = 0; i < 3; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        errors_only(facts, DEVICE, 6);
        struct fact_resolver *totals = &facts->list[facts->count - 1].as.resolver;
        totals->no_errors = i == 0;
        totals->name_errors = i == 1;
        facts_reply(facts, DEVICE, OTHER_RESOLVER, "init.push.apple.com", A, SERVFAIL, 1000);
        facts_reply(facts, DEVICE, OTHER_RESOLVER, "init.push.apple.com", A, SERVFAIL, 1500);
        facts_reply(facts, DEVICE, OTHER_RESOLVER, i < 2 ? "gs.apple.com" : PLACEHOLDER, A,
                    SERVFAIL, 2000);
        facts_diagnose(facts);
        assert_int_equal(facts->diagnosis->finding_count, 2);
        assert_non_null(facts->diagnosis->findings[0].host);
    }
}

static void both_sides(struct facts *facts, uint8_t upstream, uint8_t downstream)
{
    facts_host(facts, RESOLVER);
    facts_resolver(facts, RESOLVER, PROVIDER, 20, 20);
    struct fact_dns *dns = facts_query(facts, DEVICE, RESOLVER, "gs.apple.com", A, 1, 1000);
    if (upstream == NOERROR)
        facts_resolved(facts, RESOLVER, PROVIDER, "gs.apple.com", "17.188.22.70", 1001);
    else
        facts_reply(facts, RESOLVER, PROVIDER, "gs.apple.com", A, upstream, 1001)->answer_ttl = 57;
    dns->answered = true;
    dns->rcode = downstream;
    dns->answer_time = facts_time(1030);
    dns->answer_packet = facts_packet(facts);
}

static void a_forwarder_that_was_told_better_is_at_fault(void **state)
{
    struct facts *facts = *state;
    both_sides(facts, NOERROR, SERVFAIL);
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
    assert_culprit(finding, CULPRIT_RESOLVER, RESOLVER);
    assert_detail(finding, "proof", "upstream-had-it");
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_int_equal(finding->evidence_count, 4);
    assert_devices(finding, DEVICE);
}

static void a_forwarder_that_was_told_so_is_not(void **state)
{
    struct facts *facts = *state;
    both_sides(facts, NXDOMAIN, NXDOMAIN);
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
    assert_culprit(finding, CULPRIT_RESOLVER, PROVIDER);
    assert_detail(finding, "proof", "upstream-said-it");
    assert_devices(finding, DEVICE);
    assert_int_equal(finding->evidence_count, 4);
}

static void a_forwarder_that_asks_another_one_is_healthy(void **state)
{
    struct facts *facts = *state;
    facts_host(facts, RESOLVER);
    facts_resolver(facts, RESOLVER, PROVIDER, 20, 20);
    facts_resolver(facts, RESOLVER, OTHER_RESOLVER, 20, 20);
    facts_reply(facts, RESOLVER, PROVIDER, "gs.apple.com", A, REFUSED, 1001);
    facts_resolved(facts, RESOLVER, OTHER_RESOLVER, "gs.apple.com", "17.188.22.70", 1020);
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "17.188.22.70", 1000);
    facts_no_finding(facts);
}

/* A dead or lame server of a zone, or an upstream that is down, where others answer: what
 * resolves by itself asks the next. Devices that are served all the while have lost nothing. */
static void a_resolver_overcomes_a_dead_server(void **state)
{
    struct facts *facts = *state;
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", COURIER, 1000);
    facts_resolver(facts, RESOLVER, PROVIDER, 20, 20);
    facts_resolver(facts, RESOLVER, OTHER_RESOLVER, 30, 0);
    facts_query(facts, RESOLVER, OTHER_RESOLVER, "gs.apple.com", A, 3, 900);
    facts_query(facts, RESOLVER, OTHER_RESOLVER, "albert.apple.com", A, 2, 9000);
    facts_no_finding(facts);
}

/* The same where the capture has only its way out: it is known by how many it asks. */
static void what_asks_many_servers_resolves_by_itself(void **state)
{
    static const char *const servers[] = {"198.41.0.4",   "192.5.6.30",   "192.33.14.30",
                                          "17.253.200.1", "17.253.207.1", "95.100.173.65"};
    struct facts *facts = *state;
    facts_host(facts, PROVIDER);
    facts_resolver(facts, PROVIDER, OTHER_RESOLVER, 30, 0);
    facts_query(facts, PROVIDER, OTHER_RESOLVER, "gs.apple.com", A, 3, 900);
    for (size_t i = 0; i + 1 < sizeof servers / sizeof servers[0]; i++)
        facts_resolver(facts, PROVIDER, servers[i], 4, 4);
    facts_only_finding(facts, "dns-unanswered", SEVERITY_WARNING);
    facts_resolver(facts, PROVIDER, servers[5], 4, 4);
    facts_no_finding(facts);
}

/* A root server refers, and Apple's own server gives its part of the chain. */
static void iteration_is_healthy(void **state)
{
    struct facts *facts = *state;
    facts_resolver(facts, DEVICE, "198.41.0.4", 2, 2);
    struct fact_dns *dns =
        facts_reply(facts, DEVICE, "198.41.0.4", "gs.apple.com", A, NOERROR, 1000);
    facts_record(facts, dns, DNS_AUTHORITY, "com", 2, "a.gtld-servers.net");
    dns = facts_reply(facts, DEVICE, "198.41.0.4", NUMBERED, A, NOERROR, 1100);
    facts_cname(facts, dns, "4.courier-push-apple.com.akadns.net");
    dns->authoritative = true;
    facts_no_finding(facts);
}

static struct fact_dns *truncated(struct facts *facts, const char *name, int64_t at)
{
    struct fact_dns *dns = facts_reply(facts, DEVICE, RESOLVER, name, A, NOERROR, at);
    dns->truncated = true;
    return dns;
}

static void a_truncated_answer_and_no_tcp(void **state)
{
    static const char *const hows[] = {"tcp-53-no-answer", "tcp-53-refused", "tcp-53-rejected"};
    for (int i = 0; i < 3; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        truncated(facts, "gs.apple.com", 1000);
        if (i == 0)
            facts_silent(facts, DEVICE, RESOLVER, 53, 3, 1100);
        else if (i == 1)
            facts_refused(facts, DEVICE, RESOLVER, 53, 1100);
        else
            facts_rejected(facts, DEVICE, RESOLVER, 53, GATEWAY, 3, 13, 1100);
        const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
        assert_string_equal(finding->host, "gs.apple.com");
        assert_detail(finding, "answer", "truncated");
        assert_detail(finding, "how", hows[i]);
        assert_culprit(finding, i == 1 ? CULPRIT_RESOLVER : CULPRIT_FIREWALL,
                       i == 0   ? NULL
                       : i == 1 ? RESOLVER
                                : GATEWAY);
        assert_true(finding->evidence_count >= 3);
    }
}

/* One closed port, however many names it hides. */
static void truncated_answers_are_one_finding(void **state)
{
    struct facts *facts = *state;
    truncated(facts, "gs.apple.com", 1000);
    truncated(facts, "albert.apple.com", 2000);
    facts_silent(facts, DEVICE, RESOLVER, 53, 3, 1100);
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
    assert_null(finding->host);
    assert_int_equal(finding->name_count, 2);
}

static void a_truncated_answer_and_tcp_is_healthy(void **state)
{
    for (int i = 0; i < 3; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        truncated(facts, "gs.apple.com", 1000);
        if (i == 0) { /* it opened at another time */
            facts_silent(facts, DEVICE, RESOLVER, 53, 3, 1100);
            facts_answered(facts, DEVICE, RESOLVER, 53, 9000);
        } else if (i == 1) { /* the name came whole */
            facts_silent(facts, DEVICE, RESOLVER, 53, 3, 1100);
            facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "17.188.22.70", 9000)
                ->transport = TRANSPORT_TCP;
        } /* else: nobody asked by TCP as far as was seen */
        facts_no_finding(facts);
    }
}

static void the_resolvers_own_word_is_quoted(void **state)
{
    struct facts *facts = *state;
    struct fact_dns *dns =
        facts_reply(facts, DEVICE, RESOLVER, "nothing.push.apple.com", A, NXDOMAIN, 1000);
    dns->has_extended_error = true;
    dns->extended_error = 17;
    dns->extended_text = "school policy 7";
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_CRITICAL);
    assert_detail(finding, "extended_error", "17 Filtered");
    assert_non_null(strstr(finding->explanation, "school policy 7"));
    dns->extended_error = 3; /* stale answer: says nothing of policy */
    facts_no_finding(facts);
}

static void one_family_alone_is_a_warning(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "setup.icloud.com", A, REFUSED, 1000);
    facts_resolved(facts, DEVICE, RESOLVER, "setup.icloud.com", "2620:149:a44:f000::10", 1001);
    facts_no_finding(facts);
    facts_reply(facts, DEVICE, RESOLVER, "setup.icloud.com", A, REFUSED, 2000);
    const struct finding *finding = facts_only_finding(facts, "dns-blocked", SEVERITY_WARNING);
    assert_detail(finding, "family", "ipv4");
}

/* Old resolvers and networks without IPv6 fail AAAA questions in all ways. */
static void ipv6_filtered_is_healthy(void **state)
{
    static const uint8_t codes[] = {NOERROR, SERVFAIL, NXDOMAIN, REFUSED};
    struct facts *facts = *state;
    for (int64_t i = 0; i < 8; i++)
        facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com", AAAA, codes[i % 4], 1000 + i);
    facts_resolved(facts, DEVICE, RESOLVER, "gs.apple.com", "17.188.22.70", 1001);
    facts_no_finding(facts);
}

/* Nor where there is no IPv4, by design. */
static void ipv4_without_data_is_healthy(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 3; i++)
        facts_reply(facts, DEVICE, RESOLVER, "setup.icloud.com", A, NOERROR, 1000 + i);
    facts_resolved(facts, DEVICE, RESOLVER, "setup.icloud.com", "2620:149:a44:f000::10", 1001);
    facts_no_finding(facts);
}

static void search_suffixes_are_healthy(void **state)
{
    struct facts *facts = *state;
    facts_reply(facts, DEVICE, RESOLVER, "gs.apple.com.school.example", A, NXDOMAIN, 1000);
    facts_reply(facts, DEVICE, RESOLVER, "courier.push.apple.com.local", A, NXDOMAIN, 1100);
    facts_no_finding(facts);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(placeholder_gets_an_error),
        CASE(repeated_failure_is_certain),
        CASE(placeholder_gets_nothing),
        CASE(placeholder_is_denied_with_authority),
        CASE(placeholder_is_never_answered),
        CASE(silence_with_an_answer_is_an_answer),
        CASE(numbered_courier_loses_its_address),
        CASE(numbered_couriers_are_one_finding),
        CASE(two_resolvers_are_two_findings),
        CASE(push_over_a_cached_address_softens_it),
        CASE(placeholder_without_an_address_is_healthy),
        CASE(the_placeholders_target_is_healthy),
        CASE(no_ipv6_address_is_healthy),
        CASE(other_types_are_healthy),
        CASE(failure_then_success_is_healthy),
        CASE(failure_then_a_true_negative_is_healthy),
        CASE(flattening_is_healthy),
        CASE(an_exact_row_without_authority),
        CASE(no_such_name_of_any_type),
        CASE(an_empty_answer_without_authority),
        CASE(an_error_needs_no_authority),
        CASE(apples_own_word_is_the_truth),
        CASE(a_content_networks_word_is_the_truth),
        CASE(a_wildcard_name_may_not_exist),
        CASE(a_foreign_authority_is_a_filter),
        CASE(service_discovery_is_speculation),
        CASE(another_resolver_serves_it),
        CASE(another_resolver_proves_a_wildcard_name),
        CASE(a_retired_host_may_be_gone),
        CASE(what_is_not_apples),
        CASE(cut_answers_say_nothing),
        CASE(one_round_of_questions_proves_nothing),
        CASE(silence_at_the_end_of_the_capture),
        CASE(silence_in_a_one_sided_capture),
        CASE(a_dead_resolver_is_one_finding),
        CASE(a_dead_resolver_beside_a_live_one),
        CASE(a_dead_resolver_of_one_family),
        CASE(a_single_query_is_no_dead_resolver),
        CASE(a_burst_is_no_dead_resolver),
        CASE(a_withheld_name_yields_no_blocked_port),
        CASE(an_answer_that_the_capture_cut_excuses_a_failure),
        CASE(a_cut_answer_excuses_no_other_name),
        CASE(a_cut_answer_excuses_no_other_resolver),
        CASE(the_other_family_is_no_retry),
        CASE(the_same_question_again_is_a_retry),
        CASE(private_relay_may_be_refused),
        CASE(a_courier_is_asked_for_on_two_ports),
        CASE(what_another_resolver_serves_fails_nowhere),
        CASE(a_resolver_that_fails_everything_is_one_finding),
        CASE(a_resolver_that_fails_some_names_is_told_by_row),
        CASE(a_forwarder_that_was_told_better_is_at_fault),
        CASE(a_forwarder_that_was_told_so_is_not),
        CASE(a_forwarder_that_asks_another_one_is_healthy),
        CASE(a_resolver_overcomes_a_dead_server),
        CASE(what_asks_many_servers_resolves_by_itself),
        CASE(iteration_is_healthy),
        CASE(a_truncated_answer_and_no_tcp),
        CASE(truncated_answers_are_one_finding),
        CASE(a_truncated_answer_and_tcp_is_healthy),
        CASE(the_resolvers_own_word_is_quoted),
        CASE(one_family_alone_is_a_warning),
        CASE(ipv6_filtered_is_healthy),
        CASE(ipv4_without_data_is_healthy),
        CASE(search_suffixes_are_healthy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
