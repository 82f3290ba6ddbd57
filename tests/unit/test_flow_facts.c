/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does flows/flow_facts.c tell a flow as it was?  A flow with a value of its own
 * in every field goes in, the facts that come out are read.
 */
#include "flows/fact_limits.h"
#include "flows/flow_history.h"
#include "flows/flow_trouble.h"
#include "tests/support/packets.h"

static int begin(void **state)
{
    struct packets_run *run = malloc(sizeof *run);
    assert_non_null(run);
    packets_begin(run, 4);
    *state = run;
    return 0;
}

static int end(void **state)
{
    packets_end(*state);
    free(*state);
    return 0;
}

static char server_name[] = "gs.apple.com";
static struct flow_trouble trouble = {
    .last_syn_time = 110, .syn_ack_time = TIMESTAMP_NONE, .reset_time = TIMESTAMP_NONE};

static void fill(struct flow *flow, struct flow_detail *detail)
{
    struct packets_path path = packets_path("192.0.2.1", 50000, "17.0.0.1", 443, TRANSPORT_TCP);
    *flow = (struct flow){.client = path.client,
                          .server = path.server,
                          .transport = TRANSPORT_TCP,
                          .vlan = 12,
                          .first_time = 100,
                          .first_packet = packet_identity(1, 3),
                          .detail = detail,
                          .trouble = &trouble,
                          .syns = 2,
                          .outcome = OUTCOME_RESET,
                          .of_interest = true};
    flow->sides[SIDE_CLIENT] = (struct flow_side){
        .bytes = 517, .last_time = 180, .packets = 5, .retransmissions = 1, .first_ttl = 64};
    flow->sides[SIDE_SERVER] = (struct flow_side){
        .bytes = 1400, .last_time = 190, .packets = 4, .retransmissions = 2, .first_ttl = 52};
    flow_note_syn_ack(NULL, flow, 120);
    flow_note_reset(NULL, flow, SIDE_SERVER, RESET_STAGE_HANDSHAKE, 190);
    static const struct {
        int side;
        enum history what;
    } letters[] = {{SIDE_CLIENT, HISTORY_SYN},  {SIDE_SERVER, HISTORY_SYN_ACK},
                   {SIDE_CLIENT, HISTORY_ACK},  {SIDE_CLIENT, HISTORY_DATA},
                   {SIDE_SERVER, HISTORY_DATA}, {SIDE_SERVER, HISTORY_RESET}};
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        flow_history_write(flow, letters[i].side, letters[i].what);
    *detail = (struct flow_detail){.server_name = server_name,
                                   .resolved_name = "gs.example",
                                   .protocol = "tls",
                                   .server_after_reset = true,
                                   .reset_ttl = 53,
                                   .reset = {.gap = 250,
                                             .offset = -40,
                                             .identification = 4711,
                                             .window = 77,
                                             .count = {1, 3},
                                             .foreign_mac = true},
                                   .reset_packet = packet_identity(1, 11),
                                   .last_packet = packet_identity(1, 12)};
}

static void test_whole_row(void **state)
{
    struct packets_run *run = *state;
    struct flow flow;
    struct flow_detail detail;
    fill(&flow, &detail);
    flow_facts_emit(&run->observation, &flow);
    const struct fact_flow *row = &packets_last(run, FACT_FLOW)->as.flow;
    assert_int_equal(row->id, 1);
    assert_true(endpoint_equal(&row->client, &flow.client));
    assert_true(endpoint_equal(&row->server, &flow.server));
    assert_int_equal(row->transport, TRANSPORT_TCP);
    assert_int_equal(row->vlan, 12);
    assert_int_equal(row->first_time, 100);
    assert_int_equal(row->last_time, 190);
    assert_int_equal(row->first_packet, packet_identity(1, 3));
    assert_int_equal(row->last_packet, packet_identity(1, 12));
    assert_int_equal(row->client_packets, 5);
    assert_int_equal(row->server_packets, 4);
    assert_int_equal(row->client_bytes, 517);
    assert_int_equal(row->server_bytes, 1400);
    assert_string_equal(row->server_name, "gs.apple.com");
    assert_string_equal(row->resolved_name, "gs.example");
    assert_string_equal(row->protocol, "tls");
    assert_int_equal(row->outcome, OUTCOME_RESET);
    assert_string_equal(row->history, "ShADdr");
    assert_int_equal(row->client_retransmissions, 1);
    assert_int_equal(row->server_retransmissions, 2);
    assert_int_equal(row->client_ttl, 64);
    assert_int_equal(row->server_ttl, 52);
}

