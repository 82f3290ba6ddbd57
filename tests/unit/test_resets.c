/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which RSTs tear a connection down before its work is done, who sent them, and
 * which are how connections end?
 */
#include "tests/support/resets.h"

static void another_ttl_is_another_sender(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63, 1000);
    const struct finding *finding =
        assert_reset(facts, SEVERITY_CRITICAL, "injected", "after-client-hello");
    assert_culprit(finding, CULPRIT_FIREWALL, NULL);
    assert_int_equal(finding->culprit->hops, 2);
    assert_int_equal(finding->count, 1);
    assert_int_equal(finding->name_count, 2);
    assert_int_equal(finding->evidence_count, 1);
    assert_string_equal(finding->evidence[0].note,
                        "RST from " COURIER ", TTL 63; its other packets have 52");
    assert_int_equal(finding->confidence, CONFIDENCE_POSSIBLE);
    assert_non_null(strstr(finding->explanation, "TTL 63 where the other packets"));
    assert_int_equal(facts->diagnosis->verdict, VERDICT_BLOCKED);
}

static void two_hops_are_the_least_difference(void **state)
{
    static const struct {
        uint8_t ttl;
        const char *origin;
    } cases[] = {{SERVER_TTL - 2, "injected"}, {SERVER_TTL - 1, "server"},   {SERVER_TTL, "server"},
                 {SERVER_TTL + 1, "server"},   {SERVER_TTL + 2, "injected"}, {0, "server"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, cases[i].ttl, 1000);
        assert_reset(facts, SEVERITY_CRITICAL, cases[i].origin, "after-client-hello");
    }
}

static void a_server_that_goes_on(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_SERVER, SERVER_TTL, 1000)
        ->server_after_reset = true;
    assert_reset(facts, SEVERITY_CRITICAL, "injected", "handshake");
}

static void the_servers_own(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 3; i++) {
        struct fact_flow *flow = reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER,
                                               SERVER_TTL, 1000 + i * 4000);
        flow->syn_ack_time = flow->last_syn_time + 20 * FACTS_MILLISECOND;
        facts_tls(facts, flow, PARTY_NONE, 0)->client_hello_time =
            flow->syn_ack_time + FACTS_MILLISECOND;
    }
    const struct finding *finding =
        assert_reset(facts, SEVERITY_CRITICAL, "server", "after-client-hello");
    assert_int_equal(finding->confidence, CONFIDENCE_LIKELY);
    assert_culprit(finding, CULPRIT_UNKNOWN, NULL);
    assert_int_equal(finding->count, 3);
    assert_non_null(strstr(finding->explanation, "3 connections"));
}

/* Without the ClientHello's time a RST that came too soon cannot be told. */
static void the_servers_own_without_timing(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 3; i++)
        reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, SERVER_TTL,
                      1000 + i * 4000);
    assert_int_equal(
        assert_reset(facts, SEVERITY_CRITICAL, "server", "after-client-hello")->confidence,
        CONFIDENCE_POSSIBLE);
}

static void one_of_the_servers_own_is_weak(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, SERVER_TTL, 1000);
    assert_int_equal(
        assert_reset(facts, SEVERITY_CRITICAL, "server", "after-client-hello")->confidence,
        CONFIDENCE_POSSIBLE);
}

static void a_device_that_hangs_up_again_and_again(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_CLIENT, 64, 1000);
    reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_CLIENT, 64, 5000);
    const struct finding *finding = assert_reset(facts, SEVERITY_WARNING, "device", "handshake");
    assert_culprit(finding, CULPRIT_DEVICE, DEVICE);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_IMPAIRED);
}

static void a_device_that_hangs_up_once(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_CLIENT, 64, 1000);
    facts_no_finding(facts);
}

static void injected_into_data_again_and_again(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_ESTABLISHED, PARTY_SERVER, 63, 1000);
    reset_courier(facts, RESET_STAGE_ESTABLISHED, PARTY_SERVER, 63, 5000);
    assert_reset(facts, SEVERITY_CRITICAL, "injected", "established");
}

