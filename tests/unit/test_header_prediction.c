/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows/header_prediction.c: the short way leads where the long one does, to the last bit;
 * what it does not take, it leaves alone.
 */
#include "tests/support/packets.h"

#include "flows/capture_signs.h"
#include "flows/flow_trouble.h"
#include "flows/header_prediction.h"
#include "flows/missing_segments.h"

#define CLIENT_START 1000u
#define SERVER_START UINT32_C(0xfffff000) /* its numbers go round soon */
#define STEPS 400
#define CONNECTIONS 500

static struct packets_run run;
static struct packets_path path;
static const uint8_t content[3000];

static int begin(void **state)
{
    (void)state;
    packets_begin(&run, 8);
    path = packets_path("192.0.2.20", 50000, "198.51.100.36", 443, TRANSPORT_TCP);
    return 0;
}

static int end(void **state)
{
    (void)state;
    packets_end(&run);
    return 0;
}

/* An open connection of which nobody reads any more. */
static struct flow *open_connection(int64_t at)
{
    (void)packets_run_one(
        &run, packets_tcp(&path, SIDE_CLIENT, at, TCP_SYN, CLIENT_START - 1, 0, bytes_of("", 0)));
    struct flow *flow =
        packets_run_one(&run, packets_tcp(&path, SIDE_SERVER, at + 20, TCP_SYN | TCP_ACK,
                                          SERVER_START - 1, CLIENT_START, bytes_of("", 0)));
    flow->dissection_over = true;
    return flow;
}

static void long_way(struct flow *flow, int side, const struct packet *packet)
{
    capture_signs_packet(&run.observation, flow, side, packet);
    missing_segments_packet(&run.observation, flow, side, packet);
    tcp_outcome_packet(&run.observation, flow, side, packet);
}

static struct missing_segments missing_of(const struct flow *flow)
{
    static const struct missing_segments none;
    return flow_missing(flow) != NULL ? *flow_missing(flow) : none;
}

/* Takes a packet both ways; was the short one right for it? */
static bool takes_both_ways(struct flow *flow, int side, const struct packet *packet)
{
    struct flow before = *flow, copy = *flow;
    struct missing_segments missing = missing_of(flow), missing_after;
    struct observation observation = run.observation;
    bool predicted = header_prediction_packet(&observation, &copy, side, packet);
    if (!predicted) {
        assert_memory_equal(&copy, &before, sizeof copy);
        assert_memory_equal(&observation, &run.observation, sizeof observation);
    }
    long_way(flow, side, packet);
    missing_after = missing_of(flow);
    if (predicted) {
        assert_memory_equal(&copy, flow, sizeof copy);
        assert_memory_equal(&missing, &missing_after, sizeof missing);
        assert_memory_equal(&observation, &run.observation, sizeof observation);
    }
    return predicted;
}

/* The next segment of this side, which acknowledges all. */
static struct packet next_segment(const struct flow *flow, int side, int64_t at, size_t length)
{
    const struct flow_side *sender = &flow->sides[side], *other = &flow->sides[!side];
    return packets_tcp(&path, side, at, TCP_ACK,
                       sender->has_sequence ? sender->next_sequence : CLIENT_START,
                       other->next_sequence, bytes_of(content, length));
}

static bool takes_next(struct flow *flow, int side, int64_t at, size_t length)
{
    struct packet packet = next_segment(flow, side, at, length);
    return takes_both_ways(flow, side, &packet);
}

static void test_a_download(void **state)
{
    (void)state;
    struct flow *flow = open_connection(0);
    (void)takes_next(flow, SIDE_CLIENT, 20, 0);
    (void)takes_next(flow, SIDE_CLIENT, 21, 300);
    (void)takes_next(flow, SIDE_SERVER, 40, 1400);
    for (int64_t at = 41; at < 60; at++) {
        assert_true(takes_next(flow, SIDE_SERVER, at, 1400));
        assert_true(takes_next(flow, SIDE_CLIENT, at, 0));
    }
    assert_int_equal(flow->sides[SIDE_SERVER].bytes, 20 * 1400);
    assert_int_equal(flow->outcome, OUTCOME_ANSWERED);
}

