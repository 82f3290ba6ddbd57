/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does flows/packet_order.c bring packets that were captured too early behind what
 * they follow, and let all others pass?  Packets by hand, through the flow table and
 * their outcome, as in the program.
 */
#include "tests/support/packets.h"

#include "flows/icmp_outcome.h"
#include "flows/packet_order.h"

#define CLIENT "192.0.2.1"
#define APPLE "17.57.144.1"
#define S TCP_SYN
#define A TCP_ACK
#define R TCP_RST
#define F TCP_FIN
#define DELIVERED_LIMIT 4096

struct talk {
    struct packets_run run;
    struct packet_order *order;
    struct packets_path path;
    int64_t now; /* milliseconds */
    int64_t delivered[DELIVERED_LIMIT]; /* the times of the packets that went on */
    size_t count;
    uint8_t bytes[64]; /* of the last one */
    size_t length;
};

static void go_on(void *owner, const struct packet *packet, const struct packet *ends,
                  struct flow *flow, int side)
{
    struct talk *talk = owner;
    assert_true(talk->count < DELIVERED_LIMIT);
    talk->delivered[talk->count++] = (packet->time - packets_time(0)) / NANOSECONDS_PER_MILLISECOND;
    talk->length = packet->payload.length;
    assert_true(talk->length <= sizeof talk->bytes);
    if (talk->length > 0)
        memcpy(talk->bytes, packet->payload.data, talk->length);
    if (packet == ends)
        packets_run_one(&talk->run, *packet);
    else if (flow != NULL)
        icmp_outcome(&talk->run.observation, flow, side, packet);
}

static int begin(void **state)
{
    struct talk *talk = calloc(1, sizeof *talk);
    assert_non_null(talk);
    packets_begin(&talk->run, 8192);
    talk->order = packet_order_create(talk->run.flows, go_on, talk);
    assert_non_null(talk->order);
    talk->path = packets_path(CLIENT, 50000, APPLE, 443, TRANSPORT_TCP);
    *state = talk;
    return 0;
}

static int end(void **state)
{
    struct talk *talk = *state;
    packet_order_finish(talk->order);
    packet_order_release(talk->order);
    packets_end(&talk->run);
    free(talk);
    return 0;
}

/* A millisecond after the one before; its bytes in memory that is gone at once. */
static void see(struct talk *talk, struct packet packet, const struct packet *quoted)
{
    size_t length = packet.payload.length;
    uint8_t *exact = malloc(20 + length);
    int side = SIDE_CLIENT;
    assert_non_null(exact);
    memset(exact, 0x45, 20);
    if (length > 0)
        memcpy(exact + 20, packet.payload.data, length);
    packet.network = bytes_of(exact, packet.reassembled ? 8 : 20 + length);
    packet.payload = bytes_of(exact + 20, length);
    packet_order_expire(talk->order, packet.time);
    const struct packet *ends = quoted == NULL ? &packet : quoted;
    struct flow *flow = flow_table_find(talk->run.flows, ends, &side);
    packet_order_packet(talk->order, &packet, ends, flow, side);
    free(exact);
}

static void segment(struct talk *talk, int side, int flags, uint32_t sequence,
                    uint32_t acknowledgment, const char *text)
{
    see(talk,
        packets_tcp(&talk->path, side, ++talk->now, flags, sequence, acknowledgment,
                    bytes_of(text, strlen(text))),
        NULL);
}

/* From 1000 and 5000; `hello` and `answer` are of five bytes. */
static void syn(struct talk *talk)
{
    segment(talk, SIDE_CLIENT, S, 1000, 0, "");
}

static void syn_ack(struct talk *talk)
{
    segment(talk, SIDE_SERVER, S | A, 5000, 1001, "");
}

static void acknowledge(struct talk *talk)
{
    segment(talk, SIDE_CLIENT, A, 1001, 5001, "");
}

static void hello(struct talk *talk)
{
    segment(talk, SIDE_CLIENT, A, 1001, 5001, "hello");
}

static void answer(struct talk *talk)
{
    segment(talk, SIDE_SERVER, A, 5001, 1006, "there");
}

