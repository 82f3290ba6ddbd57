/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/link.c: every link layer leads to the same IPv4 or IPv6 packet, and what
 * is not IP is said to be so.
 */
#include "tests/support/layers.h"

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

static void test_tags_of_switches(void **state)
{
    static const uint8_t vntag[] = {MACS, 0x89, 0x26, 0, 1, 0, 2, 0x08, 0x00, IPV4_UDP};
    static const uint8_t metadata[] = {MACS, 0x89, 0x09, 1, 1, 0, 1, 0, 9, 0x08, 0x00, IPV4_UDP};
    static const uint8_t other[] = {MACS, 0x89, 0x09, 2, 1, 0, 1, 0, 9, 0x08, 0x00, IPV4_UDP};
    static const uint8_t backbone[] = {MACS, 0x88, 0xe7, 0, 0, 0, 7, MACS, 0x08, 0x00, IPV4_UDP};
    struct packet packet;

    (void)state;
    expect_udp(LINK_ETHERNET, vntag, sizeof vntag, 20, 0);
    expect_udp(LINK_ETHERNET, metadata, sizeof metadata, 22, 0);
    expect_unread(LINK_ETHERNET, other, sizeof other, "Cisco metadata");
    expect_udp_within(LINK_ETHERNET, backbone, sizeof backbone, 32, &packet);
    assert_int_not_equal(packet.tunnel, 0);
}

static void test_macsec(void **state)
{
    /* Signed only, 16 bytes of check behind; with the sender's identifier; enciphered. */
    static const uint8_t signed_only[] = {MACS, 0x88,     0xe5, 0,  0,  0,  0,  0, 1, 0x08,
                                          0x00, IPV4_UDP, 1,    2,  3,  4,  5,  6, 7, 8,
                                          9,    10,       11,   12, 13, 14, 15, 16};
    static const uint8_t enciphered[] = {MACS, 0x88, 0xe5, 0x2c, 0, 0, 0, 0, 1, IPV4_UDP};
    struct packet packet;

    (void)state;
    assert_int_equal(frames_decapsulate(LINK_ETHERNET, signed_only, sizeof signed_only, &packet),
                     DECAPSULATED);
    assert_int_equal(packet.payload.length, 2);
    for (size_t cut = 0; cut < sizeof signed_only; cut++)
        (void)frames_cut_once(LINK_ETHERNET, signed_only, cut, sizeof signed_only);
    expect_unread(LINK_ETHERNET, enciphered, sizeof enciphered, "MACsec");
}

static void test_unknown_types(void **state)
{
    static const uint8_t fabric[] = {MACS, 0x89, 0x03, 1, 2, 3, 4};
    static const uint8_t discovery[] = {MACS, 0x88, 0xcc, 2, 7, 4, 0};

    (void)state;
    expect_unread(LINK_ETHERNET, fabric, sizeof fabric, "EtherType 0x8903");
    expect_answer(LINK_ETHERNET, discovery, sizeof discovery, DECAPSULATED_NOT_IP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ethernet), cmocka_unit_test(test_arp),
        cmocka_unit_test(test_vlan),     cmocka_unit_test(test_tags_without_end),
        cmocka_unit_test(test_llc),      cmocka_unit_test(test_tags_of_switches),
        cmocka_unit_test(test_macsec),   cmocka_unit_test(test_unknown_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
