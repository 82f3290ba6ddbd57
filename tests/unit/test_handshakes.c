/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which TLS handshakes stall, which are rejected, which does a device leave as it leaves
 * a forged certificate, and which failures say nothing?
 */
#include "tests/support/handshakes.h"

static void nothing_points_at_a_cause(void **state)
{
    struct facts *facts = *state;
    stall_gs(facts, HELLO_BYTES);
    const struct finding *finding = assert_stalled(facts, SEVERITY_CRITICAL, "unknown");
    assert_int_equal(finding->count, 2);
    assert_null(finding->culprit);
    assert_int_equal(finding->confidence, CONFIDENCE_POSSIBLE);
    assert_int_equal(finding->evidence_count, 4);
    assert_string_equal(finding->evidence[0].note, "ClientHello from " DEVICE);
}

static void another_name_at_that_address_is_answered(void **state)
{
    struct facts *facts = *state;
    stall_gs(facts, HELLO_BYTES);
    complete(facts, DEVICE, "17.188.22.71", "gg.apple.com", HELLO_BYTES, 5000);
    const struct finding *finding = assert_stalled(facts, SEVERITY_CRITICAL, "sni-filter");
    assert_culprit(finding, CULPRIT_FIREWALL, NULL);
    assert_int_equal(finding->confidence, CONFIDENCE_LIKELY);
}

static void another_name_elsewhere_says_nothing(void **state)
{
    struct facts *facts = *state;
    stall_gs(facts, HELLO_BYTES);
    complete(facts, DEVICE, OTHER_SERVER, "albert.apple.com", HELLO_BYTES, 5000);
    complete(facts, OTHER_DEVICE, GS, "gg.apple.com", HELLO_BYTES, 6000);
    assert_stalled(facts, SEVERITY_CRITICAL, "unknown");
}

static void large_hellos_vanish_and_small_ones_pass(void **state)
{
    struct facts *facts = *state;
    stall_gs(facts, BIG_HELLO_BYTES);
    complete(facts, OTHER_DEVICE, GS, "gs.apple.com", HELLO_BYTES, 5000);
    assert_culprit(assert_stalled(facts, SEVERITY_CRITICAL, "mtu-black-hole"), CULPRIT_NETWORK,
                   NULL);
}

static void parts_of_a_large_hello_are_acknowledged(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++)
        stall(facts, DEVICE, GS, "gs.apple.com", BIG_HELLO_BYTES, 1000 + i * 20000)
            ->server_packets = 2;
    assert_stalled(facts, SEVERITY_CRITICAL, "mtu-black-hole");
}

static void large_hellos_pass_as_well(void **state)
{
    struct facts *facts = *state;
    stall_gs(facts, BIG_HELLO_BYTES);
    complete(facts, OTHER_DEVICE, GS, "gs.apple.com", BIG_HELLO_BYTES, 5000);
    complete(facts, OTHER_DEVICE, GS, "gs.apple.com", HELLO_BYTES, 6000);
    assert_stalled(facts, SEVERITY_CRITICAL, "unknown");
}

static void the_device_is_served_from_another_address(void **state)
{
    struct facts *facts = *state;
    facts_give_mac(facts_host(facts, "2001:db8::20"), "a4:83:e7:00:00:01");
    facts_give_mac(facts_host(facts, "10.0.0.40"), "a4:83:e7:00:00:01");
    for (int64_t i = 0; i < 2; i++)
        stall(facts, "10.0.0.40", GS, "gs.apple.com", HELLO_BYTES, 1000 + i * 20000);
    complete(facts, "2001:db8::20", "2620:149:a44::1", "gs.apple.com", HELLO_BYTES, 9000);
    facts_only_finding(facts, "handshake-stalled", SEVERITY_WARNING);
}

static void the_same_name_works(void **state)
{
    struct facts *facts = *state;
    stall_gs(facts, HELLO_BYTES);
    complete(facts, DEVICE, OTHER_SERVER, "gs.apple.com", HELLO_BYTES, 5000);
    facts_no_finding(facts);
}

static void once_is_chance(void **state)
{
    struct facts *facts = *state;
    stall(facts, DEVICE, GS, "gs.apple.com", HELLO_BYTES, 1000);
    facts_no_finding(facts);
}