static void data_that_ends_in_a_reset(void **state)
{
    struct facts *facts = *state;
    /* Twice by the server itself, once by the device. */
    reset_courier(facts, RESET_STAGE_ESTABLISHED, PARTY_SERVER, SERVER_TTL, 5000);
    reset_courier(facts, RESET_STAGE_ESTABLISHED, PARTY_SERVER, SERVER_TTL, 9000);
    reset_courier(facts, RESET_STAGE_ESTABLISHED, PARTY_CLIENT, 64, 12000);
    facts_no_finding(facts);
}

static void data_that_ends_in_one_strange_reset(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_ESTABLISHED, PARTY_SERVER, 63, 1000);
    facts_no_finding(facts);
}

/* An idle connection is dropped by the balancer in front, whose TTL is its own. */
static void idle_connections_end_in_resets(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++) {
        struct fact_flow *flow =
            reset_courier(facts, RESET_STAGE_ESTABLISHED, PARTY_SERVER, 63, 1000 + i * 9000);
        flow->client_last_time = flow->reset_time - 60 * NANOSECONDS_PER_SECOND;
    }
    facts_no_finding(facts);
}

static void normal_ends(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_CLOSING, PARTY_CLIENT, 64, 1000);
    reset_courier(facts, RESET_STAGE_CLOSING, PARTY_SERVER, 63, 2000);
    facts_no_finding(facts);
    assert_int_equal(facts->diagnosis->verdict, VERDICT_HEALTHY);
}

/* The loser of the race of address families is dropped as soon as it opens. */
static void losers_of_the_race(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 3; i++)
        reset_courier(facts, RESET_STAGE_OPENED, PARTY_CLIENT, 64, 1000 + i * 1000);
    facts_no_finding(facts);
}

static void a_device_that_takes_its_hello_back(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 3; i++)
        reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_CLIENT, 64, 1000 + i * 1000);
    facts_no_finding(facts);
}

static void midstream_resets(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 3; i++) {
        struct fact_flow *flow =
            reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_SERVER, 63, 1000 + i * 1000);
        flow->midstream = true;
        if (i < 2)
            flow->syn_ack_time = TIMESTAMP_NONE;
        else
            flow->client_packets = 0; /* nothing but the server's side */
    }
    facts_no_finding(facts);
}

/* The capture lost the SYN, and has all that came after it. */
static void resets_without_a_syn(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++)
        reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_SERVER, 63, 1000 + i * 1000)->midstream =
            true;
    assert_reset(facts, SEVERITY_CRITICAL, "injected", "handshake");
}

/* The capture lacks packets of most: these look as if they had come further. */
static void the_stage_of_whole_connections_counts(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++)
        reset_courier(facts, RESET_STAGE_ESTABLISHED, PARTY_SERVER, 63, 1000 + i * 1000)
            ->server_missing = 1;
    reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_SERVER, 63, 4000);
    assert_reset(facts, SEVERITY_CRITICAL, "injected", "handshake");
}

static void a_device_that_gets_through(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63, 1000);
    facts_answered(facts, DEVICE, OTHER_COURIER, 443, 5000)->server_name = "courier.push.apple.com";
    facts_no_finding(facts);
}

/* Ten devices with one reset and one success each have lost nothing. */
static void many_devices_that_get_through(void **state)
{
    struct facts *facts = *state;
    static const char *const devices[] = {"10.0.2.1", "10.0.2.2", "10.0.2.3", "10.0.2.4"};
    for (size_t i = 0; i < 4; i++) {
        facts_host(facts, devices[i]);
        facts_reset(facts, devices[i], COURIER, 443, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER,
                    63, 1000)
            ->server_name = "courier.push.apple.com";
        facts_answered(facts, devices[i], COURIER, 443, 5000)->server_name =
            "courier.push.apple.com";
    }
    facts_no_finding(facts);
}

static void only_the_devices_that_do_not(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63, 1000);
    facts_reset(facts, OTHER_DEVICE, COURIER, 443, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63,
                1000)
        ->server_name = "courier.push.apple.com";
    facts_answered(facts, OTHER_DEVICE, COURIER, 443, 5000)->server_name = "courier.push.apple.com";
    assert_reset(facts, SEVERITY_CRITICAL, "injected", "after-client-hello");
}

