/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does flows/tcp_outcome.c tell what became of a connection?  Packets by hand,
 * as a bystander sees them; the history is held against what Zeek would write.
 */
#include "flows/flow_history.h"
#include "flows/flow_trouble.h"
#include "tests/support/packets.h"

#define S TCP_SYN
#define A TCP_ACK
#define F TCP_FIN
#define R TCP_RST

/* The client begins at 1000 and the server at 5000, just below 2^32 if `wraps`. */
struct talk {
    struct packets_run run;
    struct packets_path path;
    int64_t now; /* milliseconds */
    uint32_t client_first;
    uint32_t server_first;
    const struct flow *flow; /* after the last packet */
};

static const uint8_t zeros[3000];

static int begin(void **state)
{
    struct talk *talk = calloc(1, sizeof *talk);
    assert_non_null(talk);
    packets_begin(&talk->run, 16);
    talk->path = packets_path("192.0.2.1", 50000, "17.0.0.1", 443, TRANSPORT_TCP);
    talk->client_first = 1000;
    talk->server_first = 5000;
    *state = talk;
    return 0;
}

static int end(void **state)
{
    struct talk *talk = *state;
    packets_end(&talk->run);
    free(talk);
    return 0;
}

/* Sequence numbers count from each side's SYN; 10 ms pass before each packet. */
static struct packet make(struct talk *talk, int side, int flags, uint32_t sequence,
                          uint32_t acknowledgment, size_t length)
{
    bool client = side == SIDE_CLIENT;
    talk->now += 10;
    return packets_tcp(
        &talk->path, side, talk->now, flags,
        sequence + (client ? talk->client_first : talk->server_first),
        flags & TCP_ACK ? acknowledgment + (client ? talk->server_first : talk->client_first) : 0,
        bytes_of(zeros, length));
}

static void take(struct talk *talk, struct packet packet)
{
    talk->flow = packets_run_one(&talk->run, packet);
}

static void client(struct talk *talk, int flags, uint32_t sequence, uint32_t acknowledgment,
                   size_t length)
{
    take(talk, make(talk, SIDE_CLIENT, flags, sequence, acknowledgment, length));
}

static void server(struct talk *talk, int flags, uint32_t sequence, uint32_t acknowledgment,
                   size_t length)
{
    take(talk, make(talk, SIDE_SERVER, flags, sequence, acknowledgment, length));
}

static void handshake(struct talk *talk)
{
    client(talk, S, 0, 0, 0);
    server(talk, S | A, 0, 1, 0);
    client(talk, A, 1, 1, 0);
}

static void check(const struct talk *talk, enum flow_outcome outcome, const char *history)
{
    char text[FLOW_HISTORY_SIZE];
    assert_int_equal(talk->flow->outcome, outcome);
    assert_string_equal(flow_history_print(talk->flow, text), history);
}

static void check_reset(const struct talk *talk, enum party by, enum reset_stage stage)
{
    assert_int_equal(flow_reset_by(talk->flow), by);
    assert_int_equal(talk->flow->reset_stage, stage);
    if (by != PARTY_NONE) {
        assert_int_equal(flow_reset_time(talk->flow), packets_time(talk->now));
        assert_int_equal(talk->flow->detail->reset_packet, packet_identity(1, talk->run.number));
        assert_int_equal(talk->flow->detail->reset_ttl, by == PARTY_CLIENT ? 64 : 52);
    }
}

static void test_normal_close(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    check(talk, OUTCOME_ANSWERED, "ShA");
    client(talk, A, 1, 1, 517);
    server(talk, A, 1, 518, 0);
    server(talk, A, 1, 518, 1400);
    client(talk, A, 518, 1401, 0);
    client(talk, F | A, 518, 1401, 0);
    check(talk, OUTCOME_ANSWERED, "ShADadF");
    server(talk, F | A, 1401, 519, 0);
    check(talk, OUTCOME_CLOSED, "ShADadFf");
    client(talk, A, 519, 1402, 0);
    check(talk, OUTCOME_CLOSED, "ShADadFf");
    check_reset(talk, PARTY_NONE, RESET_STAGE_NONE);
    const struct flow *flow = talk->flow;
    assert_false(flow->midstream);
    assert_int_equal(flow->sides[SIDE_CLIENT].bytes, 517);
    assert_int_equal(flow->sides[SIDE_SERVER].bytes, 1400);
    assert_int_equal(flow->sides[SIDE_CLIENT].packets, 6);
    assert_int_equal(flow->sides[SIDE_SERVER].packets, 4);
    assert_int_equal(flow->sides[SIDE_CLIENT].retransmissions, 0);
    assert_int_equal(flow->sides[SIDE_SERVER].retransmissions, 0);
    assert_int_equal(flow->sides[SIDE_CLIENT].first_ttl, 64);
    assert_int_equal(flow->sides[SIDE_SERVER].first_ttl, 52);
    assert_int_equal(flow->first_time, packets_time(10));
    assert_int_equal(flow_syn_ack_time(flow), packets_time(20));
    assert_int_equal(flow_last_time(flow), packets_time(talk->now));
}

