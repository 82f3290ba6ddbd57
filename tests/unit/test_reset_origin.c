/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gives a forged RST away, and what looks like it and is normal? Each test of the
 * origin with the fault that it finds and the twin that it must not.
 */
#include "tests/support/resets.h"

/* Opened 20 ms after its SYN, a ClientHello 2 ms later, and the RST `after` that. */
static struct fact_flow *reset_after_hello(struct facts *facts, uint8_t ttl, int64_t after,
                                           int64_t at)
{
    struct fact_flow *flow =
        reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, ttl, at);
    flow->server_marks = (struct sender_marks){.ttl_lowest = SERVER_TTL, .ttl_highest = SERVER_TTL};
    flow->reset_offset = 0;
    struct fact_tls *tls = facts_tls(facts, flow, PARTY_NONE, 0);
    tls->client_hello_time = facts_time(at + 22);
    flow->reset_time = facts_time(at + 22 + after);
    return flow;
}

static void assert_injected(struct facts *facts, enum confidence confidence, const char *ground)
{
    const struct finding *finding =
        assert_reset(facts, SEVERITY_CRITICAL, "injected", "after-client-hello");
    assert_string_equal(confidence_word(finding->confidence), confidence_word(confidence));
    assert_non_null(strstr(finding->explanation, ground));
}

static const struct finding *assert_by_server(struct facts *facts)
{
    return assert_reset(facts, SEVERITY_CRITICAL, "server", "after-client-hello");
}

static void sooner_than_the_server_can(void **state)
{
    struct facts *facts = *state;
    reset_after_hello(facts, SERVER_TTL, 1, 1000);
    reset_after_hello(facts, SERVER_TTL, 1, 5000);
    assert_injected(facts, CONFIDENCE_POSSIBLE,
                    "sent 1.0 ms after the ClientHello, faster than the server can answer (there "
                    "and back takes 20.0 ms)");
}

/* Once may be chance; and the server's own answer takes the whole way. */
static void as_soon_as_the_server_can(void **state)
{
    static const struct {
        int64_t after;
        int count;
    } cases[] = {{1, 1}, {20, 3}, {9, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        for (int64_t j = 0; j < cases[i].count; j++)
            reset_after_hello(facts, SERVER_TTL, cases[i].after, 1000 + j * 4000);
        assert_by_server(facts);
    }
}

/* The server refuses as it accepts, and the device takes its time with the ClientHello. */
static void a_late_hello_makes_no_quick_reset(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 3; i++) {
        reset_after_hello(facts, SERVER_TTL, 1, 1000 + i * 4000)->reset_time =
            facts_time(1000 + i * 4000 + 40);
        facts->list[facts->count - 1].as.tls.client_hello_time = facts_time(1000 + i * 4000 + 39);
    }
    assert_by_server(facts);
}

/* Of three SYN/ACKs two dawdled: the quickest tells how far the server is. */
static void a_slow_syn_ack_makes_no_quick_reset(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 3; i++) {
        struct fact_flow *flow = reset_after_hello(facts, SERVER_TTL, 6, 1000 + i * 4000);
        if (i < 2)
            flow->first_syn_time = flow->last_syn_time =
                flow->syn_ack_time - 200 * FACTS_MILLISECOND;
        else
            flow->first_syn_time = flow->last_syn_time = flow->syn_ack_time - 8 * FACTS_MILLISECOND;
    }
    assert_by_server(facts);
}

/* What came with the SYN may be answered with the SYN/ACK (RFC 7413). */
static void data_in_the_syn(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 3; i++) {
        reset_after_hello(facts, SERVER_TTL, 1, 1000 + i * 4000);
        facts->list[facts->count - 1].as.tls.client_hello_time = facts_time(1000 + i * 4000);
    }
    assert_by_server(facts);
}

static void grounds_bear_each_other_out(void **state)
{
    struct facts *facts = *state;
    reset_after_hello(facts, 63, 1, 1000);
    assert_injected(facts, CONFIDENCE_LIKELY,
                    "TTL 63 where the other packets of that address "
                    "have 52; sent 1.0 ms after the ClientHello");
    facts_end(facts);
    begin(state);
    reset_after_hello(facts, 63, 1, 1000)->reset_offset = 1460;
    assert_injected(facts, CONFIDENCE_CERTAIN, "1460 bytes off");
}

