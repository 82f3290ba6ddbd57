/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/duplicates.c: copies that a mirror makes are recognised, whatever a router
 * changed; packets that merely resemble each other are not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/duplicates.h"

static const uint8_t content[201] = {1, 2, 3, 4};

static int create(void **state)
{
    *state = duplicate_filter_create();
    return *state == NULL;
}

static int release(void **state)
{
    duplicate_filter_release(*state);
    return 0;
}

static struct packet make(uint8_t transport, size_t payload_length)
{
    struct packet packet = {.time = NANOSECONDS_PER_SECOND,
                            .ttl = 64,
                            .ip_identification = 0x1234,
                            .transport = transport,
                            .source_port = 50000,
                            .destination_port = 5223,
                            .payload = {content, payload_length},
                            .payload_length = (uint32_t)payload_length};

    packet.source.octets[15] = 1;
    packet.destination.octets[15] = 2;
    if (transport == TRANSPORT_TCP) {
        packet.sequence = 1000;
        packet.acknowledgment = 2000;
        packet.tcp_flags = TCP_ACK;
        packet.window = 512;
    }
    return packet;
}

static bool seen(void **state, struct packet packet)
{
    return duplicate_filter_seen(*state, &packet);
}

static void test_a_copy_is_seen(void **state)
{
    static const uint8_t transports[] = {TRANSPORT_TCP, TRANSPORT_UDP, TRANSPORT_ICMP,
                                         TRANSPORT_ICMPV6, 47};

    for (size_t i = 0; i < sizeof transports; i++)
        for (size_t length = 0; length < sizeof content; length++) {
            struct packet packet = make(transports[i], length);

            assert_false(seen(state, packet));
            assert_true(seen(state, packet));
            /* Before and after a router. */
            packet.time += 5 * NANOSECONDS_PER_MILLISECOND;
            packet.ttl--;
            packet.vlan = 12;
            packet.source_mac.octets[5] = 9;
            packet.identity = 99;
            packet.wire_length = 4;
            assert_true(seen(state, packet));
        }
}

static void test_window_of_time(void **state)
{
    const int64_t window = DUPLICATES_WINDOW_MILLISECONDS * NANOSECONDS_PER_MILLISECOND;
    struct packet packet = make(TRANSPORT_UDP, 20);

    assert_false(seen(state, packet));
    packet.time += window + 1;
    assert_false(seen(state, packet));
    packet.time += window;
    assert_true(seen(state, packet));
    packet.time -= window;
    assert_true(seen(state, packet));
    packet.time -= window + 1;
    assert_false(seen(state, packet));
    packet.time = INT64_MAX;
    assert_false(seen(state, packet));
    packet.time = INT64_MIN;
    assert_false(seen(state, packet));
}

/* Two packets in turn are different packets. */
static void expect_different(void **state, struct packet one, struct packet other)
{
    (void)seen(state, one);
    assert_false(seen(state, other));
}

static void test_tcp_differences(void **state)
{
    static const uint8_t end[200] = {1, 2, 3, 4, [199] = 1};
    static const uint8_t options[] = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
    const struct packet packet = make(TRANSPORT_TCP, 200);
    struct packet others[13];

    for (size_t i = 0; i < 13; i++)
        others[i] = packet;
    others[0].source.octets[15]++;
    others[1].destination.octets[0]++;
    others[2].source_port++;
    others[3].destination_port++;
    others[4].ip_identification++;
    others[5].sequence++;
    others[6].acknowledgment++;
    others[7].tcp_flags |= TCP_PSH;
    others[8].window++;
    others[9].payload_length++;
    others[10].payload.data = end;
    others[11].payload.data = content + 1;
    others[12].tcp_options = bytes_of(options, sizeof options);
    for (size_t i = 0; i < 13; i++)
        expect_different(state, packet, others[i]);
}

static void test_other_differences(void **state)
{
    const struct packet udp = make(TRANSPORT_UDP, 100), icmp = make(TRANSPORT_ICMP, 100);
    struct packet other = udp;
    uint8_t changed[100];

    /* An application that asks again gets a new identification. */
    other.ip_identification++;
    expect_different(state, udp, other);
    memcpy(changed, content, sizeof changed);
    changed[63] = 1;
    other = udp;
    other.payload.data = changed;
    expect_different(state, udp, other);
    other = icmp;
    other.icmp_type = 3;
    expect_different(state, icmp, other);
    other = icmp;
    other.icmp_code = 3;
    expect_different(state, icmp, other);
    other = udp;
    other.transport = TRANSPORT_TCP;
    expect_different(state, udp, other);
}

static void test_what_tcp_repeats(void **state)
{
    struct packet packet = make(TRANSPORT_TCP, 0);

    packet.ip_identification = 0;
    assert_false(seen(state, packet));
    assert_false(seen(state, packet));
    packet.tcp_flags = TCP_RST;
    assert_false(seen(state, packet));
    assert_false(seen(state, packet));
    /* A SYN is sent again after a second only; data has its timestamps. */
    packet.tcp_flags = TCP_SYN;
    assert_false(seen(state, packet));
    assert_true(seen(state, packet));
    packet = make(TRANSPORT_TCP, 10);
    packet.ip_identification = 0;
    assert_false(seen(state, packet));
    assert_true(seen(state, packet));
}

static void test_a_router_changes_what_a_syn_offers(void **state)
{
    static const uint8_t before[] = {2, 4, 0x05, 0xb4}, after[] = {2, 4, 0x05, 0xac};
    struct packet packet = make(TRANSPORT_TCP, 0);

    packet.tcp_flags = TCP_SYN;
    packet.tcp_options = bytes_of(before, sizeof before);
    assert_false(seen(state, packet));
    packet.tcp_options = bytes_of(after, sizeof after);
    assert_true(seen(state, packet));
}

static void test_many_packets(void **state)
{
    struct packet packet = make(TRANSPORT_TCP, 100);
    unsigned copies = 0;

    for (uint32_t i = 0; i < 200000; i++) {
        packet.sequence += 100;
        packet.ip_identification++;
        assert_false(seen(state, packet));
        copies += seen(state, packet);
    }
    assert_int_equal(copies, 200000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_copy_is_seen, create, release),
        cmocka_unit_test_setup_teardown(test_window_of_time, create, release),
        cmocka_unit_test_setup_teardown(test_tcp_differences, create, release),
        cmocka_unit_test_setup_teardown(test_other_differences, create, release),
        cmocka_unit_test_setup_teardown(test_what_tcp_repeats, create, release),
        cmocka_unit_test_setup_teardown(test_a_router_changes_what_a_syn_offers, create, release),
        cmocka_unit_test_setup_teardown(test_many_packets, create, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