static void test_times_and_resets(void **state)
{
    struct packets_run *run = *state;
    struct flow flow;
    struct flow_detail detail;
    fill(&flow, &detail);
    flow_facts_emit(&run->observation, &flow);
    const struct fact_flow *row = &packets_last(run, FACT_FLOW)->as.flow;
    assert_int_equal(row->syns, 2);
    assert_int_equal(row->first_syn_time, 100);
    assert_int_equal(row->last_syn_time, 110);
    assert_int_equal(row->syn_ack_time, 120);
    assert_int_equal(row->client_last_time, 180);
    assert_int_equal(row->server_last_time, 190);
    assert_int_equal(row->reset_by, PARTY_SERVER);
    assert_int_equal(row->reset_stage, RESET_STAGE_HANDSHAKE);
    assert_int_equal(row->reset_time, 190);
    assert_int_equal(row->reset_packet, packet_identity(1, 11));
    assert_int_equal(row->reset_ttl, 53);
    assert_true(row->server_after_reset);
    assert_int_equal(row->reset_identification, 4711);
    assert_int_equal(row->reset_window, 77);
    assert_int_equal(row->resets, 3);
    assert_true(row->reset_foreign_mac);
    assert_int_equal(row->reset_gap, 250);
    assert_int_equal(row->reset_offset, -40);
    assert_false(row->has_icmp);
    assert_int_equal(row->icmp_time, TIMESTAMP_NONE);
}

static void test_icmp(void **state)
{
    struct packets_run *run = *state;
    struct flow flow;
    struct flow_detail detail;
    fill(&flow, &detail);
    detail.has_icmp = true;
    detail.icmp_type = 3;
    detail.icmp_code = 13;
    detail.icmp_ttl = 61;
    detail.icmp_sender = packets_address("198.51.100.9");
    detail.icmp_time = 150;
    detail.icmp_packet = packet_identity(1, 9);
    detail.path_mtu = 1400;
    detail.path_mtu_sender = packets_address("198.51.100.10");
    detail.path_mtu_packet = packet_identity(1, 10);
    flow_facts_emit(&run->observation, &flow);
    const struct fact_flow *row = &packets_last(run, FACT_FLOW)->as.flow;
    assert_true(row->has_icmp);
    assert_int_equal(row->icmp_type, 3);
    assert_int_equal(row->icmp_code, 13);
    assert_int_equal(row->icmp_ttl, 61);
    assert_true(address_equal(&row->icmp_sender, &detail.icmp_sender));
    assert_int_equal(row->icmp_time, 150);
    assert_int_equal(row->icmp_packet, packet_identity(1, 9));
    assert_int_equal(row->path_mtu, 1400);
    assert_true(address_equal(&row->path_mtu_sender, &detail.path_mtu_sender));
    assert_int_equal(row->path_mtu_packet, packet_identity(1, 10));
}

/* What each side's packets look like; what a RST was like only where one came. */
static void test_marks(void **state)
{
    struct packets_run *run = *state;
    struct flow flow;
    struct flow_detail detail;
    fill(&flow, &detail);
    detail.senders[SIDE_CLIENT] = (struct sender_record){.packets = 5,
                                                         .ttl_lowest = 63,
                                                         .ttl_highest = 64,
                                                         .dscp = 8,
                                                         .syn_seen = true,
                                                         .syn_window = 65535,
                                                         .options_length = 4,
                                                         .options = {2, 4, 5, 180}};
    detail.senders[SIDE_SERVER] = (struct sender_record){.packets = 4,
                                                         .ttl_lowest = 52,
                                                         .ttl_highest = 52,
                                                         .identifications = 4,
                                                         .identifications_zero = 4};
    flow_forget_reset(&flow);
    flow_facts_emit(&run->observation, &flow);
    const struct fact_flow *row = &packets_last(run, FACT_FLOW)->as.flow;
    assert_int_equal(row->client_marks.ttl_lowest, 63);
    assert_int_equal(row->client_marks.ttl_highest, 64);
    assert_int_equal(row->client_marks.dscp, 8);
    assert_int_equal(row->client_marks.syn_window, 65535);
    assert_string_equal(row->client_marks.syn_options, "M1460");
    assert_int_equal(row->server_marks.ttl_lowest, 52);
    assert_int_equal(row->server_marks.identification, IDENTIFICATION_ZERO);
    assert_null(row->server_marks.syn_options);
    assert_int_equal(row->resets, 0);
    assert_int_equal(row->reset_packet, 0);
    assert_int_equal(row->reset_gap, DIFFERENCE_NONE);
    assert_int_equal(row->reset_offset, DIFFERENCE_NONE);
}