static void test_silence(void **state)
{
    struct talk *talk = *state;
    client(talk, S, 0, 0, 0);
    check(talk, OUTCOME_SILENT, "S");
    talk->now += 1000;
    client(talk, S, 0, 0, 0);
    talk->now += 2000;
    client(talk, S, 0, 0, 0);
    check(talk, OUTCOME_SILENT, "S");
    assert_int_equal(talk->flow->syns, 3);
    assert_int_equal(talk->flow->sides[SIDE_CLIENT].retransmissions, 0);
    assert_int_equal(talk->flow->first_time, packets_time(10));
    assert_int_equal(flow_last_syn_time(talk->flow), packets_time(3030));
    assert_int_equal(talk->run.ended_count, 0);
    /* The first is what its row begins with. */
    assert_true(talk->flow->detail->begins_with_syn);
    assert_int_equal(packets_count(&talk->run, FACT_EVENT), 2);
}

static void test_refusal(void **state)
{
    struct talk *talk = *state;
    client(talk, S, 0, 0, 0);
    server(talk, R | A, 0, 1, 0);
    check(talk, OUTCOME_REFUSED, "Sr");
    check_reset(talk, PARTY_SERVER, RESET_STAGE_SYN);
    assert_false(talk->flow->detail->server_after_reset);
    server(talk, S | A, 0, 1, 0); /* then the refusal was not the server's */
    assert_int_equal(talk->flow->outcome, OUTCOME_REFUSED);
    assert_true(talk->flow->detail->server_after_reset);
}

/* Windows sends the same SYN again after a refusal. */
static void test_refusal_that_a_retry_overcomes(void **state)
{
    struct talk *talk = *state;
    client(talk, S, 0, 0, 0);
    server(talk, R | A, 0, 1, 0);
    client(talk, S, 0, 0, 0);
    assert_int_equal(talk->flow->outcome, OUTCOME_REFUSED);
    server(talk, S | A, 0, 1, 0);
    check_reset(talk, PARTY_NONE, RESET_STAGE_NONE);
    assert_int_equal(talk->flow->outcome, OUTCOME_ANSWERED);
    assert_false(talk->flow->detail->server_after_reset);
}

/* RFC 9293 section 3.10.7.3. */
static void test_reset_that_acknowledges_no_syn(void **state)
{
    struct talk *talk = *state;
    client(talk, S, 0, 0, 0);
    server(talk, R, 0, 0, 0);
    server(talk, R | A, 0, 0, 0);
    server(talk, R | A, 0, 2, 0);
    check(talk, OUTCOME_SILENT, "Sr");
    check_reset(talk, PARTY_NONE, RESET_STAGE_NONE);
    server(talk, R | A, 0, 1, 0);
    check(talk, OUTCOME_REFUSED, "Sr");
}

static void test_reset_after_opening(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    server(talk, R | A, 1, 1, 0);
    check(talk, OUTCOME_RESET, "ShAr");
    check_reset(talk, PARTY_SERVER, RESET_STAGE_OPENED);
}

static void test_reset_after_client_hello(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    client(talk, A, 1, 1, 517);
    server(talk, A, 1, 518, 0);
    server(talk, R | A, 1, 518, 0);
    check(talk, OUTCOME_RESET, "ShADar");
    check_reset(talk, PARTY_SERVER, RESET_STAGE_AFTER_CLIENT_HELLO);
    server(talk, R | A, 1, 518, 0); /* the first one stays */
    assert_int_equal(flow_reset_time(talk->flow), packets_time(talk->now - 10));
    server(talk, A, 1, 518, 1000);
    assert_true(talk->flow->detail->server_after_reset);
    assert_int_equal(talk->flow->outcome, OUTCOME_RESET);
}