static void two_seconds_without_a_retry(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++) {
        struct fact_flow *flow =
            stall(facts, DEVICE, GS, "gs.apple.com", HELLO_BYTES, 1000 + i * 20000);
        flow->client_retransmissions = 0;
        flow->last_time = flow->first_time + 4000 * FACTS_MILLISECOND;
    }
    facts_no_finding(facts);
}

static void a_server_that_said_something(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++)
        stall(facts, DEVICE, GS, "gs.apple.com", HELLO_BYTES, 1000 + i * 20000)->server_bytes = 9;
    facts_no_finding(facts);
}

static void a_client_that_went_on(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++)
        stall(facts, DEVICE, GS, "gs.apple.com", HELLO_BYTES, 1000 + i * 20000)->client_bytes =
            HELLO_BYTES + 200;
    facts_no_finding(facts);
}

static void a_capture_without_answers(void **state)
{
    struct facts *facts = *state;
    stall_gs(facts, HELLO_BYTES);
    for (size_t i = 0; i < facts->count; i++)
        if (facts->list[i].kind == FACT_HOST)
            facts->list[i].as.host.one_sided_sent = 1;
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "handshake-stalled"), 0);
}

static void what_is_not_apples(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++) {
        stall(facts, DEVICE, "203.0.113.9", "www.example.net", HELLO_BYTES, 1000 + i * 20000);
        alerted(facts, DEVICE, "www.example.net", 0, PARTY_SERVER, 40, 1000 + i * 500)
            ->server.address = facts_address("203.0.113.9");
    }
    facts_no_finding(facts);
}

static const struct finding *assert_rejected(struct facts *facts, enum severity severity,
                                             const char *alert, const char *sender)
{
    const struct finding *finding = facts_only_finding(facts, "tls-rejected", severity);
    assert_detail(finding, "alert", alert);
    assert_detail(finding, "sender", sender);
    assert_devices(finding, DEVICE);
    return finding;
}

static void alert_gs(struct facts *facts, uint16_t version, enum party from, uint8_t alert)
{
    alerted(facts, DEVICE, "gs.apple.com", version, from, alert, 1000);
    alerted(facts, DEVICE, "gs.apple.com", version, from, alert, 3000);
}

static void no_common_cipher(void **state)
{
    struct facts *facts = *state;
    alert_gs(facts, 0, PARTY_SERVER, 40);
    const struct finding *finding =
        assert_rejected(facts, SEVERITY_CRITICAL, "handshake_failure", "server");
    assert_string_equal(finding->host, "gs.apple.com");
    assert_int_equal(finding->confidence, CONFIDENCE_CERTAIN);
    assert_string_equal(finding->evidence[1].note, "alert 40 (handshake_failure) from " GS);
}

static void an_expired_certificate(void **state)
{
    struct facts *facts = *state;
    alert_gs(facts, 0x0304, PARTY_CLIENT, 45);
    assert_rejected(facts, SEVERITY_CRITICAL, "certificate_expired", "client");
}

static void another_device_gets_through(void **state)
{
    struct facts *facts = *state;
    alert_gs(facts, 0x0303, PARTY_CLIENT, 42);
    complete(facts, OTHER_DEVICE, GS, "gs.apple.com", HELLO_BYTES, 5000);
    assert_rejected(facts, SEVERITY_WARNING, "bad_certificate", "client");
}

/* RFC 8446 section 6: what has no name there keeps its number. */
static void an_alert_without_a_name(void **state)
{
    struct facts *facts = *state;
    alert_gs(facts, 0, PARTY_SERVER, 199);
    assert_rejected(facts, SEVERITY_CRITICAL, "alert_199", "server");
}

static void ends_that_are_no_failures(void **state)
{
    static const uint8_t alerts[] = {0, 90, 100};
    for (size_t i = 0; i < sizeof alerts; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        alert_gs(facts, 0x0303, PARTY_SERVER, alerts[i]);
        facts_no_finding(facts);
    }
}

/* What is illegal stands in the server's answer, of which the capture may have nothing. */
static void an_alert_about_an_unseen_answer(void **state)
{
    struct facts *facts = *state;
    alert_gs(facts, 0, PARTY_CLIENT, 47);
    facts_no_finding(facts);
    facts_end(facts);
    begin(state);
    alert_gs(facts, 0x0303, PARTY_CLIENT, 47);
    assert_rejected(facts, SEVERITY_CRITICAL, "illegal_parameter", "client");
}

