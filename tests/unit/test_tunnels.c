/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/tunnels.c: IP in IP, GRE with all its fields and ERSPAN lead to the packet
 * inside; its network is told apart; errors about the outside are not about the inside.
 */
#include "tests/support/layers.h"

/* 192.0.2.1 > 192.0.2.2; the length counts what follows, which must be short. */
#define OUTER(protocol, length)                                                                    \
    0x45, 0, 0, 20 + (length), 0, 1, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2
#define INNER_ETHERNET MACS, 8, 0, IPV4_UDP
#define RAW_GRE(length, ...)                                                                       \
    {                                                                                              \
        OUTER(47, length), __VA_ARGS__                                                             \
    }

static void expect_outside_forgotten(const struct packet *packet, bool macs)
{
    struct address outer;

    assert_true(address_parse("192.0.2.1", &outer));
    assert_false(address_equal(&packet->source, &outer));
    assert_int_equal(packet->has_macs, macs);
    assert_int_not_equal(packet->tunnel, 0);
}

static void test_ip_in_ip(void **state)
{
    static const uint8_t version4[] = {OUTER(4, 30), IPV4_UDP};
    static const uint8_t version6[] = {OUTER(41, 48), IPV6_ICMP};
    static const uint8_t tagged[] = {MACS, 0x81, 0, 0, 9, 8, 0, OUTER(4, 30), IPV4_UDP};
    static const uint8_t bridged[] = {OUTER(97, 46), 0x30, 0, INNER_ETHERNET};
    static const uint8_t labelled[] = {OUTER(137, 34), 0, 1, 0x21, 64, IPV4_UDP};
    struct packet packet, reply;
    uint8_t back[sizeof version4];

    (void)state;
    expect_udp_within(LINK_RAW, version4, sizeof version4, 20, &packet);
    expect_outside_forgotten(&packet, false);
    expect_icmp(LINK_RAW, version6, sizeof version6, 20);
    /* Neither the outer frame's addresses nor its VLAN are those of the packet. */
    expect_udp_within(LINK_ETHERNET, tagged, sizeof tagged, 38, &packet);
    expect_outside_forgotten(&packet, false);
    expect_udp_within(LINK_RAW, bridged, sizeof bridged, 36, &packet);
    expect_outside_forgotten(&packet, true);
    expect_udp(LINK_RAW, labelled, sizeof labelled, 24, 0);
    /* Both directions are in one network. */
    memcpy(back, version4, sizeof back);
    back[15] = 2;
    back[19] = 1;
    assert_int_equal(frames_decapsulate(LINK_RAW, version4, sizeof version4, &packet),
                     DECAPSULATED);
    assert_int_equal(frames_decapsulate(LINK_RAW, back, sizeof back, &reply), DECAPSULATED);
    assert_int_equal(packet.tunnel, reply.tunnel);
}