/* What stands before the RST in the server's stream was only overtaken by it. */
static void test_data_overtaken_by_a_reset(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    client(talk, A, 1, 1, 517);
    server(talk, R | A, 1901, 518, 0);
    server(talk, A, 1, 518, 1000);
    server(talk, A, 1001, 518, 900);
    assert_false(talk->flow->detail->server_after_reset);
}

/* A server that has made a RST acknowledges nothing any more, a moment later. */
static void test_acknowledgment_after_a_reset(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    client(talk, A, 1, 1, 517);
    server(talk, R | A, 1, 518, 0);
    server(talk, A, 1, 518, 0);
    assert_false(talk->flow->detail->server_after_reset);
    talk->now += 20;
    server(talk, A, 1, 518, 0);
    assert_true(talk->flow->detail->server_after_reset);
}

/* The server's answer is missing in the capture, but the client acknowledges it. */
static void test_reset_after_unseen_answer(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    client(talk, A, 1, 1, 517);
    client(talk, A, 518, 2000, 0);
    server(talk, R, 2000, 0, 0);
    check_reset(talk, PARTY_SERVER, RESET_STAGE_ESTABLISHED);
}

static void test_reset_in_tls_handshake(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    client(talk, A, 1, 1, 517);
    server(talk, A, 1, 518, 1400);
    talk->flow->detail->tls_started = true;
    client(talk, R | A, 518, 1401, 0);
    check(talk, OUTCOME_RESET, "ShADdR");
    check_reset(talk, PARTY_CLIENT, RESET_STAGE_HANDSHAKE);
}

/* The alert before the RST was not captured: its sequence number leaves room for it. */
static void test_reset_after_a_lost_alert_of_the_clients(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    client(talk, A, 1, 1, 517);
    server(talk, A, 1, 518, 1400);
    talk->flow->detail->tls_started = true;
    client(talk, R | A, 525, 1401, 0);
    check_reset(talk, PARTY_CLIENT, RESET_STAGE_ESTABLISHED);
    assert_int_equal(talk->flow->detail->reset.offset, 7);
}

/* It acknowledges bytes of the client's that were not captured; its twin, that fits
 * but for its own sequence number, may be forged and stays what it is. */
static void test_reset_that_acknowledges_lost_bytes(void **state)
{
    struct talk *talk = *state;
    for (int lost = 0; lost < 2; lost++) {
        talk->path.client.port++;
        handshake(talk);
        client(talk, A, 1, 1, 517);
        server(talk, A, 1, 518, 1400);
        talk->flow->detail->tls_started = true;
        server(talk, R | A, 1408, lost ? 1175 : 518, 0);
        check_reset(talk, PARTY_SERVER, lost ? RESET_STAGE_ESTABLISHED : RESET_STAGE_HANDSHAKE);
    }
}

static void test_reset_of_established(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    client(talk, A, 1, 1, 517);
    server(talk, A, 1, 518, 1400);
    talk->flow->detail->tls_started = true;
    talk->flow->detail->tls_handshake_complete = true;
    client(talk, R | A, 518, 1401, 0);
    check(talk, OUTCOME_RESET, "ShADdR");
    check_reset(talk, PARTY_CLIENT, RESET_STAGE_ESTABLISHED);
}

static void test_reset_while_closing(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    client(talk, A, 1, 1, 100);
    server(talk, F | A, 1, 101, 200);
    check(talk, OUTCOME_ANSWERED, "ShADdf");
    client(talk, R | A, 101, 202, 0);
    check(talk, OUTCOME_CLOSED, "ShADdfR");
    check_reset(talk, PARTY_CLIENT, RESET_STAGE_CLOSING);
}

/* A race between address families: the loser takes its SYN back. */
static void test_client_takes_syn_back(void **state)
{
    struct talk *talk = *state;
    client(talk, S, 0, 0, 0);
    client(talk, R, 1, 0, 0);
    check(talk, OUTCOME_SILENT, "SR");
    check_reset(talk, PARTY_CLIENT, RESET_STAGE_SYN);
    /* RFC 9293 section 3.5.2: half-open, the client resets and tries again. */
    client(talk, S, 0, 0, 0);
    server(talk, S | A, 0, 1, 0);
    client(talk, A, 1, 1, 10);
    server(talk, R, 1, 0, 0);
    check_reset(talk, PARTY_SERVER, RESET_STAGE_AFTER_CLIENT_HELLO);
    assert_int_equal(talk->flow->outcome, OUTCOME_RESET);
}

