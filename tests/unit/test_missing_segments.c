/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows/missing_segments.c: what the receiver acknowledged and the capture lacks is
 * counted; what the network lost, moved or repeated is not.
 */
#include "tests/support/packets.h"

#include "flows/missing_segments.h"

#define CLIENT_START 1000u
#define SERVER_START 9000u

static struct packets_run run;
static struct packets_path path;
static const uint8_t content[1400];

static void see(void *owner, struct flow_table *table, struct flow *flow, int side,
                const struct packet *packet)
{
    struct packets_run *packets = owner;
    (void)table;
    missing_segments_packet(&packets->observation, flow, side, packet);
}

static void see_end(void *owner, struct flow *flow)
{
    struct packets_run *packets = owner;
    missing_segments_end(&packets->observation, flow);
}

static int begin(void **state)
{
    (void)state;
    packets_begin(&run, 8);
    run.reader.packet = see;
    run.reader.end = see_end;
    run.reader.owner = &run;
    path = packets_path("10.0.0.20", 50000, "17.57.144.36", 443, TRANSPORT_TCP);
    return 0;
}

static int end(void **state)
{
    (void)state;
    packets_end(&run);
    return 0;
}

static void send(int side, int64_t at, int flags, uint32_t sequence, uint32_t acknowledgment,
                 size_t length)
{
    (void)packets_run_one(&run, packets_tcp(&path, side, at, flags, sequence, acknowledgment,
                                            bytes_of(content, length)));
}

static void open_connection(void)
{
    send(SIDE_CLIENT, 0, TCP_SYN, CLIENT_START - 1, 0, 0);
    send(SIDE_SERVER, 20, TCP_SYN | TCP_ACK, SERVER_START - 1, CLIENT_START, 0);
    send(SIDE_CLIENT, 20, TCP_ACK, CLIENT_START, SERVER_START, 0);
}

static uint64_t missing(void)
{
    flow_table_finish(run.flows);
    return run.observation.totals.missing_segments;
}

static void test_all_is_there(void **state)
{
    (void)state;
    open_connection();
    send(SIDE_CLIENT, 30, TCP_ACK, CLIENT_START, SERVER_START, 100);
    send(SIDE_SERVER, 50, TCP_ACK, SERVER_START, CLIENT_START + 100, 1400);
    send(SIDE_CLIENT, 51, TCP_ACK | TCP_FIN, CLIENT_START + 100, SERVER_START + 1400, 0);
    send(SIDE_SERVER, 70, TCP_ACK | TCP_FIN, SERVER_START + 1400, CLIENT_START + 101, 0);
    send(SIDE_CLIENT, 71, TCP_ACK, CLIENT_START + 101, SERVER_START + 1401, 0);
    assert_int_equal(missing(), 0);
    assert_int_equal(run.observation.totals.data_segments, 6);
    assert_int_equal(packets_last(&run, FACT_FLOW)->as.flow.missing_time, TIMESTAMP_NONE);
}

static void test_a_segment_in_the_middle(void **state)
{
    (void)state;
    open_connection();
    send(SIDE_SERVER, 30, TCP_ACK, SERVER_START, CLIENT_START, 1400);
    send(SIDE_SERVER, 31, TCP_ACK, SERVER_START + 4200, CLIENT_START, 1400);
    send(SIDE_CLIENT, 32, TCP_ACK, CLIENT_START, SERVER_START + 1400, 0);
    send(SIDE_CLIENT, 33, TCP_ACK, CLIENT_START, SERVER_START + 5600, 0);
    assert_int_equal(missing(), 2);
    assert_int_equal(run.observation.totals.missing_flows, 1);
    const struct fact_flow *flow = &packets_last(&run, FACT_FLOW)->as.flow;
    assert_int_equal(flow->client_missing, 0);
    assert_int_equal(flow->server_missing, 2);
    assert_int_equal(flow->missing_time, packets_time(33));
    assert_int_equal(packet_number(flow->missing_packet), 7);
    assert_int_equal(run.observation.totals.missing_packet, flow->missing_packet);
}