/* What was not seen has no time, no text and no letters. */
static void test_little_known(void **state)
{
    struct packets_run *run = *state;
    struct flow_detail detail = {0};
    struct flow flow = {.transport = TRANSPORT_UDP, .detail = &detail, .outcome = OUTCOME_SILENT};
    flow.sides[SIDE_CLIENT] = (struct flow_side){.last_time = -50, .packets = 1};
    flow_facts_emit(&run->observation, &flow);
    const struct fact_flow *row = &packets_last(run, FACT_FLOW)->as.flow;
    assert_int_equal(row->last_time, -50);
    assert_int_equal(row->client_last_time, -50);
    assert_int_equal(row->server_last_time, TIMESTAMP_NONE);
    assert_int_equal(row->first_syn_time, TIMESTAMP_NONE);
    assert_int_equal(row->last_syn_time, TIMESTAMP_NONE);
    assert_int_equal(row->syn_ack_time, TIMESTAMP_NONE);
    assert_int_equal(row->reset_time, TIMESTAMP_NONE);
    assert_int_equal(row->reset_by, PARTY_NONE);
    assert_string_equal(row->history, "");
    assert_null(row->server_name);
    assert_null(row->resolved_name);
    assert_null(row->protocol);
}

static void test_last_time(void **state)
{
    (void)state;
    struct flow flow = {.transport = TRANSPORT_TCP};
    flow.sides[SIDE_SERVER] = (struct flow_side){.last_time = -70, .packets = 1};
    assert_int_equal(flow_last_time(&flow), -70);
    flow.sides[SIDE_CLIENT] = (struct flow_side){.last_time = -90, .packets = 1};
    assert_int_equal(flow_last_time(&flow), -70);
    flow.sides[SIDE_CLIENT].last_time = -60;
    assert_int_equal(flow_last_time(&flow), -60);
}

static void test_only_seen_from(void **state)
{
    (void)state;
    struct flow flow = {.transport = TRANSPORT_TCP};
    flow.sides[SIDE_CLIENT].packets = 3;
    assert_false(flow_only_seen_from(&flow, SIDE_CLIENT)); /* it may have spoken to nobody */
    flow.sides[SIDE_CLIENT].heard = true;
    assert_true(flow_only_seen_from(&flow, SIDE_CLIENT));
    assert_false(flow_only_seen_from(&flow, SIDE_SERVER));
    flow.sides[SIDE_SERVER].packets = 1;
    assert_false(flow_only_seen_from(&flow, SIDE_CLIENT));
    flow.sides[SIDE_SERVER].packets = 0;
    flow.transport = TRANSPORT_UDP;
    assert_false(flow_only_seen_from(&flow, SIDE_CLIENT));
}

static void test_event(void **state)
{
    struct packets_run *run = *state;
    struct flow flow;
    struct flow_detail detail;
    fill(&flow, &detail);
    struct packets_path path = packets_path("192.0.2.1", 50000, "17.0.0.1", 443, TRANSPORT_TCP);
    struct packet packet =
        packets_tcp(&path, SIDE_SERVER, 7, TCP_RST, 3000000000u, 4000000000u, bytes_of(NULL, 0));
    packet.ip_identification = 4711;
    packet.icmp_type = 3;
    packet.icmp_code = 10;
    flow_facts_event(&run->observation, &flow, EVENT_RESET, PARTY_SERVER, &packet);
    const struct fact_event *event = &packets_last(run, FACT_EVENT)->as.event;
    assert_int_equal(event->flow, detail.identity);
    assert_int_equal(event->kind, EVENT_RESET);
    assert_int_equal(event->time, packets_time(7));
    assert_int_equal(event->packet, packet.identity);
    assert_int_equal(event->from, PARTY_SERVER);
    assert_true(address_equal(&event->sender, &path.server.address));
    assert_int_equal(event->ttl, 52);
    assert_int_equal(event->ip_identification, 4711);
    assert_true(event->sequence == 3000000000u);
    assert_true(event->acknowledgment == 4000000000u);
    assert_int_equal(event->window, 1024);
    assert_int_equal(event->icmp_type, 3);
    assert_int_equal(event->icmp_code, 10);
}

/* No events where nobody asks for them, and never without end. */
static void test_events_are_bounded(void **state)
{
    struct packets_run *run = *state;
    struct flow flow;
    struct flow_detail detail;
    const struct packet packet = {.ttl = 1};
    fill(&flow, &detail);
    flow.of_interest = false;
    flow_facts_event(&run->observation, &flow, EVENT_SYN, PARTY_CLIENT, &packet);
    flow.detail = NULL;
    flow.of_interest = true;
    flow_facts_event(&run->observation, &flow, EVENT_SYN, PARTY_CLIENT, &packet);
    assert_int_equal(run->fact_count, 0);
    flow.detail = &detail;
    flow.of_interest = false;
    run->observation.all_flows = true;
    for (int i = 0; i < 300; i++)
        flow_facts_event(&run->observation, &flow, EVENT_RESET, PARTY_SERVER, &packet);
    assert_int_equal(run->fact_count, 24);
}