static struct flow *flow_of(struct talk *talk)
{
    struct packet like = packets_from(&talk->path, SIDE_CLIENT, talk->now);
    int side;
    struct flow *flow = flow_table_find(talk->run.flows, &like, &side);
    if (flow != NULL)
        assert_int_equal(side, SIDE_CLIENT);
    return flow;
}

/* The times, in the order in which the packets went on. */
#define ASSERT_ORDER(talk, ...)                                                                    \
    do {                                                                                           \
        const int64_t expected[] = {__VA_ARGS__};                                                  \
        assert_int_equal((talk)->count, sizeof expected / sizeof expected[0]);                     \
        assert_memory_equal((talk)->delivered, expected, sizeof expected);                         \
    } while (0)

static void test_in_order_nothing_waits(void **state)
{
    struct talk *talk = *state;
    void (*const steps[])(struct talk *) = {syn, syn_ack, acknowledge, hello, answer};
    for (size_t i = 0; i < 5; i++) {
        steps[i](talk);
        assert_int_equal(talk->count, i + 1);
    }
    assert_false(flow_of(talk)->awaiting);
    assert_int_equal(packet_order_overtaken(talk->order), 0);
    hello(talk); /* once more */
    segment(talk, SIDE_CLIENT, A, 1005, 5006, "o"); /* a keep-alive */
    segment(talk, SIDE_CLIENT, F | A, 1006, 5006, "");
    segment(talk, SIDE_SERVER, F | A, 5006, 1007, "");
    segment(talk, SIDE_CLIENT, A, 1007, 5007, "");
    assert_int_equal(talk->count, 10);
    assert_int_equal(flow_of(talk)->outcome, OUTCOME_CLOSED);
}

/* All orders of a connection's first five packets: it always looks the same. */
static void test_any_order_of_the_first_packets(void **state)
{
    struct talk *talk = *state;
    void (*const steps[])(struct talk *) = {syn, syn_ack, acknowledge, hello, answer};
    for (unsigned code = 0; code < 5 * 4 * 3 * 2; code++) {
        unsigned left[] = {0, 1, 2, 3, 4}, rest = code;
        talk->path.client.port = (uint16_t)(200 + code); /* the server's is not the lower one */
        talk->count = 0;
        for (unsigned size = 5; size > 0; size--) {
            unsigned at = rest % size;
            rest /= size;
            steps[left[at]](talk);
            memmove(&left[at], &left[at + 1], (size - at - 1) * sizeof left[0]);
        }
        const struct flow *flow = flow_of(talk);
        assert_int_equal(talk->count, 5);
        assert_false(flow->midstream);
        assert_false(flow->awaiting);
        assert_int_equal(flow->outcome, OUTCOME_ANSWERED);
        assert_int_equal(flow->sides[SIDE_CLIENT].first_sequence, 1001);
        assert_int_equal(flow->sides[SIDE_SERVER].first_sequence, 5001);
        assert_int_equal(flow->sides[SIDE_CLIENT].bytes, 5);
        assert_int_equal(flow->sides[SIDE_SERVER].bytes, 5);
        assert_int_equal(flow->sides[SIDE_CLIENT].retransmissions, 0);
        assert_int_equal(flow->detail->holes[SIDE_CLIENT].start,
                         flow->detail->holes[SIDE_CLIENT].end);
        flow_table_finish(talk->run.flows);
        talk->run.fact_count = 0;
    }
}

static void test_end_before_its_syn(void **state)
{
    struct talk *talk = *state;
    segment(talk, SIDE_CLIENT, F | A, 1001, 5001, "");
    syn_ack(talk);
    segment(talk, SIDE_SERVER, F | A, 5001, 1002, "");
    assert_int_equal(talk->count, 0);
    syn(talk);
    ASSERT_ORDER(talk, 4, 2, 1, 3);
    assert_false(flow_of(talk)->midstream);
    assert_int_equal(flow_of(talk)->outcome, OUTCOME_CLOSED);
}