/* The last ones of a burst, and a FIN. */
static void test_a_segment_at_the_end(void **state)
{
    (void)state;
    open_connection();
    send(SIDE_SERVER, 30, TCP_ACK, SERVER_START, CLIENT_START, 1400);
    send(SIDE_CLIENT, 31, TCP_ACK, CLIENT_START, SERVER_START + 1500, 0);
    send(SIDE_SERVER, 300, TCP_ACK, SERVER_START + 1500, CLIENT_START + 1, 100);
    assert_int_equal(missing(), 2);
    const struct fact_flow *flow = &packets_last(&run, FACT_FLOW)->as.flow;
    assert_int_equal(flow->client_missing, 1);
    assert_int_equal(flow->server_missing, 1);
}

/* The network lost it: it comes again before it is acknowledged. */
static void test_a_retransmission(void **state)
{
    (void)state;
    open_connection();
    send(SIDE_SERVER, 30, TCP_ACK, SERVER_START, CLIENT_START, 100);
    send(SIDE_SERVER, 31, TCP_ACK, SERVER_START + 200, CLIENT_START, 100);
    send(SIDE_CLIENT, 32, TCP_ACK, CLIENT_START, SERVER_START + 100, 0);
    send(SIDE_SERVER, 260, TCP_ACK, SERVER_START + 100, CLIENT_START, 100);
    send(SIDE_CLIENT, 261, TCP_ACK, CLIENT_START, SERVER_START + 300, 0);
    assert_int_equal(missing(), 0);
    assert_int_equal(run.observation.totals.overtaken_segments, 0);
}

/* A mirror that joins two directions shows the acknowledgment first. */
static void test_an_acknowledgment_that_overtakes(void **state)
{
    (void)state;
    open_connection();
    send(SIDE_CLIENT, 30, TCP_ACK, CLIENT_START, SERVER_START + 300, 0);
    send(SIDE_SERVER, 35, TCP_ACK, SERVER_START + 100, CLIENT_START, 100);
    send(SIDE_SERVER, 40, TCP_ACK, SERVER_START, CLIENT_START, 100);
    send(SIDE_SERVER, 45, TCP_ACK, SERVER_START + 200, CLIENT_START, 100);
    send(SIDE_CLIENT, 500, TCP_ACK, CLIENT_START, SERVER_START + 300, 0);
    assert_int_equal(missing(), 0);
    assert_true(run.observation.totals.overtaken_segments > 0);
}

static void test_the_beginning_is_not_there(void **state)
{
    (void)state;
    send(SIDE_SERVER, 0, TCP_ACK, SERVER_START, CLIENT_START, 100);
    send(SIDE_CLIENT, 5, TCP_ACK, CLIENT_START - 1, SERVER_START + 5000, 0); /* a keep-alive */
    send(SIDE_SERVER, 25, TCP_ACK, SERVER_START + 5000, CLIENT_START, 0);
    send(SIDE_CLIENT, 3000, TCP_ACK, CLIENT_START, SERVER_START + 5000, 100);
    send(SIDE_SERVER, 3020, TCP_ACK, SERVER_START + 5000, CLIENT_START + 100, 0);
    assert_int_equal(missing(), 0);
}

/* Later its losses count as any other's. */
static void test_after_the_beginning(void **state)
{
    (void)state;
    test_the_beginning_is_not_there(state);
    send(SIDE_CLIENT, 0, TCP_ACK, CLIENT_START, SERVER_START, 10);
    send(SIDE_SERVER, 20, TCP_ACK, SERVER_START, CLIENT_START + 10, 10);
    send(SIDE_SERVER, 5000, TCP_ACK, SERVER_START + 10, CLIENT_START + 20, 10);
    assert_int_equal(missing(), 1);
}

static void test_one_side_alone(void **state)
{
    (void)state;
    send(SIDE_CLIENT, 0, TCP_SYN, CLIENT_START - 1, 0, 0);
    send(SIDE_CLIENT, 20, TCP_ACK, CLIENT_START, SERVER_START, 0);
    send(SIDE_CLIENT, 21, TCP_ACK, CLIENT_START, SERVER_START, 100);
    send(SIDE_CLIENT, 60, TCP_ACK, CLIENT_START + 100, SERVER_START + 4000, 0);
    assert_int_equal(missing(), 0);
}