/* Each is one thing away from the next segment, which comes after it. */
static void test_what_is_not_next(void **state)
{
    (void)state;
    struct flow *flow = open_connection(0);
    (void)takes_next(flow, SIDE_CLIENT, 21, 300);
    (void)takes_next(flow, SIDE_SERVER, 40, 1400);
    assert_true(takes_next(flow, SIDE_SERVER, 41, 1400));
    for (int i = 0; i < 7; i++) {
        struct packet packet = next_segment(flow, SIDE_SERVER, 50 + i, 1000);
        packet.sequence -= i == 0 ? 1000 : 0;
        packet.acknowledgment += i == 1;
        packet.window = i == 2 ? 0 : packet.window;
        packet.vlan = i == 3 ? 7 : 0;
        packet.tcp_flags = i == 4 ? TCP_PSH : packet.tcp_flags;
        packet.sequence += i == 5 ? 1000 : 0;
        packet.tcp_flags |= i == 6 ? TCP_FIN : 0;
        assert_false(takes_both_ways(flow, SIDE_SERVER, &packet));
    }
}

static void test_a_flow_of_note(void **state)
{
    (void)state;
    struct flow *flow = open_connection(0);
    (void)takes_next(flow, SIDE_CLIENT, 21, 300);
    (void)takes_next(flow, SIDE_SERVER, 40, 1400);
    flow->dissection_over = false;
    assert_false(takes_next(flow, SIDE_SERVER, 41, 1400));
    flow->dissection_over = true;
    flow->awaiting = true;
    assert_false(takes_next(flow, SIDE_SERVER, 42, 1400));
    flow->awaiting = false;
    assert_true(takes_next(flow, SIDE_SERVER, 43, 1400));
    assert_non_null(flow_table_detail(run.flows, flow));
    assert_false(takes_next(flow, SIDE_SERVER, 44, 1400));
}

/* Somebody on the way refused it, and it goes on. */
static void test_a_rejected_flow(void **state)
{
    (void)state;
    struct flow *flow = open_connection(0);
    (void)takes_next(flow, SIDE_CLIENT, 21, 300);
    (void)takes_next(flow, SIDE_SERVER, 40, 1400);
    flow->outcome = OUTCOME_REJECTED;
    assert_false(takes_next(flow, SIDE_SERVER, 41, 1400));
    assert_int_equal(flow->outcome, OUTCOME_ANSWERED);
    assert_true(takes_next(flow, SIDE_SERVER, 42, 1400));
}

/* What a client acknowledges may be another SYN/ACK's number, until the server has spoken. */
static void test_before_the_server_speaks(void **state)
{
    (void)state;
    struct flow *flow = open_connection(0);
    (void)takes_next(flow, SIDE_CLIENT, 20, 0);
    struct packet packet = next_segment(flow, SIDE_CLIENT, 21, 300);
    packet.acknowledgment--;
    assert_false(takes_both_ways(flow, SIDE_CLIENT, &packet));
}

/* Its first words need not acknowledge anything to show that it heard the client's SYN. */
static void test_a_server_that_speaks_first(void **state)
{
    (void)state;
    struct flow *flow = open_connection(0);
    (void)takes_next(flow, SIDE_CLIENT, 21, 300);
    assert_false(flow->sides[SIDE_SERVER].heard);
    struct packet packet = next_segment(flow, SIDE_SERVER, 22, 100);
    packet.acknowledgment = CLIENT_START;
    assert_true(takes_both_ways(flow, SIDE_SERVER, &packet));
    assert_true(flow->sides[SIDE_SERVER].heard);
}