/* A filter of names lets the bag through and not the courier. */
static void another_name_of_the_row_is_no_excuse(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63, 1000);
    facts_answered(facts, DEVICE, "23.45.67.89", 443, 500)->server_name = "init.push.apple.com";
    assert_reset(facts, SEVERITY_CRITICAL, "injected", "after-client-hello");
}

static void push_on_5223_makes_it_a_warning(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63, 1000);
    facts_answered(facts, DEVICE, COURIER, 5223, 5000)->server_name = "courier.push.apple.com";
    assert_reset(facts, SEVERITY_WARNING, "injected", "after-client-hello");
}

/* One row reset from the server's side is one cause, whatever each connection had
 * come to; that the device hangs up as well is another. */
static void one_row_is_one_cause(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63, 1000);
    reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_SERVER, 63, 2000);
    reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_SERVER, SERVER_TTL, 3000);
    const struct finding *finding = assert_reset(facts, SEVERITY_CRITICAL, "injected", "handshake");
    assert_culprit(finding, CULPRIT_FIREWALL, NULL);
    assert_int_equal(finding->count, 3);
}

static void rows_that_are_reset_are_failing(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63, 1000);
    facts_diagnose(facts);
    const struct coverage *row =
        &facts->diagnosis->coverage[facts_row(facts, "*.push.apple.com", 443, TRANSPORT_TCP)];
    assert_int_equal(row->attempts, 1);
    assert_int_equal(row->successes, 0);
    assert_int_equal(row->status, COVERAGE_FAILING);
}

static void what_is_not_apples(void **state)
{
    struct facts *facts = *state;
    facts_reset(facts, DEVICE, "203.0.113.9", 443, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63,
                1000)
        ->server_name = "www.example.net";
    facts_no_finding(facts);
}

/* Before any TLS the same filter cuts plain HTTP. */
static void plain_http_has_no_client_hello(void **state)
{
    struct facts *facts = *state;
    facts_reset(facts, DEVICE, "23.45.67.89", 80, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63,
                1000)
        ->resolved_name = "captive.apple.com";
    const struct finding *finding =
        facts_only_finding(facts, "connection-reset", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "captive.apple.com");
    assert_null(strstr(finding->summary, "ClientHello"));
    assert_null(strstr(finding->remedy, "TLS"));
}

static void no_device_stands_for_others(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_CLIENT, 64, 1000);
    facts_reset(facts, OTHER_DEVICE, COURIER, 443, RESET_STAGE_HANDSHAKE, PARTY_CLIENT, 64, 2000)
        ->server_name = "courier.push.apple.com";
    assert_culprit(facts_only_finding(facts, "connection-reset", SEVERITY_WARNING), CULPRIT_DEVICE,
                   NULL);
}

/* The alert says why it ended; the rules about TLS have a word for it. */
static void a_reset_behind_an_alert(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 3; i++) {
        enum party from = i == 0 ? PARTY_SERVER : PARTY_CLIENT;
        struct fact_flow *flow =
            reset_courier(facts, RESET_STAGE_HANDSHAKE, from, 64, 1000 + i * 4000);
        facts_tls(facts, flow, from, 48); /* unknown_ca */
    }
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "connection-reset"), 0);
}

static void close_notify_excuses_no_reset(void **state)
{
    struct facts *facts = *state;
    facts_tls(facts, reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_SERVER, 63, 1000),
              PARTY_SERVER, 0);
    assert_reset(facts, SEVERITY_CRITICAL, "injected", "handshake");
}

/* The alert of one connection is no word about another. */
static void an_alert_excuses_its_own_flow(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 5; i++) {
        struct fact_flow *flow =
            reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_SERVER, 63, 1000 + i * 4000);
        if (i != 2)
            facts_tls(facts, flow, PARTY_CLIENT, 42); /* bad_certificate */
    }
    const struct finding *finding = assert_reset(facts, SEVERITY_CRITICAL, "injected", "handshake");
    assert_int_equal(finding->count, 1);
    assert_int_equal(finding->first_seen, facts_time(9300));
}

