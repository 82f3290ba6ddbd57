/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows/capture_signs.c: offloading and jumps of the capturing clock are noticed, and
 * nothing is where there are none.
 */
#include "tests/support/packets.h"

#include "flows/capture_signs.h"

static struct packets_run run;
static struct packets_path path;
static const uint8_t content[9000];

static void see(void *owner, struct flow_table *table, struct flow *flow, int side,
                const struct packet *packet)
{
    struct packets_run *packets = owner;
    (void)table;
    capture_signs_packet(&packets->observation, flow, side, packet);
}

static int begin(void **state)
{
    (void)state;
    packets_begin(&run, 8);
    run.reader.packet = see;
    run.reader.owner = &run;
    path = packets_path("10.0.0.20", 50000, "17.57.144.36", 5223, TRANSPORT_TCP);
    return 0;
}

static int end(void **state)
{
    (void)state;
    packets_end(&run);
    return 0;
}

static void send(int side, int64_t at, int flags, struct bytes options, size_t length)
{
    struct packet packet =
        packets_tcp(&path, side, at, flags, 1000, 2000, bytes_of(content, length));
    packet.tcp_options = options;
    (void)packets_run_one(&run, packet);
}

/* Both ends' clocks, in milliseconds. */
static void tick(int side, int64_t at, uint32_t ticks)
{
    const uint8_t options[] = {1,
                               1,
                               8,
                               10,
                               (uint8_t)(ticks >> 24),
                               (uint8_t)(ticks >> 16),
                               (uint8_t)(ticks >> 8),
                               (uint8_t)ticks,
                               0,
                               0,
                               0,
                               0};
    send(side, at, TCP_ACK, bytes_of(options, sizeof options), 10);
}

static void test_a_jump_ahead(void **state)
{
    (void)state;
    tick(SIDE_CLIENT, 0, 5000);
    tick(SIDE_SERVER, 20, 70000);
    tick(SIDE_CLIENT, 3600000, 6000);
    tick(SIDE_SERVER, 3600020, 71000);
    assert_int_equal(run.observation.totals.clock_jumps, 1);
    assert_int_equal(run.observation.totals.clock_jump, INT64_C(3600) * NANOSECONDS_PER_SECOND);
    assert_int_equal(packet_number(run.observation.totals.clock_jump_packet), 4);
}

/* A long quiet; a device that slept, whose clock stood still; a restart of the clock. */
static void test_pauses(void **state)
{
    (void)state;
    tick(SIDE_CLIENT, 0, 5000);
    tick(SIDE_SERVER, 20, 70000);
    tick(SIDE_CLIENT, 900000, 905000);
    tick(SIDE_SERVER, 900020, 970000);
    tick(SIDE_CLIENT, 1800000, 905100);
    tick(SIDE_SERVER, 1800020, 1870000);
    tick(SIDE_CLIENT, 2700000, 7);
    tick(SIDE_SERVER, 2700020, 7);
    /* Clocks that tick ten times a second. */
    tick(SIDE_CLIENT, 2800000, 1007);
    tick(SIDE_SERVER, 3000000, 3007);
    tick(SIDE_CLIENT, 3000020, 3007);
    assert_int_equal(run.observation.totals.clock_jumps, 0);
}

static void test_segments_that_were_joined(void **state)
{
    static const uint8_t options[] = {2, 4, 0x05, 0xb4};
    (void)state;
    send(SIDE_CLIENT, 0, TCP_SYN, bytes_of(options, sizeof options), 0);
    send(SIDE_SERVER, 20, TCP_SYN | TCP_ACK, bytes_of(options, sizeof options), 0);
    send(SIDE_SERVER, 30, TCP_ACK, bytes_of(NULL, 0), 1460);
    assert_int_equal(run.observation.totals.merged_segments, 0);
    send(SIDE_SERVER, 31, TCP_ACK, bytes_of(NULL, 0), 2920);
    send(SIDE_CLIENT, 32, TCP_ACK, bytes_of(NULL, 0), 8000);
    assert_int_equal(run.observation.totals.merged_segments, 2);
}

/* Jumbo frames are as large as the receiver said it takes. */
static void test_segments_that_are_large(void **state)
{
    static const uint8_t options[] = {2, 4, 0x22, 0xc4};
    (void)state;
    send(SIDE_CLIENT, 0, TCP_SYN, bytes_of(options, sizeof options), 0);
    send(SIDE_SERVER, 20, TCP_SYN | TCP_ACK, bytes_of(options, sizeof options), 0);
    send(SIDE_SERVER, 30, TCP_ACK, bytes_of(NULL, 0), 8900);
    assert_int_equal(run.observation.totals.merged_segments, 0);
}

/* 10.0.0.20 to 17.57.144.36, 20 bytes of TCP: the sum of the pseudo header. */
static void test_checksums(void **state)
{
    uint8_t network[40] = {0x45};
    const uint32_t sum = 0x0a00 + 0x0014 + 0x1139 + 0x9024 + 6 + 20;
    (void)state;
    for (int i = 0; i < 3; i++) {
        uint16_t checksum = (uint16_t)(i == 0 ? sum : i == 1 ? ~sum : 0);
        network[36] = (uint8_t)(checksum >> 8);
        network[37] = (uint8_t)checksum;
        struct packet packet =
            packets_tcp(&path, SIDE_CLIENT, 0, TCP_SYN, 1000, 0, bytes_of(NULL, 0));
        packet.network = bytes_of(network, sizeof network);
        (void)packets_run_one(&run, packet);
        assert_int_equal(run.observation.totals.unfinished_checksums, 1);
        packet.network.length = (size_t)i * 12; /* cut */
        (void)packets_run_one(&run, packet);
        assert_int_equal(run.observation.totals.unfinished_checksums, 1);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_jump_ahead),
        CASE(test_pauses),
        CASE(test_segments_that_were_joined),
        CASE(test_segments_that_are_large),
        CASE(test_checksums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