static void test_refusal_before_its_syn(void **state)
{
    struct talk *talk = *state;
    segment(talk, SIDE_SERVER, R | A, 0, 1001, "");
    assert_null(flow_of(talk));
    syn(talk);
    ASSERT_ORDER(talk, 2, 1);
    assert_int_equal(flow_of(talk)->outcome, OUTCOME_REFUSED);
    assert_int_equal(flow_reset_by(flow_of(talk)), PARTY_SERVER);
    assert_int_equal(packets_last(&talk->run, FACT_EVENT)->as.event.kind, EVENT_RESET);
}

/* By what it acknowledges it answers the hello. */
static void test_reset_before_its_hello(void **state)
{
    struct talk *talk = *state;
    syn(talk);
    syn_ack(talk);
    acknowledge(talk);
    segment(talk, SIDE_SERVER, R | A, 5001, 1006, "");
    assert_int_equal(talk->count, 3);
    hello(talk);
    ASSERT_ORDER(talk, 1, 2, 3, 5, 4);
    assert_int_equal(flow_of(talk)->reset_stage, RESET_STAGE_AFTER_CLIENT_HELLO);
    assert_int_equal(flow_of(talk)->detail->reset.offset, 0);
    assert_int_equal(flow_of(talk)->detail->reset.gap, DIFFERENCE_NONE);
}

/* A forged RST may not fit: that is to be seen, unless the capture is known to be
 * out of order. */
static void test_reset_that_does_not_fit(void **state)
{
    struct talk *talk = *state;
    syn(talk);
    syn_ack(talk);
    hello(talk);
    segment(talk, SIDE_SERVER, R | A, 5006, 1006, "");
    ASSERT_ORDER(talk, 1, 2, 3, 4);
    assert_int_equal(flow_of(talk)->detail->reset.offset, 5);
    talk->path.client.port++;
    syn_ack(talk);
    syn(talk);
    hello(talk);
    segment(talk, SIDE_SERVER, R | A, 5006, 1006, "");
    assert_int_equal(talk->count, 7);
    answer(talk);
    assert_int_equal(talk->count, 9);
    assert_int_equal(flow_of(talk)->detail->reset.offset, 0);
    assert_false(flow_of(talk)->detail->server_after_reset);
}

static void test_answer_before_what_it_answers(void **state)
{
    struct talk *talk = *state;
    syn(talk);
    syn_ack(talk);
    answer(talk);
    segment(talk, SIDE_CLIENT, A, 1006, 5006, "again");
    hello(talk);
    ASSERT_ORDER(talk, 1, 2, 5, 3, 4);
    assert_int_equal(packet_order_overtaken(talk->order), 1);
    assert_memory_equal(talk->bytes, "again", 5);
}

/* In a download nothing waits: its packets are many, and their order tells nothing. */
static void test_download_under_way(void **state)
{
    struct talk *talk = *state;
    syn(talk);
    syn_ack(talk);
    hello(talk);
    flow_of(talk)->dissection_over = true;
    segment(talk, SIDE_SERVER, A, 5011, 1006, "there");
    assert_int_equal(talk->count, 3);
    answer(talk);
    segment(talk, SIDE_SERVER, A, 5006, 1006, "there");
    ASSERT_ORDER(talk, 1, 2, 3, 5, 6, 4);
    flow_of(talk)->sides[SIDE_SERVER].bytes = 1u << 20;
    segment(talk, SIDE_SERVER, A, 5026, 1006, "there");
    assert_int_equal(talk->count, 7);
    flow_table_drop_detail(talk->run.flows, flow_of(talk)); /* nor where nobody cares */
    flow_of(talk)->sides[SIDE_SERVER].bytes = 0;
    segment(talk, SIDE_SERVER, A, 5036, 1006, "there");
    assert_int_equal(talk->count, 8);
}

/* What the capture lacks is waited for once: then all goes on as it came, and a RST
 * does not overtake. */
static void test_lost_segment(void **state)
{
    struct talk *talk = *state;
    syn(talk);
    syn_ack(talk);
    answer(talk); /* the hello is lost */
    segment(talk, SIDE_CLIENT, R, 1001, 0, "");
    segment(talk, SIDE_SERVER, A, 5006, 1006, "there");
    assert_int_equal(talk->count, 2);
    packet_order_expire(talk->order, packets_time(3) + PACKET_ORDER_PATIENCE);
    assert_int_equal(talk->count, 2);
    packet_order_expire(talk->order, packets_time(4) + PACKET_ORDER_PATIENCE);
    ASSERT_ORDER(talk, 1, 2, 3, 4, 5);
    assert_int_equal(packet_order_overtaken(talk->order), 0);
    assert_int_equal(flow_of(talk)->waited_in_vain, 1);
    assert_false(flow_of(talk)->awaiting);
}