static void the_stage_of_most_connections(void **state)
{
    static const struct {
        enum reset_stage stages[3];
        const char *stage;
    } cases[] = {
        {{RESET_STAGE_AFTER_CLIENT_HELLO, RESET_STAGE_AFTER_CLIENT_HELLO, RESET_STAGE_HANDSHAKE},
         "after-client-hello"},
        {{RESET_STAGE_HANDSHAKE, RESET_STAGE_AFTER_CLIENT_HELLO, RESET_STAGE_AFTER_CLIENT_HELLO},
         "after-client-hello"},
        {{RESET_STAGE_HANDSHAKE, RESET_STAGE_ESTABLISHED, RESET_STAGE_HANDSHAKE}, "handshake"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        for (size_t j = 0; j < 3; j++)
            reset_courier(facts, cases[i].stages[j], PARTY_SERVER, 63, 1000 + (int64_t)j * 4000);
        const struct finding *finding =
            assert_reset(facts, SEVERITY_CRITICAL, "injected", cases[i].stage);
        assert_int_equal(finding->count, 3);
        assert_int_equal(finding->detail_count, 2);
    }
}

/* A SPAN may move a RST ahead of the data before it: the later stage is the true one. */
static void the_later_stage_where_even(void **state)
{
    for (int64_t i = 0; i < 2; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63, 1000 + i * 8000);
        reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_SERVER, 63, 5000);
        assert_reset(facts, SEVERITY_CRITICAL, "injected", "handshake");
    }
}

/* What a proxy cuts before it has let the client through is its own affair. */
static void a_proxy_that_hangs_up(void **state)
{
    static const uint16_t statuses[] = {0, 403, 407, 502};
    struct facts *facts = *state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        facts_through_proxy(facts_reset(facts, DEVICE, PROXY, 3128, RESET_STAGE_HANDSHAKE,
                                        PARTY_SERVER, 63, 1000 + (int64_t)i * 4000),
                            "courier.push.apple.com", 443, statuses[i]);
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "connection-reset"), 0);
}

static void a_reset_in_a_tunnel(void **state)
{
    struct facts *facts = *state;
    facts_through_proxy(
        facts_reset(facts, DEVICE, PROXY, 3128, RESET_STAGE_HANDSHAKE, PARTY_SERVER, 63, 1000),
        "courier.push.apple.com", 443, 200);
    const struct finding *finding =
        facts_only_finding(facts, "connection-reset", SEVERITY_CRITICAL);
    assert_string_equal(finding->host, "*.push.apple.com");
    assert_int_equal(finding->port, 443);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(another_ttl_is_another_sender),
        CASE(two_hops_are_the_least_difference),
        CASE(a_server_that_goes_on),
        CASE(the_servers_own),
        CASE(the_servers_own_without_timing),
        CASE(one_of_the_servers_own_is_weak),
        CASE(a_device_that_hangs_up_again_and_again),
        CASE(a_device_that_hangs_up_once),
        CASE(injected_into_data_again_and_again),
        CASE(data_that_ends_in_a_reset),
        CASE(data_that_ends_in_one_strange_reset),
        CASE(idle_connections_end_in_resets),
        CASE(normal_ends),
        CASE(losers_of_the_race),
        CASE(a_device_that_takes_its_hello_back),
        CASE(midstream_resets),
        CASE(resets_without_a_syn),
        CASE(the_stage_of_whole_connections_counts),
        CASE(a_device_that_gets_through),
        CASE(many_devices_that_get_through),
        CASE(only_the_devices_that_do_not),
        CASE(another_name_of_the_row_is_no_excuse),
        CASE(push_on_5223_makes_it_a_warning),
        CASE(one_row_is_one_cause),
        CASE(rows_that_are_reset_are_failing),
        CASE(what_is_not_apples),
        CASE(plain_http_has_no_client_hello),
        CASE(no_device_stands_for_others),
        CASE(a_reset_behind_an_alert),
        CASE(close_notify_excuses_no_reset),
        CASE(an_alert_excuses_its_own_flow),
        CASE(the_stage_of_most_connections),
        CASE(the_later_stage_where_even),
        CASE(a_proxy_that_hangs_up),
        CASE(a_reset_in_a_tunnel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