/* Without a SYN only an acknowledgment that moves on shows that a side hears the other. */
static void test_from_the_middle(void **state)
{
    (void)state;
    struct packet first = packets_tcp(&path, SIDE_CLIENT, 0, TCP_ACK, CLIENT_START, SERVER_START,
                                      bytes_of(content, 100));
    struct flow *flow = packets_run_one(&run, first);
    flow->dissection_over = true;
    long_way(flow, SIDE_CLIENT, &first);
    first = packets_tcp(&path, SIDE_SERVER, 5, TCP_ACK, SERVER_START, CLIENT_START,
                        bytes_of(content, 100));
    (void)takes_both_ways(flow, SIDE_SERVER, &first);
    assert_false(flow->sides[SIDE_SERVER].heard);
    assert_true(takes_next(flow, SIDE_SERVER, 10, 100));
    assert_true(flow->sides[SIDE_SERVER].heard);
}

/* A client takes its SYN back, and sends it again: the time of its RST is not its last. */
static void test_after_a_reset(void **state)
{
    (void)state;
    (void)packets_run_one(
        &run, packets_tcp(&path, SIDE_CLIENT, 0, TCP_SYN, CLIENT_START - 1, 0, bytes_of("", 0)));
    (void)packets_run_one(
        &run, packets_tcp(&path, SIDE_CLIENT, 5, TCP_RST, CLIENT_START, 0, bytes_of("", 0)));
    struct flow *flow = open_connection(10);
    assert_true(flow->sides[SIDE_CLIENT].resets);
    (void)takes_next(flow, SIDE_CLIENT, 40, 0);
    (void)takes_next(flow, SIDE_SERVER, 50, 1400);
    assert_false(takes_next(flow, SIDE_CLIENT, 60, 100));
}

static void disturb(struct packet *packet, uint64_t *seed)
{
    switch (packets_random(seed, 24)) {
    case 0:
        packet->sequence += packets_random(seed, 4000) - 2000;
        break;
    case 1:
        packet->acknowledgment += packets_random(seed, 4000) - 2000;
        break;
    case 2:
        packet->tcp_flags ^= (uint8_t)(1u << packets_random(seed, 5));
        break;
    case 3:
        packet->window = 0;
        break;
    case 4:
        packet->vlan = 7;
        break;
    case 5:
        packet->time -= NANOSECONDS_PER_SECOND;
        break;
    case 6:
        packet->sequence ^= UINT32_C(1) << packets_random(seed, 32);
        break;
    case 7: /* as long as a record may claim that a frame was */
        packet->payload_length = UINT32_MAX - packets_random(seed, UINT32_MAX);
        break;
    default:
        break;
    }
}

/* Connections as they come: mostly in order, with all that may go wrong. */
static unsigned play_connection(uint64_t *seed, int64_t at)
{
    unsigned predicted = 0;
    struct flow *flow = open_connection(at);
    for (int i = 0; i < STEPS; i++) {
        int side = packets_random(seed, 3) == 0 ? SIDE_CLIENT : SIDE_SERVER;
        struct packet packet = next_segment(flow, side, at + 30 + i,
                                            packets_random(seed, 2) * packets_random(seed, 3000));
        /* Some connections go on without a flaw for longer. */
        if (i > (int)(*seed % STEPS))
            disturb(&packet, seed);
        predicted += takes_both_ways(flow, side, &packet);
    }
    flow_table_finish(run.flows);
    return predicted;
}

static void test_whatever_comes(void **state)
{
    (void)state;
    uint64_t seed = UINT64_C(88172645463325252);
    unsigned predicted = 0;
    for (int i = 0; i < CONNECTIONS; i++)
        predicted += play_connection(&seed, i * INT64_C(10000));
    assert_in_range(predicted, CONNECTIONS * STEPS / 20, CONNECTIONS * STEPS * 9 / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_download, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_not_next, begin, end),
        cmocka_unit_test_setup_teardown(test_a_flow_of_note, begin, end),
        cmocka_unit_test_setup_teardown(test_a_rejected_flow, begin, end),
        cmocka_unit_test_setup_teardown(test_before_the_server_speaks, begin, end),
        cmocka_unit_test_setup_teardown(test_a_server_that_speaks_first, begin, end),
        cmocka_unit_test_setup_teardown(test_from_the_middle, begin, end),
        cmocka_unit_test_setup_teardown(test_after_a_reset, begin, end),
        cmocka_unit_test_setup_teardown(test_whatever_comes, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