/* The capture lost the SYN/ACK: a RST later on is no refusal. */
static void test_reset_without_captured_syn_ack(void **state)
{
    struct talk *talk = *state;
    client(talk, S, 0, 0, 0);
    client(talk, A, 1, 1, 0);
    client(talk, A, 1, 1, 300);
    server(talk, A, 1, 301, 500);
    server(talk, R, 501, 0, 0);
    check(talk, OUTCOME_RESET, "SADdr");
    check_reset(talk, PARTY_SERVER, RESET_STAGE_ESTABLISHED);
}

static void test_retransmissions(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    client(talk, A, 1, 1, 500);
    client(talk, A, 1, 1, 500);
    check(talk, OUTCOME_ANSWERED, "ShADT");
    client(talk, A, 1, 1, 700); /* 200 of them are new */
    client(talk, A, 201, 1, 400);
    const struct flow_side *side = &talk->flow->sides[SIDE_CLIENT];
    assert_int_equal(side->retransmissions, 2);
    assert_int_equal(side->bytes, 700);
    server(talk, A, 1001, 701, 1000); /* the first 1000 come late, and are new */
    server(talk, A, 601, 701, 400);
    server(talk, A, 1, 701, 600);
    assert_int_equal(talk->flow->sides[SIDE_SERVER].bytes, 2000);
    assert_int_equal(talk->flow->sides[SIDE_SERVER].retransmissions, 0);
    server(talk, A, 1, 701, 600);
    assert_int_equal(talk->flow->sides[SIDE_SERVER].bytes, 2000);
    assert_int_equal(talk->flow->sides[SIDE_SERVER].retransmissions, 1);
}

static void test_keep_alives_are_no_retransmissions(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    client(talk, A, 1, 1, 500);
    for (int i = 0; i < 5; i++) {
        talk->now += 60000;
        client(talk, A, 500, 1, i % 2 == 0 ? 1 : 0);
        server(talk, A, 1, 501, 0);
    }
    assert_int_equal(talk->flow->sides[SIDE_CLIENT].retransmissions, 0);
    assert_int_equal(talk->flow->sides[SIDE_CLIENT].bytes, 500);
    check(talk, OUTCOME_ANSWERED, "ShADa");
}

static void test_sequence_numbers_wrap(void **state)
{
    struct talk *talk = *state;
    talk->client_first = UINT32_MAX - 99;
    talk->server_first = UINT32_MAX;
    handshake(talk);
    client(talk, A, 1, 1, 500);
    client(talk, A, 501, 1, 500);
    server(talk, A, 1, 1001, 1000);
    assert_int_equal(talk->flow->sides[SIDE_CLIENT].bytes, 1000);
    assert_int_equal(talk->flow->sides[SIDE_CLIENT].retransmissions, 0);
    assert_int_equal(talk->flow->sides[SIDE_SERVER].bytes, 1000);
    client(talk, A, 1, 1, 500);
    assert_int_equal(talk->flow->sides[SIDE_CLIENT].retransmissions, 1);
}

static void test_zero_window(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    struct packet full = make(talk, SIDE_CLIENT, A, 1, 1, 0);
    full.window = 0;
    take(talk, full);
    check(talk, OUTCOME_ANSWERED, "ShAW");
}

static void test_late_syn_ack_copy_counts_nothing_twice(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    server(talk, A, 1, 1, 300);
    server(talk, S | A, 0, 1, 0);
    server(talk, A, 1, 1, 300);
    assert_int_equal(talk->flow->sides[SIDE_SERVER].bytes, 300);
    assert_int_equal(talk->flow->sides[SIDE_SERVER].retransmissions, 1);
    assert_int_equal(flow_syn_ack_time(talk->flow), packets_time(20));
}

static void test_midstream(void **state)
{
    struct talk *talk = *state;
    client(talk, A, 5000, 9000, 100);
    check(talk, OUTCOME_UNKNOWN, "D");
    assert_true(talk->flow->midstream);
    assert_int_equal(talk->flow->syns, 0);
    server(talk, A, 9000, 5100, 100);
    check(talk, OUTCOME_ANSWERED, "Dd");
    server(talk, R, 9100, 0, 0);
    check(talk, OUTCOME_RESET, "Ddr");
    check_reset(talk, PARTY_SERVER, RESET_STAGE_ESTABLISHED);
}

