/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/link.c: every link layer leads to the same IPv4 or IPv6 packet, and what
 * is not IP is said to be so.
 */
#include "tests/support/frames.h"

/* 10.0.0.1:1000 -> 17.0.0.1:53, UDP, payload "hi" */
#define IPV4_UDP                                                                                   \
    0x45, 0, 0, 30, 0x12, 0x34, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 17, 0, 0, 1, 0x03, 0xe8, 0,    \
        53, 0, 10, 0, 0, 'h', 'i'
#define IPV4_UDP_NEEDED 28

/* fe80::1 -> ff02::1, ICMPv6 echo request */
#define IPV6_ICMP                                                                                  \
    0x60, 0, 0, 0, 0, 8, 58, 255, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff,      \
        0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 128, 0, 0, 0, 0, 1, 0, 2
#define IPV6_ICMP_NEEDED 44

#define MACS 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2

static void expect_udp(int link_type, const uint8_t *data, size_t length, size_t header,
                       uint16_t vlan)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(link_type, data, length, &packet), DECAPSULATED);
    assert_int_equal(packet.transport, TRANSPORT_UDP);
    assert_int_equal(packet.source_port, 1000);
    assert_int_equal(packet.destination_port, 53);
    assert_int_equal(packet.vlan, vlan);
    assert_int_equal(packet.network.length, 30);
    assert_ptr_equal(packet.network.data, data + header);
    assert_int_equal(packet.payload.length, 2);
    assert_memory_equal(packet.payload.data, "hi", 2);
    assert_int_equal(packet.has_macs, link_type == LINK_ETHERNET);
    frames_cut_everywhere(link_type, data, length, header + IPV4_UDP_NEEDED);
}

static void expect_icmp(int link_type, const uint8_t *data, size_t length, size_t header)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(link_type, data, length, &packet), DECAPSULATED);
    assert_int_equal(packet.transport, TRANSPORT_ICMPV6);
    assert_int_equal(packet.icmp_type, 128);
    assert_int_equal(packet.source.octets[0], 0xfe);
    assert_int_equal(packet.network.length, 48);
    frames_cut_everywhere(link_type, data, length, header + IPV6_ICMP_NEEDED);
}

static void expect_answer(int link_type, const uint8_t *data, size_t length,
                          enum decapsulation expected)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(link_type, data, length, &packet), expected);
    for (size_t cut = 0; cut < length; cut++)
        assert_int_not_equal(frames_cut_once(link_type, data, cut, length), DECAPSULATED);
}

/* RFC 826: hardware and protocol types and lengths, operation, sender, target. */
#define ARP(operation)                                                                             \
    0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, operation, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 2, 0, 0, 0, 0, 2,   \
        10, 0, 0, 20

static void test_arp(void **state)
{
    static const uint8_t request[] = {MACS, ARP(1)};
    static const uint8_t reply[] = {MACS, ARP(2)};
    uint8_t of_other_lengths[] = {MACS, ARP(2)};
    struct address router, device;
    struct packet packet;

    (void)state;
    expect_answer(LINK_ETHERNET, request, sizeof request, DECAPSULATED_NOT_IP);
    expect_answer(LINK_ETHERNET, reply, sizeof reply, DECAPSULATED_ARP_REPLY);
    assert_true(address_parse("10.0.0.1", &router));
    assert_true(address_parse("10.0.0.20", &device));
    assert_int_equal(frames_decapsulate(LINK_ETHERNET, reply, sizeof reply, &packet),
                     DECAPSULATED_ARP_REPLY);
    assert_true(address_equal(&packet.source, &router));
    assert_true(address_equal(&packet.destination, &device));
    of_other_lengths[18] = 8;
    expect_answer(LINK_ETHERNET, of_other_lengths, sizeof of_other_lengths, DECAPSULATED_NOT_IP);
}