/* The beginning was not captured: a flow midstream, and its later packets pass. */
static void test_lost_beginning(void **state)
{
    struct talk *talk = *state;
    hello(talk);
    answer(talk);
    talk->now += 200;
    segment(talk, SIDE_CLIENT, A, 1006, 5006, "again");
    ASSERT_ORDER(talk, 1, 2, 203);
    assert_true(flow_of(talk)->midstream);
    assert_int_equal(flow_of(talk)->sides[SIDE_CLIENT].bytes, 10);
}

static void test_lost_syn_ack(void **state)
{
    struct talk *talk = *state;
    syn(talk);
    acknowledge(talk);
    hello(talk);
    answer(talk);
    segment(talk, SIDE_CLIENT, A, 1006, 5006, "");
    assert_int_equal(talk->count, 1);
    packet_order_expire(talk->order, packets_time(2) + PACKET_ORDER_PATIENCE + 1);
    ASSERT_ORDER(talk, 1, 2, 3, 4, 5);
    assert_int_equal(flow_of(talk)->outcome, OUTCOME_ANSWERED);
}

/* Where only one direction is captured, or much is lost, a flow is not held up. */
static void test_waits_in_vain_come_to_an_end(void **state)
{
    struct talk *talk = *state;
    syn(talk);
    syn_ack(talk);
    acknowledge(talk);
    for (uint32_t i = 1; i < 20; i++) {
        talk->now += 200;
        segment(talk, SIDE_SERVER, A, 5001 + i, 1001 + i, "");
    }
    talk->now += 200;
    packet_order_expire(talk->order, packets_time(talk->now));
    assert_int_equal(talk->count, 3 + 19);
    assert_int_equal(flow_of(talk)->waited_in_vain, 4);
    segment(talk, SIDE_SERVER, A, 6001, 2001, "");
    assert_int_equal(talk->count, 3 + 20);
}

static struct packet icmp_error(struct talk *talk)
{
    struct packet packet = packets_from(&talk->path, SIDE_SERVER, ++talk->now);
    packet.source = packets_address("198.51.100.9");
    packet.source_port = packet.destination_port = 0;
    packet.transport = TRANSPORT_ICMP;
    packet.icmp_type = 3;
    packet.icmp_code = 13;
    return packet;
}

static void test_icmp_error_before_its_syn(void **state)
{
    struct talk *talk = *state;
    struct packet quoted = packets_from(&talk->path, SIDE_CLIENT, 0);
    see(talk, icmp_error(talk), &quoted);
    assert_int_equal(talk->count, 0);
    syn(talk);
    ASSERT_ORDER(talk, 2, 1);
    assert_int_equal(flow_of(talk)->outcome, OUTCOME_REJECTED);
    assert_int_equal(flow_of(talk)->detail->icmp_code, 13);
    see(talk, icmp_error(talk), &quoted);
    assert_int_equal(talk->count, 3);
}

static void test_icmp_error_of_an_unknown_flow(void **state)
{
    struct talk *talk = *state;
    struct packet quoted = packets_from(&talk->path, SIDE_CLIENT, 0);
    see(talk, icmp_error(talk), &quoted);
    talk->now += 200;
    syn(talk);
    ASSERT_ORDER(talk, 202);
    assert_int_equal(flow_of(talk)->outcome, OUTCOME_SILENT);
}

static void datagram(struct talk *talk, int side, const char *text)
{
    see(talk, packets_udp(&talk->path, side, ++talk->now, bytes_of(text, strlen(text))), NULL);
}