static void test_midstream_from_server(void **state)
{
    struct talk *talk = *state;
    server(talk, A, 9000, 5100, 100);
    check(talk, OUTCOME_UNKNOWN, "^d");
    assert_true(endpoint_equal(&talk->flow->server, &talk->path.server));
    server(talk, A, 9100, 5100, 100);
    check(talk, OUTCOME_UNKNOWN, "^d");
    client(talk, A, 5100, 9200, 0);
    check(talk, OUTCOME_ANSWERED, "^dA");
}

/* Two capture queues: the SYN/ACK is written before the SYN. */
static void test_syn_ack_before_syn(void **state)
{
    struct talk *talk = *state;
    server(talk, S | A, 0, 1, 0);
    assert_true(endpoint_equal(&talk->flow->server, &talk->path.server));
    client(talk, S, 0, 0, 0);
    check(talk, OUTCOME_ANSWERED, "^hS");
    assert_int_equal(talk->run.ended_count, 0);
    assert_false(talk->flow->midstream);
    assert_int_equal(talk->flow->syns, 1);
    client(talk, A, 1, 1, 100);
    server(talk, R, 1, 0, 0);
    check_reset(talk, PARTY_SERVER, RESET_STAGE_AFTER_CLIENT_HELLO);
}

static void test_one_direction_only(void **state)
{
    struct talk *talk = *state;
    client(talk, S, 0, 0, 0);
    client(talk, S, 0, 0, 0);
    assert_false(flow_only_seen_from(talk->flow, SIDE_CLIENT));
    client(talk, A, 1, 1, 0);
    client(talk, A, 1, 1, 100);
    check(talk, OUTCOME_ANSWERED, "SAD");
    assert_true(flow_only_seen_from(talk->flow, SIDE_CLIENT));
    assert_false(flow_only_seen_from(talk->flow, SIDE_SERVER));
}

static void test_ports_used_again(void **state)
{
    struct talk *talk = *state;
    client(talk, S, 0, 0, 0);
    client(talk, S, 7777, 0, 0);
    assert_int_equal(talk->run.ended_count, 1);
    assert_int_equal(talk->run.ended[0].outcome, OUTCOME_SILENT);
    assert_int_equal(talk->run.evicted_count, 0);
    check(talk, OUTCOME_SILENT, "S");
    assert_int_equal(talk->flow->syns, 1);
    assert_int_equal(flow_table_count(talk->run.flows), 1);
}

static void test_ports_used_again_after_close(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    client(talk, F | A, 1, 1, 100);
    server(talk, F | A, 1, 102, 100);
    client(talk, S, 0, 0, 0); /* even with the same number */
    assert_int_equal(talk->run.ended_count, 1);
    assert_int_equal(talk->run.ended[0].outcome, OUTCOME_CLOSED);
    check(talk, OUTCOME_SILENT, "S");
}

/* RFC 5961 section 4: a SYN out of nowhere does not end what works. */
static void test_stray_syn_in_open_connection(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    client(talk, A, 1, 1, 100);
    client(talk, S, 90000, 0, 0);
    assert_int_equal(talk->run.ended_count, 0);
    client(talk, A, 101, 1, 100);
    assert_int_equal(talk->flow->sides[SIDE_CLIENT].bytes, 200);
    talk->now += 11000; /* but after a rest the client has begun anew */
    client(talk, S, 90000, 0, 0);
    assert_int_equal(talk->run.ended_count, 1);
}

static void test_syn_after_midstream(void **state)
{
    struct talk *talk = *state;
    client(talk, A, 100, 100, 10);
    server(talk, A, 100, 110, 10);
    client(talk, S, 0, 0, 0);
    assert_int_equal(talk->run.ended_count, 1);
    check(talk, OUTCOME_SILENT, "S");
}