static void test_ethernet(void **state)
{
    static const uint8_t frame[] = {MACS, 0x08, 0x00, IPV4_UDP};
    static const uint8_t version6[] = {MACS, 0x86, 0xdd, IPV6_ICMP};
    struct packet packet;

    (void)state;
    expect_udp(LINK_ETHERNET, frame, sizeof frame, 14, 0);
    expect_icmp(LINK_ETHERNET, version6, sizeof version6, 14);
    assert_int_equal(frames_decapsulate(LINK_ETHERNET, frame, sizeof frame, &packet), DECAPSULATED);
    assert_int_equal(packet.destination_mac.octets[5], 1);
    assert_int_equal(packet.source_mac.octets[5], 2);
}

static void test_vlan(void **state)
{
    static const uint8_t one[] = {MACS, 0x81, 0x00, 0x60, 0x2a, 0x08, 0x00, IPV4_UDP};
    static const uint8_t priority[] = {MACS, 0x81, 0x00, 0xe0, 0x00, 0x08, 0x00, IPV4_UDP};
    static const uint8_t stacked[] = {MACS, 0x88, 0xa8, 0x00, 0x64, 0x81,
                                      0x00, 0x0f, 0xff, 0x08, 0x00, IPV4_UDP};
    static const uint8_t priority_inside[] = {MACS, 0x88, 0xa8, 0,    100,  0x81,
                                              0,    0xe0, 0,    0x08, 0x00, IPV4_UDP};
    static const uint8_t old[] = {MACS, 0x91, 0x00, 0, 1, 0x92, 0x00, 0,
                                  2,    0x93, 0x00, 0, 3, 0x08, 0x00, IPV4_UDP};

    (void)state;
    expect_udp(LINK_ETHERNET, one, sizeof one, 18, 42);
    expect_udp(LINK_ETHERNET, priority, sizeof priority, 18, 0);
    expect_udp(LINK_ETHERNET, stacked, sizeof stacked, 22, 4095);
    expect_udp(LINK_ETHERNET, priority_inside, sizeof priority_inside, 22, 100);
    expect_udp(LINK_ETHERNET, old, sizeof old, 26, 3);
}

static void test_tags_without_end(void **state)
{
    uint8_t frame[14 + 4 * 40] = {MACS, 0x81, 0x00};
    struct packet packet;

    (void)state;
    for (size_t at = 14; at < sizeof frame; at += 4)
        memcpy(frame + at, "\x00\x01\x81\x00", 4);
    assert_int_equal(frames_decapsulate(LINK_ETHERNET, frame, sizeof frame, &packet),
                     DECAPSULATED_INVALID);
}

static void test_llc(void **state)
{
    static const uint8_t snap[] = {MACS, 0, 38, 0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00, IPV4_UDP};
    static const uint8_t tunnel[] = {MACS, 0, 38,   0xaa, 0xaa, 0x03,
                                     0,    0, 0xf8, 0x08, 0x00, IPV4_UDP};
    static const uint8_t tagged[] = {MACS, 0x81, 0, 0, 7, 0, 38, 0xaa,
                                     0xaa, 0x03, 0, 0, 0, 8, 0,  IPV4_UDP};
    static const uint8_t cisco[] = {MACS, 0, 10, 0xaa, 0xaa, 0x03, 0, 0, 0x0c, 0x20, 0, 1, 2};
    static const uint8_t spanning_tree[] = {MACS, 0, 38, 0x42, 0x42, 0x03, 0, 0, 0, 0, 0};
    static const uint8_t short_one[] = {MACS, 0, 2, 0xaa, 0xaa, 0x03, 0, 0, 0, 8, 0, IPV4_UDP};
    static const uint8_t neither[] = {MACS, 0x05, 0xee, IPV4_UDP};

    (void)state;
    expect_udp(LINK_ETHERNET, snap, sizeof snap, 22, 0);
    expect_udp(LINK_ETHERNET, tunnel, sizeof tunnel, 22, 0);
    expect_udp(LINK_ETHERNET, tagged, sizeof tagged, 26, 7);
    expect_answer(LINK_ETHERNET, cisco, sizeof cisco, DECAPSULATED_NOT_IP);
    expect_answer(LINK_ETHERNET, spanning_tree, sizeof spanning_tree, DECAPSULATED_NOT_IP);
    expect_answer(LINK_ETHERNET, short_one, sizeof short_one, DECAPSULATED_INVALID);
    expect_answer(LINK_ETHERNET, neither, sizeof neither, DECAPSULATED_NOT_IP);
}