static void an_alert_once(void **state)
{
    struct facts *facts = *state;
    alerted(facts, DEVICE, "gs.apple.com", 0, PARTY_SERVER, 40, 1000);
    facts_no_finding(facts);
}

static void an_old_program_beside_a_new_one(void **state)
{
    struct facts *facts = *state;
    alert_gs(facts, 0, PARTY_SERVER, 70);
    alerted(facts, DEVICE, "gs.apple.com", 0, PARTY_SERVER, 70, 6000);
    complete(facts, DEVICE, GS, "gs.apple.com", HELLO_BYTES, 5000);
    assert_rejected(facts, SEVERITY_WARNING, "protocol_version", "server");
}

/* A client that steps down to what the server takes succeeds each time. */
static void a_fallback_that_works(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 4; i++) {
        alerted(facts, DEVICE, "gs.apple.com", 0, PARTY_SERVER, 70, 1000 + i * 5000);
        complete(facts, DEVICE, GS, "gs.apple.com", HELLO_BYTES, 2000 + i * 5000);
    }
    facts_no_finding(facts);
}

static void a_warning_before_data(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++) {
        struct fact_flow *flow = open_flow(facts, DEVICE, GS, "gs.apple.com", 1000 + i * 5000);
        struct fact_tls *tls = facts_tls(facts, flow, PARTY_SERVER, 112);
        answer(tls, 0x0303, 25);
        if (i == 0)
            tls->client_data_records = tls->server_data_records = 1;
    }
    facts_no_finding(facts);
}

/* TLS 1.2 shows the certificate: it decides, not the alert. */
static void distrust_is_left_to_the_certificate(void **state)
{
    static const uint8_t alerts[] = {46, 48};
    for (size_t i = 0; i < sizeof alerts; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        alert_gs(facts, 0x0303, PARTY_CLIENT, alerts[i]);
        facts_no_finding(facts);
    }
}

static void a_provider_with_old_roots(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++)
        alerted(facts, DEVICE, "api.push.apple.com", 0x0303, PARTY_CLIENT, 48, 1000 + i * 2000)
            ->server.port = 2197;
    const struct finding *finding =
        assert_rejected(facts, SEVERITY_CRITICAL, "unknown_ca", "client");
    assert_string_equal(finding->host, "api.push.apple.com");
    assert_null(finding->culprit);
    assert_int_equal(finding->confidence, CONFIDENCE_POSSIBLE);
}

/* Blocked time is the cause, refused dates its symptom; unless other hosts' dates please. */
static void without_time_no_date_is_right(void **state)
{
    struct facts *facts = *state;
    facts_udp_silent(facts, DEVICE, "17.253.4.125", 123, 4, 500)->resolved_name = "time.apple.com";
    alert_gs(facts, 0x0303, PARTY_CLIENT, 42);
    facts_only_finding(facts, "port-blocked", SEVERITY_CRITICAL);
    facts_end(facts);

    begin(state);
    facts_udp_silent(facts, DEVICE, "17.253.4.125", 123, 4, 500)->resolved_name = "time.apple.com";
    alert_gs(facts, 0x0303, PARTY_CLIENT, 42);
    complete(facts, DEVICE, OTHER_SERVER, "albert.apple.com", HELLO_BYTES, 5000);
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "tls-rejected"), 1);
}

static const struct finding *assert_suspected(struct facts *facts, const char *signals)
{
    const struct finding *finding =
        facts_only_finding(facts, "tls-interception-suspected", SEVERITY_WARNING);
    assert_string_equal(finding->host, "gs.apple.com");
    assert_detail(finding, "signals", signals);
    assert_culprit(finding, CULPRIT_PROXY, NULL);
    assert_devices(finding, DEVICE);
    return finding;
}