/* RFC 7413: data in the SYN; the SYN sent again goes without. */
static void test_fast_open(void **state)
{
    struct talk *talk = *state;
    client(talk, S, 0, 0, 200);
    check(talk, OUTCOME_SILENT, "SD");
    client(talk, S, 0, 0, 0);
    assert_int_equal(talk->run.ended_count, 0);
    assert_int_equal(talk->flow->syns, 2);
    assert_int_equal(talk->flow->sides[SIDE_CLIENT].bytes, 200);
    server(talk, R | A, 0, 1, 0);
    check(talk, OUTCOME_REFUSED, "SDr");
}

static void test_both_sides_send_syn(void **state)
{
    struct talk *talk = *state;
    client(talk, S, 0, 0, 0);
    server(talk, S, 0, 0, 0);
    check(talk, OUTCOME_ANSWERED, "Ss");
    assert_int_equal(talk->flow->syns, 1);
    assert_int_equal(flow_last_syn_time(talk->flow), packets_time(10));
    client(talk, S | A, 0, 1, 0);
    server(talk, S | A, 0, 1, 0);
    check(talk, OUTCOME_ANSWERED, "SsHh");
    assert_int_equal(talk->run.ended_count, 0);
    assert_true(endpoint_equal(&talk->flow->client, &talk->path.client));
}

/* A scanner's packet: everything at once. */
static void test_all_flags_at_once(void **state)
{
    struct talk *talk = *state;
    client(talk, 0xff, 0, 0, 10);
    server(talk, 0xff, 0, 0, 10);
    client(talk, S | F, 0, 0, 0);
    server(talk, 0, 0, 0, 0);
    char text[FLOW_HISTORY_SIZE];
    assert_in_range(strlen(flow_history_print(talk->flow, text)), 1, FLOW_HISTORY_SIZE - 1);
}

/* Every letter of both sides does not fit: the history stays a string. */
static void test_history_has_an_end(void **state)
{
    struct talk *talk = *state;
    static const struct {
        int flags;
        uint32_t sequence;
        size_t length;
        uint16_t window;
    } steps[] = {{S, 0, 0, 9},  {S | A, 0, 0, 9}, {A, 1, 0, 9},      {A, 1, 10, 9},
                 {A, 1, 10, 9}, {A, 11, 0, 0},    {F | A, 11, 0, 9}, {R, 12, 0, 9}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        for (int side = SIDE_CLIENT; side < SIDE_COUNT; side++) {
            struct packet packet =
                make(talk, side, steps[i].flags, steps[i].sequence, 1, steps[i].length);
            packet.window = steps[i].window;
            take(talk, packet);
        }
    }
    assert_int_equal(talk->run.ended_count, 0);
    char text[FLOW_HISTORY_SIZE];
    assert_string_equal(flow_history_print(talk->flow, text), "SsHhAaDdTtWwFfR");
}

/* The fields that tell who made a RST, as base/fact.h has them. */
static void test_reset_marks(void **state)
{
    struct talk *talk = *state;
    const struct mac router = {{2, 0, 0, 0, 0, 1}}, stranger = {{2, 0, 0, 0, 0, 2}};
    handshake(talk);
    struct packet packet = make(talk, SIDE_SERVER, A, 1, 1, 100);
    packet.has_macs = true;
    packet.source_mac = router;
    take(talk, packet);
    packet = make(talk, SIDE_SERVER, R, 141, 0, 0); /* 40 bytes beyond what comes next */
    packet.has_macs = true;
    packet.source_mac = stranger;
    packet.ip_identification = 4711;
    packet.window = 77;
    packet.ttl = 60;
    take(talk, packet);
    const struct flow_detail *detail = talk->flow->detail;
    assert_int_equal(detail->reset.identification, 4711);
    assert_int_equal(detail->reset.window, 77);
    assert_true(detail->reset.foreign_mac);
    assert_int_equal(detail->reset.gap, 10 * NANOSECONDS_PER_MILLISECOND);
    assert_int_equal(detail->reset.offset, 40);
    assert_int_equal(detail->reset_ttl, 60);
    assert_int_equal(detail->senders[SIDE_SERVER].ttl_highest, 52); /* the RST is left out */
    server(talk, R, 101, 0, 0); /* the first one counts, but all are counted */
    assert_int_equal(detail->reset.count[SIDE_SERVER], 2);
    assert_int_equal(detail->reset.count[SIDE_CLIENT], 0);
    assert_int_equal(detail->reset.offset, 40);
}