/* A client has its share of connections in which nothing is said; others take none of it. */
static void test_share_of_silence(void **state)
{
    struct packets_run *run = *state;
    struct flow flow;
    struct flow_detail detail;
    unsigned told = 0;
    run->observation.limits = fact_limits_create();
    assert_non_null(run->observation.limits);
    for (unsigned i = 0; i < 100000; i++) {
        bool kept = i >= 50000;
        fill(&flow, &detail);
        flow.outcome = OUTCOME_ANSWERED;
        /* With its answer, or of a capture that has one direction only. */
        flow.sides[SIDE_CLIENT].syn = i % 3 != 2;
        flow.sides[SIDE_SERVER].syn = i % 3 != 1;
        flow.sides[i % 3 == 2 ? SIDE_CLIENT : SIDE_SERVER].bytes = 0;
        flow.of_interest = kept;
        bool early = flow_facts_admit_early(&run->observation, &flow);
        flow_facts_admit(&run->observation, &flow);
        assert_int_equal(flow.crowded, kept && !early);
        told += kept && early;
    }
    /* Beyond the share one in 64 is told. */
    assert_int_equal(told, 16384 + (50000 - 16384 + 63) / 64);
    assert_int_equal(run->observation.totals.flows_untold, 50000 - told);
    /* Where the server has spoken it is another matter. */
    fill(&flow, &detail);
    assert_true(flow_facts_admit_early(&run->observation, &flow));
    fact_limits_release(run->observation.limits);
    run->observation.limits = NULL;
}

/* Of more clients than have places some answers to SYNs are told, and the others counted. */
static void test_answers_are_told_or_counted(void **state)
{
    struct packets_run *run = *state;
    const struct packet packet = {.ttl = 1};
    const unsigned clients = 20000, places = 16384;
    struct flow flow;
    struct flow_detail detail;
    run->observation.limits = fact_limits_create();
    assert_non_null(run->observation.limits);
    for (unsigned i = 0; i < clients; i++) {
        fill(&flow, &detail);
        detail.events = 1; /* the SYN */
        memcpy(&flow.client.address.octets[12], &i, sizeof i);
        flow_facts_event(&run->observation, &flow, EVENT_SYN_ACK, PARTY_SERVER, &packet);
        assert_true(i >= places || run->observation.totals.answers_untold == 0);
        run->fact_count = 0;
    }
    assert_in_range(run->observation.totals.answers_untold, clients - places - 1200,
                    clients - places - 1024);
    fact_limits_release(run->observation.limits);
    run->observation.limits = NULL;
}

/* In a flood of them details are few, and each flow goes on without one: which was tried again
 * is seen still, and its row tells with what it began. */
static void test_lone_syns_need_no_detail(void **state)
{
    struct packets_run run;
    const struct flow *flow;
    (void)state;
    packets_begin(&run, 8);
    run.observation.limits = fact_limits_create();
    flow_table_limit_details(run.flows, 2);
    for (uint16_t i = 0; i < 5; i++) {
        struct packets_path path =
            packets_path("192.0.2.1", (uint16_t)(50000 + i), "17.0.0.1", 5223, TRANSPORT_TCP);
        flow = packets_run_one(
            &run, packets_tcp(&path, SIDE_CLIENT, i, TCP_SYN, 1, 0, bytes_of(NULL, 0)));
        assert_true(flow->detail->begins_with_syn);
    }
    assert_int_equal(flow_table_count(run.flows), 5);
    assert_int_equal(run.evicted_count, 0);
    struct packets_path first = packets_path("192.0.2.1", 50000, "17.0.0.1", 5223, TRANSPORT_TCP);
    struct packet again = packets_tcp(&first, SIDE_CLIENT, 1000, TCP_SYN, 1, 0, bytes_of(NULL, 0));
    int side;
    struct flow *found = flow_table_find(run.flows, &again, &side);
    assert_non_null(found);
    assert_null(found->detail);
    observation_resume_flow(&run.observation, run.flows, found, &again);
    flow = packets_run_one(&run, again);
    assert_int_equal(flow->syns, 2);
    assert_true(flow->detail->begins_with_syn);
    fact_limits_release(run.observation.limits);
    run.observation.limits = NULL;
    packets_end(&run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_share_of_silence),
        TEST(test_answers_are_told_or_counted),
        cmocka_unit_test(test_lone_syns_need_no_detail),
        TEST(test_whole_row),
        TEST(test_times_and_resets),
        TEST(test_icmp),
        TEST(test_marks),
        TEST(test_little_known),
        TEST(test_last_time),
        TEST(test_only_seen_from),
        TEST(test_event),
        TEST(test_events_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