static void routes_that_differ_by_a_hop(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++) {
        struct fact_flow *flow = reset_after_hello(facts, SERVER_TTL + 2, 30, 1000 + i * 4000);
        flow->server_marks.ttl_highest = SERVER_TTL + 1;
    }
    assert_by_server(facts);
}

/* Ends that are seen at several distances prove nothing by another one. */
static void a_server_at_several_distances(void **state)
{
    struct facts *facts = *state;
    struct fact_flow *flow = reset_after_hello(facts, 58, 30, 1000);
    flow->server_marks.ttl_highest = SERVER_TTL + 3;
    assert_by_server(facts);
}

/* The balancer in front of the server begins with another TTL, from as far away. */
static void a_balancer_at_the_servers_place(void **state)
{
    struct facts *facts = *state;
    reset_after_hello(facts, 255 - (64 - SERVER_TTL), 30, 1000);
    assert_by_server(facts);
}

/* A firewall answered the SYN for the server, and the server resets. */
static void a_syn_proxy(void **state)
{
    struct facts *facts = *state;
    struct fact_flow *flow = reset_after_hello(facts, SERVER_TTL, 30, 1000);
    flow->server_marks = (struct sender_marks){.ttl_lowest = 64, .ttl_highest = 64};
    assert_by_server(facts);
}

static void numbers_of_an_end_that_has_none(void **state)
{
    struct facts *facts = *state;
    struct fact_flow *flow = reset_after_hello(facts, 63, 30, 1000);
    flow->server_marks.identification = IDENTIFICATION_ZERO;
    flow->reset_identification = 12345;
    assert_injected(facts, CONFIDENCE_LIKELY, "IP identification 12345");
    facts_end(facts);
    begin(state);
    flow = reset_after_hello(facts, SERVER_TTL, 30, 1000);
    flow->server_marks.identification = IDENTIFICATION_COUNTING;
    flow->reset_identification = 0; /* as a closed socket answers */
    assert_by_server(facts);
}

static void another_station(void **state)
{
    struct facts *facts = *state;
    struct fact_flow *flow = reset_after_hello(facts, 63, 30, 1000);
    flow->reset_foreign_mac = true;
    flow->resets = 1;
    assert_injected(facts, CONFIDENCE_LIKELY, "another station");
    facts_end(facts);
    begin(state);
    flow = reset_after_hello(facts, SERVER_TTL, 30, 1000);
    flow->reset_foreign_mac = true;
    flow->resets = 1;
    flow->server_packets = 2; /* the SYN/ACK alone: pairs of routers share the work */
    assert_by_server(facts);
}

static void weak_grounds_need_each_other(void **state)
{
    struct facts *facts = *state;
    reset_after_hello(facts, SERVER_TTL, 30, 1000)->reset_offset = 1460;
    assert_by_server(facts);
    facts_end(facts);
    begin(state);
    struct fact_flow *flow = reset_after_hello(facts, SERVER_TTL, 30, 1000);
    flow->reset_offset = 1460;
    flow->reset_foreign_mac = true;
    assert_injected(facts, CONFIDENCE_LIKELY, "1460 bytes off");
}

/* Both ends get one: the other's, by its TTL, is not the device's either. */
static void one_to_each_end(void **state)
{
    static const uint8_t ttls[] = {61, 64};
    for (size_t i = 0; i < 2; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        struct fact_flow *flow = reset_after_hello(facts, 63, 30, 1000);
        flow->history = "ShADrR";
        struct fact_event *event =
            facts_event(facts, flow, EVENT_RESET, flow->reset_time + 2 * FACTS_MILLISECOND);
        event->ttl = ttls[i];
        const struct finding *finding =
            assert_reset(facts, SEVERITY_CRITICAL, "injected", "after-client-hello");
        assert_int_equal(strstr(finding->explanation, "both ends") != NULL, i == 0);
    }
}