static void test_reset_of_a_side_never_seen(void **state)
{
    struct talk *talk = *state;
    client(talk, A, 1, 501, 10);
    server(talk, R, 501, 0, 0);
    assert_int_equal(talk->flow->detail->reset.offset, 0); /* just what the client waits for */
    assert_false(talk->flow->detail->reset.foreign_mac);
}

/* Refused, tried again and let in: nothing is left of the refusal. */
static void test_reset_taken_back(void **state)
{
    struct talk *talk = *state;
    client(talk, S, 0, 0, 0);
    server(talk, R | A, 0, 1, 0);
    assert_int_equal(talk->flow->detail->reset.offset, DIFFERENCE_NONE);
    assert_int_equal(talk->flow->detail->reset.count[SIDE_SERVER], 1);
    client(talk, S, 0, 0, 0);
    server(talk, S | A, 0, 1, 0);
    assert_int_equal(flow_reset_by(talk->flow), PARTY_NONE);
    assert_int_equal(talk->flow->detail->reset.count[SIDE_SERVER], 0);
}

static void test_events(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    server(talk, R, 1, 0, 0);
    /* What it opened with is in its row. */
    assert_true(talk->flow->detail->begins_with_syn);
    assert_int_equal(talk->flow->first_packet, packet_identity(1, 1));
    assert_int_equal(talk->flow->detail->syn_ack_packet, packet_identity(1, 2));
    assert_int_equal(packets_count(&talk->run, FACT_EVENT), 1);
    const struct fact_event *event = &talk->run.facts[0].as.event;
    assert_int_equal(event->kind, EVENT_RESET);
    assert_int_equal(event->ttl, 52);
    assert_int_equal(event->flow, 1);
}

/* Repeated, or late where a SPAN merges, they are packets of their own. */
static void test_other_syns_are_events(void **state)
{
    struct talk *talk = *state;
    server(talk, S | A, 0, 1, 0);
    client(talk, S, 0, 0, 0);
    server(talk, S | A, 0, 1, 0);
    assert_false(talk->flow->detail->begins_with_syn);
    assert_int_equal(talk->flow->detail->syn_ack_packet, packet_identity(1, 1));
    assert_int_equal(packets_count(&talk->run, FACT_EVENT), 2);
    assert_int_equal(talk->run.facts[0].as.event.kind, EVENT_SYN);
    assert_int_equal(talk->run.facts[1].as.event.kind, EVENT_SYN_ACK);
    assert_int_equal(talk->run.facts[1].as.event.packet, packet_identity(1, 3));
}

/* What only a stranger's client sends is no answer of the server's. */
static void test_a_clients_syn_ack_is_an_event(void **state)
{
    struct talk *talk = *state;
    client(talk, S, 0, 0, 0);
    server(talk, S | A, 0, 1, 0);
    client(talk, S | A, 0, 1, 0);
    assert_int_equal(talk->flow->detail->syn_ack_packet, packet_identity(1, 2));
    assert_int_equal(packets_count(&talk->run, FACT_EVENT), 1);
    assert_int_equal(talk->run.facts[0].as.event.from, PARTY_CLIENT);
    assert_int_equal(talk->run.facts[0].as.event.packet, packet_identity(1, 3));
}

/* Where the row has the time of such a one, the server's own is told by itself. */
static void test_a_clients_syn_ack_comes_first(void **state)
{
    struct talk *talk = *state;
    client(talk, S, 0, 0, 0);
    client(talk, S | A, 0, 1, 0);
    server(talk, S | A, 0, 1, 0);
    assert_int_equal(talk->flow->detail->syn_ack_packet, PACKET_NONE);
    assert_int_equal(packets_count(&talk->run, FACT_EVENT), 2);
    assert_int_equal(talk->run.facts[1].as.event.from, PARTY_SERVER);
    assert_int_equal(talk->run.facts[1].as.event.packet, packet_identity(1, 3));
}

static void test_udp(void **state)
{
    struct talk *talk = *state;
    struct packets_path path = packets_path("192.0.2.1", 123, "17.0.0.1", 123, TRANSPORT_UDP);
    for (int i = 0; i < 6; i++)
        take(talk, packets_udp(&path, SIDE_CLIENT, i, bytes_of(zeros, 48)));
    check(talk, OUTCOME_SILENT, "");
    assert_int_equal(packets_count(&talk->run, FACT_EVENT), 4); /* the first few requests */
    take(talk, packets_udp(&path, SIDE_SERVER, 100, bytes_of(zeros, 40)));
    check(talk, OUTCOME_ANSWERED, "");
    assert_int_equal(talk->flow->sides[SIDE_CLIENT].bytes, 6 * 48);
    assert_int_equal(talk->flow->sides[SIDE_SERVER].bytes, 40);
}

