/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/mpls.c: what lies below the labels is guessed right: IP, a pseudo-wire with and
 * without its control word; and a stack without a bottom ends.
 */
#include "tests/support/layers.h"

#define MPLS MACS, 0x88, 0x47
#define BOTTOM(label) 0, 0x01, (label) << 4 | 1, 64

static void test_ip(void **state)
{
    static const uint8_t one[] = {MPLS, BOTTOM(2), IPV4_UDP};
    static const uint8_t two[] = {MPLS, 0, 0x01, 0x40, 64, BOTTOM(2), IPV4_UDP};
    static const uint8_t other[] = {MPLS, BOTTOM(3), IPV4_UDP};
    static const uint8_t version6[] = {MACS, 0x88, 0x48, BOTTOM(2), IPV6_ICMP};
    struct packet packets[3];

    (void)state;
    expect_udp_within(LINK_ETHERNET, one, sizeof one, 18, &packets[0]);
    expect_udp_within(LINK_ETHERNET, two, sizeof two, 22, &packets[1]);
    expect_udp_within(LINK_ETHERNET, other, sizeof other, 18, &packets[2]);
    assert_int_equal(packet_channel(&packets[0]), packet_channel(&packets[1]));
    assert_int_not_equal(packet_channel(&packets[0]), packet_channel(&packets[2]));
    expect_icmp(LINK_ETHERNET, version6, sizeof version6, 18);
}

static void test_pseudo_wires(void **state)
{
    static const uint8_t controlled[] = {MPLS, BOTTOM(2), 0, 0, 0, 9, MACS, 8, 0, IPV4_UDP};
    static const uint8_t plain[] = {MPLS, BOTTOM(2), MACS, 8, 0, IPV4_UDP};
    /* An address that begins like IPv4, whose length makes no sense. */
    static const uint8_t misleading[] = {MPLS, BOTTOM(2), 0x44, 0, 0, 0, 0, 1,       2,
                                         0,    0,         0,    0, 2, 8, 0, IPV4_UDP};
    static const uint8_t channel[] = {MPLS, BOTTOM(2), 0x10, 0, 0, 7, 1, 2, 3, 4};
    static const uint8_t strange[] = {MPLS, BOTTOM(2), 0x70, 1,  2,  3,  4,  5,  6,  7,  8,
                                      9,    10,        11,   12, 13, 14, 15, 16, 17, 18, 19};
    struct packet packet;

    (void)state;
    assert_int_equal(frames_decapsulate(LINK_ETHERNET, controlled, sizeof controlled, &packet),
                     DECAPSULATED);
    assert_int_equal(packet.destination_port, 53);
    assert_int_equal(frames_decapsulate(LINK_ETHERNET, plain, sizeof plain, &packet), DECAPSULATED);
    assert_int_equal(packet.destination_port, 53);
    assert_int_equal(frames_decapsulate(LINK_ETHERNET, misleading, sizeof misleading, &packet),
                     DECAPSULATED);
    assert_int_equal(packet.destination_mac.octets[0], 0x44);
    for (size_t cut = 0; cut <= sizeof controlled; cut++)
        (void)frames_cut_once(LINK_ETHERNET, controlled, cut, sizeof controlled);
    expect_answer(LINK_ETHERNET, channel, sizeof channel, DECAPSULATED_NOT_IP);
    expect_unread(LINK_ETHERNET, strange, sizeof strange, "MPLS payload");
}

static void test_stack_without_bottom(void **state)
{
    uint8_t frame[14 + 4 * 20] = {MPLS};

    (void)state;
    expect_answer(LINK_ETHERNET, frame, sizeof frame, DECAPSULATED_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ip),
        cmocka_unit_test(test_pseudo_wires),
        cmocka_unit_test(test_stack_without_bottom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