static void test_gre(void **state)
{
    static const uint8_t plain[] = RAW_GRE(34, 0, 0, 8, 0, IPV4_UDP);
    static const uint8_t all[] =
        RAW_GRE(46, 0xb0, 0, 8, 0, 1, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, IPV4_UDP);
    static const uint8_t bridged[] = RAW_GRE(48, 0, 0, 0x65, 0x58, INNER_ETHERNET);
    static const uint8_t call[] =
        RAW_GRE(48, 0x30, 0x81, 0x88, 0x0b, 0, 32, 0, 5, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0x21, IPV4_UDP);
    static const uint8_t redirected[] = RAW_GRE(38, 0, 0, 0x88, 0x3e, 0, 1, 0, 0, IPV4_UDP);
    static const uint8_t keep_alive[] = RAW_GRE(4, 0, 0, 8, 0);
    static const uint8_t routed[] = RAW_GRE(12, 0x40, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    static const uint8_t version[] = RAW_GRE(12, 0, 2, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    static const uint8_t strange[] = RAW_GRE(12, 0, 0, 0x89, 3, 0, 0, 0, 0, 0, 0, 0, 0);
    struct packet packet;

    (void)state;
    expect_udp_within(LINK_RAW, plain, sizeof plain, 24, &packet);
    expect_outside_forgotten(&packet, false);
    expect_udp(LINK_RAW, all, sizeof all, 36, 0);
    expect_udp_within(LINK_RAW, bridged, sizeof bridged, 38, &packet);
    expect_outside_forgotten(&packet, true);
    expect_udp(LINK_RAW, call, sizeof call, 38, 0);
    expect_udp(LINK_RAW, redirected, sizeof redirected, 28, 0);
    expect_answer(LINK_RAW, keep_alive, sizeof keep_alive, DECAPSULATED_NOT_IP);
    expect_unread(LINK_RAW, routed, sizeof routed, "GRE with routing");
    expect_answer(LINK_RAW, version, sizeof version, DECAPSULATED_INVALID);
    expect_unread(LINK_RAW, strange, sizeof strange, "EtherType 0x8903");
}

static void test_keys_are_networks(void **state)
{
    uint8_t data[] = RAW_GRE(38, 0x20, 0, 8, 0, 0, 0, 0, 7, IPV4_UDP);
    struct packet one, other;

    (void)state;
    assert_int_equal(frames_decapsulate(LINK_RAW, data, sizeof data, &one), DECAPSULATED);
    data[27] = 8;
    assert_int_equal(frames_decapsulate(LINK_RAW, data, sizeof data, &other), DECAPSULATED);
    assert_int_not_equal(packet_channel(&one), packet_channel(&other));
}

static void test_erspan(void **state)
{
    static const uint8_t first[] = RAW_GRE(48, 0, 0, 0x88, 0xbe, INNER_ETHERNET);
    static const uint8_t second[] =
        RAW_GRE(60, 0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 20, 0, 7, 0, 0, 0, 0, INNER_ETHERNET);
    static const uint8_t third[] = RAW_GRE(64, 0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 7, 0, 0,
                                           0, 0, 0, 0, 0x80, 0, INNER_ETHERNET);
    static const uint8_t more[] = RAW_GRE(58, 0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 7, 0, 0,
                                          0, 0, 0, 0, 0x88, 1, 0, 0, 0, 0, 0, 0, 0, 0, IPV4_UDP);
    static const uint8_t later[] =
        RAW_GRE(60, 0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x30, 0, 0, 7, 0, 0, 0, 0, INNER_ETHERNET);
    struct packet packet;

    (void)state;
    expect_udp_within(LINK_RAW, first, sizeof first, 38, &packet);
    expect_outside_forgotten(&packet, true);
    expect_udp(LINK_RAW, second, sizeof second, 50, 20);
    expect_udp(LINK_RAW, third, sizeof third, 54, 0);
    expect_udp(LINK_RAW, more, sizeof more, 48, 0);
    expect_unread(LINK_RAW, later, sizeof later, "ERSPAN version 0x0003");
}

/* The mirror cut the frame, the capture did not. */
static void test_cut_by_the_mirror(void **state)
{
    static const uint8_t frame[] =
        RAW_GRE(46, 0, 0, 0x65, 0x58, MACS, 8, 0, 0x45, 0, 0, 100, 0x12, 0x34, 0x40, 0, 64, 17, 0,
                0, 10, 0, 0, 1, 17, 0, 0, 1, 0x03, 0xe8, 0, 53, 0, 80, 0, 0);
    struct packet packet;

    (void)state;
    assert_int_equal(frames_decapsulate(LINK_RAW, frame, sizeof frame, &packet), DECAPSULATED);
    assert_true(packet.truncated);
    assert_int_equal(packet.payload_length, 72);
    assert_int_equal(packet.payload.length, 0);
}

static void test_tunnels_without_end(void **state)
{
    uint8_t data[20 * 40];

    (void)state;
    for (size_t i = 0; i < 40; i++) {
        const uint8_t outer[] = {OUTER(4, 0)};
        size_t length = sizeof data - i * 20;

        memcpy(data + i * 20, outer, 20);
        data[i * 20 + 2] = (uint8_t)(length >> 8);
        data[i * 20 + 3] = (uint8_t)length;
    }
    expect_answer(LINK_RAW, data, sizeof data, DECAPSULATED_INVALID);
}

static void test_errors_about_the_outside(void **state)
{
    /* A router cannot hand on what goes to the tunnel's other end. */
    static const uint8_t error[] = {
        0x45, 0,       0, 82, 0, 1, 0, 0, 64, 1, 0, 0, 192,           0, 2, 9,
        192,  0,       2, 1,  3, 1, 0, 0, 0,  0, 0, 0, OUTER(47, 34), 0, 0, 8,
        0,    IPV4_UDP};
    struct packet packet, quoted;
    struct address end;

    (void)state;
    assert_int_equal(frames_decapsulate(LINK_RAW, error, sizeof error, &packet), DECAPSULATED);
    assert_true(decapsulate_quoted(&packet, &quoted));
    assert_true(address_parse("192.0.2.2", &end));
    assert_true(address_equal(&quoted.destination, &end));
    assert_int_equal(quoted.transport, 47);
    assert_int_equal(quoted.destination_port, 0);
    assert_int_equal(quoted.tunnel, 0);
}

static void test_errors_within(void **state)
{
    static const uint8_t error[] = {
        OUTER(4, 58), 0x45, 0, 0, 58, 0, 1, 0, 0, 64, 1, 0, 0,       10, 0, 0, 9,
        10,           0,    0, 1, 3,  1, 0, 0, 0, 0,  0, 0, IPV4_UDP};
    struct packet packet, quoted;

    (void)state;
    assert_int_equal(frames_decapsulate(LINK_RAW, error, sizeof error, &packet), DECAPSULATED);
    assert_true(decapsulate_quoted(&packet, &quoted));
    assert_int_equal(quoted.destination_port, 53);
    assert_int_equal(quoted.tunnel, packet.tunnel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ip_in_ip),
        cmocka_unit_test(test_gre),
        cmocka_unit_test(test_keys_are_networks),
        cmocka_unit_test(test_erspan),
        cmocka_unit_test(test_cut_by_the_mirror),
        cmocka_unit_test(test_tunnels_without_end),
        cmocka_unit_test(test_errors_about_the_outside),
        cmocka_unit_test(test_errors_within),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