static void test_time_that_steps_back(void **state)
{
    struct talk *talk = *state;
    talk->now = 5000;
    handshake(talk);
    talk->now = 0;
    client(talk, A, 1, 1, 100);
    assert_int_equal(flow_last_time(talk->flow), packets_time(5030));
    client(talk, S, 70000, 0, 0);
    assert_int_equal(talk->run.ended_count, 0);
}

/* What ended the handshake may be in the hole, whichever side's it is. */
static void test_reset_of_a_handshake_with_holes(void **state)
{
    for (int side = SIDE_CLIENT; side < SIDE_COUNT; side++) {
        for (int filled = 0; filled < 2; filled++) {
            end(state);
            begin(state);
            struct talk *talk = *state;
            handshake(talk);
            client(talk, A, 1, 1, 517);
            server(talk, A, 1, 518, 1400);
            talk->flow->detail->tls_started = true;
            if (side == SIDE_CLIENT)
                client(talk, A, 618, 1401, 50);
            else
                server(talk, A, 1501, 518, 50);
            if (filled && side == SIDE_CLIENT)
                client(talk, A, 518, 1401, 100);
            else if (filled)
                server(talk, A, 1401, 518, 100);
            client(talk, R | A, side == SIDE_CLIENT ? 668 : 518, 1401, 0);
            check_reset(talk, PARTY_CLIENT,
                        filled ? RESET_STAGE_HANDSHAKE : RESET_STAGE_ESTABLISHED);
        }
    }
}

/* The bytes came, but the capture has cut them. */
static void test_reset_of_a_handshake_that_was_not_read(void **state)
{
    struct talk *talk = *state;
    handshake(talk);
    client(talk, A, 1, 1, 517);
    server(talk, A, 1, 518, 1400);
    talk->flow->detail->tls_started = true;
    talk->flow->detail->reading_lost = true;
    client(talk, R | A, 518, 1401, 0);
    check_reset(talk, PARTY_CLIENT, RESET_STAGE_ESTABLISHED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_normal_close),
        TEST(test_silence),
        TEST(test_refusal),
        TEST(test_refusal_that_a_retry_overcomes),
        TEST(test_reset_that_acknowledges_no_syn),
        TEST(test_reset_after_opening),
        TEST(test_reset_after_client_hello),
        TEST(test_data_overtaken_by_a_reset),
        TEST(test_acknowledgment_after_a_reset),
        TEST(test_reset_after_unseen_answer),
        TEST(test_reset_in_tls_handshake),
        TEST(test_reset_after_a_lost_alert_of_the_clients),
        TEST(test_reset_that_acknowledges_lost_bytes),
        TEST(test_reset_of_established),
        TEST(test_reset_while_closing),
        TEST(test_client_takes_syn_back),
        TEST(test_reset_without_captured_syn_ack),
        TEST(test_retransmissions),
        TEST(test_keep_alives_are_no_retransmissions),
        TEST(test_sequence_numbers_wrap),
        TEST(test_zero_window),
        TEST(test_late_syn_ack_copy_counts_nothing_twice),
        TEST(test_midstream),
        TEST(test_midstream_from_server),
        TEST(test_syn_ack_before_syn),
        TEST(test_one_direction_only),
        TEST(test_ports_used_again),
        TEST(test_ports_used_again_after_close),
        TEST(test_stray_syn_in_open_connection),
        TEST(test_syn_after_midstream),
        TEST(test_fast_open),
        TEST(test_both_sides_send_syn),
        TEST(test_all_flags_at_once),
        TEST(test_history_has_an_end),
        TEST(test_reset_marks),
        TEST(test_reset_of_a_side_never_seen),
        TEST(test_reset_taken_back),
        TEST(test_events),
        TEST(test_other_syns_are_events),
        TEST(test_a_clients_syn_ack_is_an_event),
        TEST(test_a_clients_syn_ack_comes_first),
        TEST(test_udp),
        TEST(test_time_that_steps_back),
        TEST(test_reset_of_a_handshake_with_holes),
        TEST(test_reset_of_a_handshake_that_was_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