static void test_cooked(void **state)
{
    static const uint8_t first[] = {0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0, IPV4_UDP};
    static const uint8_t tagged[] = {0, 4, 0, 1,    0, 6, 2, 0, 0, 0,       0,
                                     1, 0, 0, 0x81, 0, 0, 9, 8, 0, IPV4_UDP};
    static const uint8_t second[] = {0x86, 0xdd, 0, 0, 0, 0, 0, 2, 0, 1,        0,
                                     6,    2,    0, 0, 0, 0, 1, 0, 0, IPV6_ICMP};
    static const uint8_t netlink[] = {0, 4, 0x03, 0x38, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0};
    static const uint8_t bridge[] = {0, 1, 0, 1, 0, 6, 2,    0,    0, 0,
                                     0, 1, 0, 0, 0, 4, 0x42, 0x42, 3, 0};

    (void)state;
    expect_udp(113, first, sizeof first, 16, 0);
    expect_udp(113, tagged, sizeof tagged, 20, 9);
    expect_icmp(276, second, sizeof second, 20);
    expect_answer(113, netlink, sizeof netlink, DECAPSULATED_NOT_IP);
    expect_answer(113, bridge, sizeof bridge, DECAPSULATED_NOT_IP);
}

static void test_raw(void **state)
{
    static const uint8_t version4[] = {IPV4_UDP};
    static const uint8_t version6[] = {IPV6_ICMP};
    static const uint8_t neither[] = {0x55, 0, 0, 30};
    static const int types[] = {12, 14, 101, 228, 229};

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        expect_udp(types[i], version4, sizeof version4, 0, 0);
        expect_icmp(types[i], version6, sizeof version6, 0);
        expect_answer(types[i], neither, sizeof neither, DECAPSULATED_INVALID);
    }
}

static void test_null_in_both_byte_orders(void **state)
{
    static const uint8_t families[] = {10, 23, 24, 28, 30};
    static const uint8_t little[] = {2, 0, 0, 0, IPV4_UDP};
    static const uint8_t big[] = {0, 0, 0, 2, IPV4_UDP};
    static const uint8_t other[] = {0, 0, 0, 7, IPV4_UDP};

    (void)state;
    expect_udp(LINK_NULL, little, sizeof little, 4, 0);
    expect_udp(LINK_NULL, big, sizeof big, 4, 0);
    expect_udp(108, big, sizeof big, 4, 0);
    expect_answer(LINK_NULL, other, sizeof other, DECAPSULATED_NOT_IP);
    expect_answer(108, little, sizeof little, DECAPSULATED_NOT_IP);
    for (size_t i = 0; i < sizeof families; i++) {
        const uint8_t version6[] = {families[i], 0, 0, 0, IPV6_ICMP};
        const uint8_t turned[] = {0, 0, 0, families[i], IPV6_ICMP};

        expect_icmp(LINK_NULL, version6, sizeof version6, 4);
        expect_icmp(LINK_NULL, turned, sizeof turned, 4);
        expect_icmp(108, turned, sizeof turned, 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ethernet), cmocka_unit_test(test_arp),
        cmocka_unit_test(test_vlan),     cmocka_unit_test(test_tags_without_end),
        cmocka_unit_test(test_llc),      cmocka_unit_test(test_cooked),
        cmocka_unit_test(test_raw),      cmocka_unit_test(test_null_in_both_byte_orders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