static void a_refusal_in_clear(void **state)
{
    static const struct {
        uint8_t alert;
        const char *name;
    } cases[] = {{42, "bad_certificate"}, {46, "certificate_unknown"}, {48, "unknown_ca"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        alert_gs(facts, 0x0304, PARTY_CLIENT, cases[i].alert);
        assert_int_equal(assert_suspected(facts, cases[i].name)->confidence, CONFIDENCE_POSSIBLE);
    }
}

static void a_refusal_by_its_length(void **state)
{
    struct facts *facts = *state;
    refused_hidden(facts, "gs.apple.com", 0, 1000);
    refused_hidden(facts, "gs.apple.com", 0, 3000);
    assert_suspected(facts, "encrypted-alert");
}

/* A Finished and then a close_notify are longer. */
static void other_lengths_are_no_refusal(void **state)
{
    static const uint64_t more[] = {1, 24, 34, 68};
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        refused_hidden(facts, "gs.apple.com", more[i], 1000);
        refused_hidden(facts, "gs.apple.com", more[i], 3000);
        facts_no_finding(facts);
    }
}

static void a_second_signal_makes_it_likely(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++) {
        struct fact_flow *flow = refused_hidden(facts, "gs.apple.com", 0, 1000 + i * 2000);
        flow->server_ttl = 64;
        flow->syn_ack_time = flow->first_time + FACTS_MILLISECOND;
        facts->list[facts->count - 1].as.tls.server_hello_time += 60 * FACTS_MILLISECOND;
    }
    assert_int_equal(
        assert_suspected(facts, "encrypted-alert, server-next-door, late-server-hello")->confidence,
        CONFIDENCE_LIKELY);
}

/* What one connection shows and another does not is no signal. */
static void a_signal_is_one_of_all(void **state)
{
    struct facts *facts = *state;
    refused_hidden(facts, "gs.apple.com", 0, 1000)->server_ttl = 64;
    refused_hidden(facts, "gs.apple.com", 0, 3000);
    assert_suspected(facts, "encrypted-alert");
}

static void a_managed_device_beside_it(void **state)
{
    struct facts *facts = *state;
    alert_gs(facts, 0x0304, PARTY_CLIENT, 48);
    complete(facts, OTHER_DEVICE, GS, "gs.apple.com", HELLO_BYTES, 5000);
    assert_suspected(facts, "unknown_ca");
}

static void a_program_with_roots_of_its_own(void **state)
{
    struct facts *facts = *state;
    alert_gs(facts, 0x0304, PARTY_CLIENT, 48);
    complete(facts, DEVICE, GS, "gs.apple.com", HELLO_BYTES, 5000);
    facts_no_finding(facts);
}

static void a_refusal_once(void **state)
{
    struct facts *facts = *state;
    alerted(facts, DEVICE, "gs.apple.com", 0x0304, PARTY_CLIENT, 48, 1000);
    facts_no_finding(facts);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(nothing_points_at_a_cause),
        CASE(another_name_at_that_address_is_answered),
        CASE(another_name_elsewhere_says_nothing),
        CASE(large_hellos_vanish_and_small_ones_pass),
        CASE(parts_of_a_large_hello_are_acknowledged),
        CASE(large_hellos_pass_as_well),
        CASE(the_device_is_served_from_another_address),
        CASE(the_same_name_works),
        CASE(once_is_chance),
        CASE(two_seconds_without_a_retry),
        CASE(a_server_that_said_something),
        CASE(a_client_that_went_on),
        CASE(a_capture_without_answers),
        CASE(what_is_not_apples),
        CASE(no_common_cipher),
        CASE(an_expired_certificate),
        CASE(another_device_gets_through),
        CASE(an_alert_without_a_name),
        CASE(ends_that_are_no_failures),
        CASE(an_alert_about_an_unseen_answer),
        CASE(an_alert_once),
        CASE(an_old_program_beside_a_new_one),
        CASE(a_fallback_that_works),
        CASE(a_warning_before_data),
        CASE(distrust_is_left_to_the_certificate),
        CASE(a_provider_with_old_roots),
        CASE(without_time_no_date_is_right),
        CASE(a_refusal_in_clear),
        CASE(a_refusal_by_its_length),
        CASE(other_lengths_are_no_refusal),
        CASE(a_second_signal_makes_it_likely),
        CASE(a_signal_is_one_of_all),
        CASE(a_managed_device_beside_it),
        CASE(a_program_with_roots_of_its_own),
        CASE(a_refusal_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