/* The other side is there only by what others say in its name. */
static void test_a_reset_is_no_other_side(void **state)
{
    (void)state;
    test_one_side_alone(state);
    send(SIDE_CLIENT, 0, TCP_SYN, CLIENT_START - 1, 0, 0);
    send(SIDE_CLIENT, 20, TCP_ACK, CLIENT_START, SERVER_START, 100);
    send(SIDE_CLIENT, 60, TCP_ACK, CLIENT_START + 100, SERVER_START + 4000, 0);
    send(SIDE_SERVER, 70, TCP_RST, SERVER_START + 4000, 0, 0);
    assert_int_equal(missing(), 0);
}

static void test_the_syn_ack(void **state)
{
    (void)state;
    send(SIDE_CLIENT, 0, TCP_SYN, CLIENT_START - 1, 0, 0);
    send(SIDE_CLIENT, 20, TCP_ACK, CLIENT_START, SERVER_START, 0);
    send(SIDE_SERVER, 50, TCP_ACK, SERVER_START, CLIENT_START, 100);
    assert_int_equal(missing(), 1);
}

/* Answered long after packets began to come; else it may have been sent before. */
static void test_the_syn(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        int64_t at = i * 10000;
        run.observation.stretch_time = packets_time(0);
        path.client.port++;
        send(SIDE_SERVER, at + 10, TCP_SYN | TCP_ACK, SERVER_START - 1, CLIENT_START, 0);
        send(SIDE_CLIENT, at + 11, TCP_ACK, CLIENT_START, SERVER_START, 100);
        send(SIDE_SERVER, at + 40, TCP_ACK, SERVER_START, CLIENT_START + 100, 10);
        assert_int_equal(missing(), i);
    }
}

/* Another SYN/ACK than the one that was seen counts (SYN cookies); a port is used
 * again without a SYN. */
static void test_other_numbers(void **state)
{
    (void)state;
    send(SIDE_CLIENT, 0, TCP_SYN, CLIENT_START - 1, 0, 0);
    send(SIDE_SERVER, 20, TCP_SYN | TCP_ACK, SERVER_START - 1, CLIENT_START, 0);
    send(SIDE_CLIENT, 20, TCP_ACK, CLIENT_START, SERVER_START + 600000, 100);
    send(SIDE_SERVER, 40, TCP_ACK, SERVER_START + 600000, CLIENT_START + 100, 100);
    send(SIDE_CLIENT, 400, TCP_ACK, CLIENT_START + 80000000, SERVER_START + 90000000, 100);
    send(SIDE_SERVER, 420, TCP_ACK, SERVER_START + 90000000, CLIENT_START + 80000100, 100);
    send(SIDE_CLIENT, 440, TCP_ACK, CLIENT_START + 80000100, SERVER_START + 90000100, 0);
    assert_int_equal(missing(), 0);
}

/* What the snapshot length cut is there. */
static void test_cut_payloads(void **state)
{
    (void)state;
    open_connection();
    struct packet packet = packets_tcp(&path, SIDE_SERVER, 30, TCP_ACK, SERVER_START, CLIENT_START,
                                       bytes_of(content, 40));
    packet.payload_length = 1400;
    (void)packets_run_one(&run, packet);
    send(SIDE_CLIENT, 31, TCP_ACK, CLIENT_START, SERVER_START + 1400, 0);
    assert_int_equal(missing(), 0);
}

/* Whatever comes, the count ends and stays below what the numbers can hold. */
static void test_anything(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    path.server.address = packets_address("192.0.2.1");
    for (int i = 0; i < 20000; i++)
        send((int)packets_random(&seed, 2), i, (int)packets_random(&seed, 32) & ~TCP_RST,
             packets_random(&seed, 40000), packets_random(&seed, 40000),
             packets_random(&seed, 1400));
    assert_true(missing() < UINT64_C(20000) * 40);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_all_is_there),
        CASE(test_a_segment_in_the_middle),
        CASE(test_a_segment_at_the_end),
        CASE(test_a_retransmission),
        CASE(test_an_acknowledgment_that_overtakes),
        CASE(test_the_beginning_is_not_there),
        CASE(test_after_the_beginning),
        CASE(test_one_side_alone),
        CASE(test_a_reset_is_no_other_side),
        CASE(test_the_syn_ack),
        CASE(test_the_syn),
        CASE(test_other_numbers),
        CASE(test_cut_payloads),
        CASE(test_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