/* Seen between the filter and the server: the RST bears the device's name. */
static void in_the_devices_name(void **state)
{
    struct facts *facts = *state;
    for (int64_t i = 0; i < 2; i++)
        reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_CLIENT, 60, 1000 + i * 4000);
    assert_injected(facts, CONFIDENCE_POSSIBLE, "TTL 60 where the other packets");
}

static void further_than_the_server_is_no_distance(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 100, 1000);
    assert_int_equal(
        assert_reset(facts, SEVERITY_CRITICAL, "injected", "after-client-hello")->culprit->hops, 0);
}

static void some_are_silent(void **state)
{
    struct facts *facts = *state;
    reset_courier(facts, RESET_STAGE_AFTER_CLIENT_HELLO, PARTY_SERVER, 63, 1000);
    facts_silent(facts, DEVICE, COURIER, 443, 4, 5000)->server_name = "courier.push.apple.com";
    facts_diagnose(facts);
    assert_int_equal(facts_findings(facts, "connection-reset"), 1);
    assert_non_null(strstr(facts->diagnosis->findings[0].explanation,
                           "1 other attempt of the same devices got no answer to the SYN"));
}

/* The capture lost the alert of one; a forged RST is another cause all the same. */
static void an_alert_that_the_capture_lost(void **state)
{
    for (size_t i = 0; i < 2; i++) {
        struct facts *facts = *state;
        facts_end(facts);
        begin(state);
        for (int64_t j = 0; j < 3; j++) {
            struct fact_flow *flow =
                reset_courier(facts, RESET_STAGE_HANDSHAKE, PARTY_SERVER,
                              j == 2 && i == 1 ? 63 : SERVER_TTL, 1000 + j * 4000);
            if (j < 2)
                facts_tls(facts, flow, PARTY_SERVER, 40); /* handshake_failure */
        }
        facts_diagnose(facts);
        assert_int_equal(facts_findings(facts, "connection-reset"), i);
    }
}

/* SYN, SYN/ACK, ClientHello, RST: as they came. */
static void the_packets_in_their_order(void **state)
{
    struct facts *facts = *state;
    struct fact_flow *flow = reset_after_hello(facts, 63, 1, 1000);
    struct fact_event *answer = facts_event(facts, flow, EVENT_SYN_ACK, flow->syn_ack_time);
    answer->sender = flow->server.address;
    answer->from = PARTY_SERVER;
    answer->ttl = SERVER_TTL;
    facts_event(facts, flow, EVENT_SYN, flow->first_syn_time);
    for (size_t i = 0; i < facts->count; i++)
        if (facts->list[i].kind == FACT_EVENT && facts->list[i].as.event.kind == EVENT_RESET)
            facts->list[i].as.event.time = flow->reset_time;
    const struct finding *finding =
        assert_reset(facts, SEVERITY_CRITICAL, "injected", "after-client-hello");
    static const char *const notes[] = {"SYN from " DEVICE, "SYN/ACK from " COURIER ", TTL 52",
                                        "ClientHello from " DEVICE,
                                        "RST from " COURIER ", TTL 63; its other packets have 52"};
    assert_int_equal(finding->evidence_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(finding->evidence[i].note, notes[i]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(sooner_than_the_server_can),
        CASE(as_soon_as_the_server_can),
        CASE(a_late_hello_makes_no_quick_reset),
        CASE(a_slow_syn_ack_makes_no_quick_reset),
        CASE(data_in_the_syn),
        CASE(grounds_bear_each_other_out),
        CASE(routes_that_differ_by_a_hop),
        CASE(a_server_at_several_distances),
        CASE(a_balancer_at_the_servers_place),
        CASE(a_syn_proxy),
        CASE(numbers_of_an_end_that_has_none),
        CASE(another_station),
        CASE(weak_grounds_need_each_other),
        CASE(one_to_each_end),
        CASE(in_the_devices_name),
        CASE(further_than_the_server_is_no_distance),
        CASE(some_are_silent),
        CASE(an_alert_that_the_capture_lost),
        CASE(the_packets_in_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