static void test_datagram_before_its_query(void **state)
{
    struct talk *talk = *state;
    talk->path = packets_path(CLIENT, 50000, APPLE, 53, TRANSPORT_UDP);
    datagram(talk, SIDE_SERVER, "answer");
    datagram(talk, SIDE_CLIENT, "query");
    ASSERT_ORDER(talk, 2, 1);
    assert_memory_equal(talk->bytes, "answer", 6);
    talk->path = packets_path(CLIENT, 123, APPLE, 123, TRANSPORT_UDP);
    datagram(talk, SIDE_SERVER, "\x24"); /* NTP, version 4, a server's */
    assert_int_equal(talk->count, 2);
    datagram(talk, SIDE_CLIENT, "\x23");
    ASSERT_ORDER(talk, 2, 1, 4, 3);
    assert_non_null(flow_of(talk));
}

/* The bytes of a datagram in fragments are not within its last frame. */
static void test_bytes_of_what_waits(void **state)
{
    struct talk *talk = *state;
    talk->path.transport = TRANSPORT_UDP;
    struct packet packet = packets_udp(&talk->path, SIDE_SERVER, ++talk->now, bytes_of("whole", 5));
    packet.reassembled = true;
    see(talk, packet, NULL);
    assert_int_equal(talk->count, 0);
    datagram(talk, SIDE_CLIENT, "ask");
    assert_int_equal(talk->count, 2);
    assert_int_equal(talk->length, 5);
    assert_memory_equal(talk->bytes, "whole", 5);
}

/* The ports begin another connection: what waited belongs to the one before. */
static void test_next_connection_on_the_same_ports(void **state)
{
    struct talk *talk = *state;
    syn(talk);
    syn_ack(talk);
    segment(talk, SIDE_CLIENT, F | A, 1001, 5001, "");
    segment(talk, SIDE_SERVER, F | A, 5001, 1002, "");
    segment(talk, SIDE_CLIENT, A, 1002, 5007, "");
    assert_int_equal(talk->count, 4);
    segment(talk, SIDE_CLIENT, S, 900000000, 0, "");
    ASSERT_ORDER(talk, 1, 2, 3, 4, 5, 6);
    assert_int_equal(flow_of(talk)->sides[SIDE_CLIENT].first_sequence, 900000001);
    assert_int_equal(flow_of(talk)->sides[SIDE_CLIENT].packets, 1);
    assert_false(flow_of(talk)->awaiting);
}

static void test_clock_that_was_set_back(void **state)
{
    struct talk *talk = *state;
    talk->now = 10000;
    hello(talk);
    talk->now = 0;
    syn(talk);
    assert_int_equal(talk->count, 2);
}

static void test_no_more_than_the_limit_waits(void **state)
{
    struct talk *talk = *state;
    talk->path = packets_path(CLIENT, 0, "203.0.113.10", 443, TRANSPORT_TCP);
    for (uint16_t i = 0; i < 2 * PACKET_ORDER_LIMIT; i++) {
        talk->path.client.port = (uint16_t)(20000 + i);
        struct packet packet =
            packets_tcp(&talk->path, SIDE_CLIENT, 1, A, 1001, 5001, bytes_of("hello", 5));
        see(talk, packet, NULL);
    }
    assert_int_equal(talk->count, PACKET_ORDER_LIMIT);
    packet_order_finish(talk->order);
    assert_int_equal(talk->count, 2 * PACKET_ORDER_LIMIT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_in_order_nothing_waits),
        TEST(test_any_order_of_the_first_packets),
        TEST(test_end_before_its_syn),
        TEST(test_refusal_before_its_syn),
        TEST(test_reset_before_its_hello),
        TEST(test_reset_that_does_not_fit),
        TEST(test_answer_before_what_it_answers),
        TEST(test_download_under_way),
        TEST(test_lost_segment),
        TEST(test_lost_beginning),
        TEST(test_lost_syn_ack),
        TEST(test_waits_in_vain_come_to_an_end),
        TEST(test_icmp_error_before_its_syn),
        TEST(test_icmp_error_of_an_unknown_flow),
        TEST(test_datagram_before_its_query),
        TEST(test_bytes_of_what_waits),
        TEST(test_next_connection_on_the_same_ports),
        TEST(test_clock_that_was_set_back),
        TEST(test_no_more_than_the_limit_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
