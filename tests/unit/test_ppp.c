/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/ppp.c: PPP with and without its address, short protocol fields, PPPoE, Cisco's
 * HDLC; what is no IP is told apart from what cannot be read.
 */
#include "tests/support/layers.h"

static void test_framing(void **state)
{
    static const uint8_t whole[] = {0xff, 3, 0, 0x21, IPV4_UDP};
    static const uint8_t bare[] = {0, 0x57, IPV6_ICMP};
    static const uint8_t short_field[] = {0xff, 3, 0x21, IPV4_UDP};
    static const uint8_t outwards[] = {1, 3, 0, 0x21, IPV4_UDP};
    static const uint8_t cisco[] = {0x0f, 0, 8, 0, IPV4_UDP};
    static const uint8_t labelled[] = {0xff, 3, 2, 0x81, 0, 1, 1, 64, IPV4_UDP};

    (void)state;
    expect_udp(9, whole, sizeof whole, 4, 0);
    expect_icmp(9, bare, sizeof bare, 2);
    expect_udp(9, short_field, sizeof short_field, 3, 0);
    expect_udp(166, outwards, sizeof outwards, 4, 0);
    expect_udp(50, whole, sizeof whole, 4, 0);
    expect_udp(50, cisco, sizeof cisco, 4, 0);
    expect_udp(104, cisco, sizeof cisco, 4, 0);
    expect_udp(9, labelled, sizeof labelled, 8, 0);
}

static void test_what_is_no_ip(void **state)
{
    static const uint8_t link_control[] = {0xff, 3, 0xc0, 0x21, 1, 1, 0, 4};
    static const uint8_t compressed[] = {0xff, 3, 0, 0xfd, 1, 2, 3, 4};

    (void)state;
    expect_answer(9, link_control, sizeof link_control, DECAPSULATED_NOT_IP);
    expect_unread(9, compressed, sizeof compressed, "PPP protocol 0x00fd");
}

#define PPPOE(code, session) 0x11, code, 0, session, 0, 32, 0, 0x21, IPV4_UDP

static void test_sessions(void **state)
{
    /* With padding, which is no part of the packet. */
    static const uint8_t one[] = {MACS, 0x88, 0x64, PPPOE(0, 7), 0, 0, 0};
    static const uint8_t other[] = {MACS, 0x88, 0x64, PPPOE(0, 8)};
    static const uint8_t end[] = {MACS, 0x88, 0x64, PPPOE(0xa7, 8)};
    static const uint8_t discovery[] = {MACS, 0x88, 0x63, PPPOE(9, 0)};
    uint8_t version[] = {MACS, 0x88, 0x64, PPPOE(0, 8)};
    struct packet first, second;

    (void)state;
    assert_int_equal(frames_decapsulate(LINK_ETHERNET, one, sizeof one, &first), DECAPSULATED);
    assert_int_equal(first.payload.length, 2);
    expect_udp_within(LINK_ETHERNET, other, sizeof other, 22, &second);
    assert_true(first.has_macs && second.has_macs);
    assert_int_not_equal(packet_channel(&first), packet_channel(&second));
    expect_udp(51, other + 14, sizeof other - 14, 8, 0);
    expect_answer(LINK_ETHERNET, end, sizeof end, DECAPSULATED_NOT_IP);
    expect_answer(LINK_ETHERNET, discovery, sizeof discovery, DECAPSULATED_NOT_IP);
    version[14] = 0x21;
    expect_answer(LINK_ETHERNET, version, sizeof version, DECAPSULATED_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_framing),
        cmocka_unit_test(test_what_is_no_ip),
        cmocka_unit_test(test_sessions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
