/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/host.c: cooked, raw and loopback captures, and the logs of firewalls, lead to
 * the same IPv4 or IPv6 packet.
 */
#include "tests/support/layers.h"

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

static void test_cooked_with_frames_inside(void **state)
{
    /* ARPHRD 803: radiotap, then 802.11; 778: a GRE tunnel's protocol type. */
    static const uint8_t radiotap[] = {0,    0,    3,    0x23, 0,    0, 0, 0, 0, 0,       0, 0,
                                       0,    0,    0,    4,    0,    0, 8, 0, 0, 0,       0, 0,
                                       0x08, 0x01, 0,    0,    MACS, 2, 0, 0, 0, 0,       3, 0,
                                       0,    0xaa, 0xaa, 3,    0,    0, 0, 8, 0, IPV4_UDP};
    static const uint8_t bridged[] = {0, 0, 3, 0x0a, 0,    0,    0,    0, 0, 0,
                                      0, 0, 0, 0,    0x65, 0x58, MACS, 8, 0, IPV4_UDP};
    struct packet packet;

    (void)state;
    expect_udp_within(113, radiotap, sizeof radiotap, 56, &packet);
    assert_true(packet.has_macs);
    expect_udp(113, bridged, sizeof bridged, 30, 0);
}

static void test_null_with_a_type(void **state)
{
    static const uint8_t big[] = {0, 0, 8, 0, IPV4_UDP};
    static const uint8_t little[] = {0xdd, 0x86, 0, 0, IPV6_ICMP};
    static const uint8_t behind[] = {0x0f, 0, 8, 0, IPV4_UDP};

    (void)state;
    expect_udp(LINK_NULL, big, sizeof big, 4, 0);
    expect_icmp(LINK_NULL, little, sizeof little, 4);
    expect_udp(LINK_NULL, behind, sizeof behind, 4, 0);
}

/* Between two attributes a cut cannot be seen. */
static void expect_payload_of_log(const uint8_t *data, size_t length, size_t header,
                                  uint8_t transport)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(239, data, length, &packet), DECAPSULATED);
    assert_int_equal(packet.transport, transport);
    assert_ptr_equal(packet.network.data, data + header);
    for (size_t cut = 0; cut < header + 20; cut++) {
        assert_int_equal(frames_cut_once(239, data, cut, length), DECAPSULATED_TRUNCATED);
        assert_int_not_equal(frames_cut_once(239, data, cut, cut), DECAPSULATED);
    }
}

static void test_nflog(void **state)
{
    /* A prefix of 3 bytes, filled up, then the packet; in both byte orders. */
    static const uint8_t little[] = {2,   0, 0, 5,  7, 0, 10, 0,       'a',
                                     'b', 0, 0, 34, 0, 9, 0,  IPV4_UDP};
    static const uint8_t big[] = {10, 0, 0, 5, 0, 8, 0, 1, 0, 0, 0, 0, 0, 52, 0, 9, IPV6_ICMP};
    static const uint8_t without[] = {2, 0, 0, 5, 8, 0, 1, 0, 0, 0, 0, 0};
    static const uint8_t endless[] = {2, 0, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0};

    (void)state;
    expect_payload_of_log(little, sizeof little, 16, TRANSPORT_UDP);
    expect_payload_of_log(big, sizeof big, 16, TRANSPORT_ICMPV6);
    expect_answer(239, without, sizeof without, DECAPSULATED_NOT_IP);
    expect_answer(239, endless, sizeof endless, DECAPSULATED_INVALID);
}

static void test_logs_and_others(void **state)
{
    static const uint8_t pflog[] = {5, 2, 0, 0, 0, 0, 0, 0, IPV4_UDP};
    static const uint8_t enc[] = {2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, IPV4_UDP};
    static const uint8_t firewire[] = {0, 0, 0, 0, 0, 0, 0, 1, 0,       0,
                                       0, 0, 0, 0, 0, 2, 8, 0, IPV4_UDP};

    (void)state;
    expect_udp(117, pflog, sizeof pflog, 8, 0);
    expect_udp(109, enc, sizeof enc, 12, 0);
    expect_udp(138, firewire, sizeof firewire, 18, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cooked),
        cmocka_unit_test(test_cooked_with_frames_inside),
        cmocka_unit_test(test_raw),
        cmocka_unit_test(test_null_in_both_byte_orders),
        cmocka_unit_test(test_null_with_a_type),
        cmocka_unit_test(test_nflog),
        cmocka_unit_test(test_logs_and_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
