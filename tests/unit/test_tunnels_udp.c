/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/tunnels_udp.c: VXLAN, Geneve, GTP-U, TZSP and CAPWAP lead to the packet inside;
 * clients that happen to have such a port stay what they are.
 */
#include "tests/support/layers.h"

/* 192.0.2.1:50000 > 192.0.2.2, UDP; the lengths count what follows, which must be short. */
#define OUTER_FROM(source, port, length)                                                           \
    0x45, 0, 0, 28 + (length), 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,               \
        (source) >> 8, (source)&0xff, (port) >> 8, (port)&0xff, 0, 8 + (length), 0, 0
#define OUTER(port, length) OUTER_FROM(50000, port, length)
#define INNER_ETHERNET MACS, 8, 0, IPV4_UDP
#define WIFI 0x08, 0x01, 0, 0, MACS, 2, 0, 0, 0, 0, 3, 0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0, IPV4_UDP

static void expect_plain(const uint8_t *data, size_t length)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(LINK_RAW, data, length, &packet), DECAPSULATED);
    assert_int_equal(packet.tunnel, 0);
    assert_int_equal(packet.source.octets[12], 192);
    assert_int_equal(packet.payload.length, length - 28);
}

static uint32_t tunnel_of(const uint8_t *data, size_t length)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(LINK_RAW, data, length, &packet), DECAPSULATED);
    return packet.tunnel;
}

#define VXLAN(network) 0x08, 0, 0, 0, 0, 0, network, 0

static void test_vxlan(void **state)
{
    static const uint8_t data[] = {OUTER(4789, 52), VXLAN(7), INNER_ETHERNET};
    static const uint8_t other[] = {OUTER(8472, 52), VXLAN(8), INNER_ETHERNET};
    static const uint8_t policy[] = {OUTER(4789, 52), 0x88, 0, 0, 5, 0, 0, 7, 0, INNER_ETHERNET};
    static const uint8_t no_network[] = {OUTER(4789, 52), 0, 0, 0, 0, 0, 0, 7, 0, INNER_ETHERNET};
    static const uint8_t answer[] = {OUTER_FROM(443, 4789, 52), VXLAN(7), INNER_ETHERNET};
    struct packet packet;

    (void)state;
    expect_udp_within(LINK_RAW, data, sizeof data, 50, &packet);
    assert_true(packet.has_macs);
    expect_udp(LINK_RAW, other, sizeof other, 50, 0);
    expect_udp(LINK_RAW, policy, sizeof policy, 50, 0);
    assert_int_not_equal(tunnel_of(data, sizeof data), tunnel_of(other, sizeof other));
    expect_plain(no_network, sizeof no_network);
    expect_plain(answer, sizeof answer);
}

static void test_vxlan_on_other_ports(void **state)
{
    static const uint8_t data[] = {OUTER(5555, 52), VXLAN(7), INNER_ETHERNET};
    struct decapsulator *decapsulator = decapsulator_create();
    struct frame frame = frames_make(LINK_RAW, data, sizeof data, sizeof data);
    struct packet packet;

    (void)state;
    assert_non_null(decapsulator);
    expect_plain(data, sizeof data);
    for (uint16_t port = 5540; port < 5540 + DECAPSULATOR_PORT_LIMIT; port++)
        assert_true(decapsulator_add_vxlan_port(decapsulator, port));
    assert_false(decapsulator_add_vxlan_port(decapsulator, 6000));
    assert_int_equal(decapsulate(decapsulator, &frame, &packet), DECAPSULATED);
    assert_int_equal(packet.destination_port, 53);
    decapsulator_release(decapsulator);
}

static void test_vxlan_with_protocol(void **state)
{
    static const uint8_t version4[] = {OUTER(4790, 38), 0x0c, 0, 0, 1, 0, 0, 7, 0, IPV4_UDP};
    static const uint8_t version6[] = {OUTER(4790, 56), 0x0c, 0, 0, 2, 0, 0, 7, 0, IPV6_ICMP};
    static const uint8_t ethernet[] = {OUTER(4790, 52), 0x0c, 0, 0, 3, 0, 0, 7, 0, INNER_ETHERNET};
    static const uint8_t service[] = {OUTER(4790, 10), 0x0c, 0, 0, 4, 0, 0, 7, 0, 1, 2};

    (void)state;
    expect_udp(LINK_RAW, version4, sizeof version4, 36, 0);
    expect_icmp(LINK_RAW, version6, sizeof version6, 36);
    expect_udp(LINK_RAW, ethernet, sizeof ethernet, 50, 0);
    expect_unread(LINK_RAW, service, sizeof service, "VXLAN-GPE protocol 0x0004");
}

static void test_geneve(void **state)
{
    static const uint8_t data[] = {
        OUTER(6081, 60), 2, 0, 0x65, 0x58, 0, 0, 7, 0, 1, 2, 3, 1, 4, 5, 6, 7, INNER_ETHERNET};
    static const uint8_t raw[] = {OUTER(6081, 38), 0, 0x40, 8, 0, 0, 0, 7, 0, IPV4_UDP};
    static const uint8_t control[] = {OUTER(6081, 10), 0, 0x80, 8, 0, 0, 0, 7, 0, 1, 2};
    static const uint8_t version[] = {OUTER(6081, 10), 0x40, 0, 8, 0, 0, 0, 7, 0, 1, 2};

    (void)state;
    expect_udp(LINK_RAW, data, sizeof data, 58, 0);
    expect_udp(LINK_RAW, raw, sizeof raw, 36, 0);
    expect_answer(LINK_RAW, control, sizeof control, DECAPSULATED_NOT_IP);
    expect_plain(version, sizeof version);
}

static void test_gtp(void **state)
{
    static const uint8_t plain[] = {OUTER(2152, 38), 0x30, 255, 0, 30, 0, 0, 0, 1, IPV4_UDP};
    static const uint8_t numbered[] = {OUTER(2152, 42), 0x32, 255, 0, 34, 0, 0, 0, 2, 0, 1, 0, 0,
                                       IPV4_UDP};
    static const uint8_t extended[] = {
        OUTER(2152, 50), 0x34, 255, 0, 42, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 0, 0xc0, 1, 0, 0, 0,
        IPV4_UDP};
    static const uint8_t endless[] = {
        OUTER(2152, 50), 0x34, 255, 0, 42, 0, 0, 0, 1, 0, 0, 0, 0x85, 0, 0, 0, 0xc0, 1, 0, 0, 0,
        IPV4_UDP};
    static const uint8_t echo[] = {OUTER(2152, 12), 0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0};

    (void)state;
    expect_udp(LINK_RAW, plain, sizeof plain, 36, 0);
    expect_udp(LINK_RAW, numbered, sizeof numbered, 40, 0);
    expect_udp(LINK_RAW, extended, sizeof extended, 48, 0);
    assert_int_not_equal(tunnel_of(plain, sizeof plain), tunnel_of(numbered, sizeof numbered));
    expect_answer(LINK_RAW, endless, sizeof endless, DECAPSULATED_INVALID);
    expect_plain(echo, sizeof echo);
}

static void test_tzsp(void **state)
{
    static const uint8_t data[] = {OUTER(37008, 53), 1, 0, 0, 1, 0x0a, 1, 9, 0, 1, INNER_ETHERNET};
    static const uint8_t air[] = {OUTER(37008, 67), 1, 1, 0, 18, 1, WIFI};
    static const uint8_t strange[] = {OUTER(37008, 7), 1, 0, 0, 5, 1, 1, 2};
    static const uint8_t endless[] = {OUTER(37008, 7), 1, 0, 0, 1, 9, 5, 2};
    static const uint8_t other[] = {OUTER(37008, 7), 7, 0, 0, 1, 1, 1, 2};
    static const uint8_t answer[] = {OUTER_FROM(53, 37008, 7), 1, 0, 0, 1, 1, 1, 2};

    (void)state;
    expect_udp(LINK_RAW, data, sizeof data, 51, 0);
    assert_int_not_equal(tunnel_of(air, sizeof air), 0);
    expect_unread(LINK_RAW, strange, sizeof strange, "TZSP encapsulation 0x0005");
    expect_answer(LINK_RAW, endless, sizeof endless, DECAPSULATED_INVALID);
    expect_plain(other, sizeof other);
    expect_plain(answer, sizeof answer);
}

#define CAPWAP(flags, number, offset)                                                              \
    0, 0x10, 0x02 | (flags) >> 8, (flags)&0xff, 0, number, 0, offset

static void test_capwap(void **state)
{
    static const uint8_t air[] = {OUTER(5247, 70), CAPWAP(0x100, 0, 0), WIFI};
    static const uint8_t back[] = {OUTER_FROM(5247, 50000, 52), CAPWAP(0, 0, 0), INNER_ETHERNET};
    static const uint8_t keep_alive[] = {OUTER(5247, 10), CAPWAP(8, 0, 0), 1, 2};
    static const uint8_t secret[] = {OUTER(5247, 10), 1, 0, 0, 0, 23, 254, 253, 0, 0, 0};
    static const uint8_t other[] = {OUTER(5247, 10), 0x40, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct packet packet;

    (void)state;
    expect_udp_within(LINK_RAW, air, sizeof air, 68, &packet);
    assert_true(packet.has_macs);
    expect_udp(LINK_RAW, back, sizeof back, 50, 0);
    assert_int_equal(tunnel_of(air, sizeof air), tunnel_of(back, sizeof back));
    expect_answer(LINK_RAW, keep_alive, sizeof keep_alive, DECAPSULATED_NOT_IP);
    expect_unread(LINK_RAW, secret, sizeof secret, "CAPWAP with DTLS");
    expect_plain(other, sizeof other);
}

/* Fragments of CAPWAP's own, the last one first. */
static void test_capwap_in_pieces(void **state)
{
    static const uint8_t whole[] = {INNER_ETHERNET};
    uint8_t last[] = {OUTER(5247, 28), CAPWAP(0xc0, 5, 24), [36 + 19] = 0};
    uint8_t first[] = {OUTER(5247, 32), CAPWAP(0x80, 5, 0), [36 + 23] = 0};
    struct decapsulator *decapsulator = decapsulator_create();
    struct frame frame = frames_make(LINK_RAW, last, sizeof last, sizeof last);
    struct packet packet;

    (void)state;
    assert_non_null(decapsulator);
    memcpy(last + 36, whole + 24, 20);
    memcpy(first + 36, whole, 24);
    assert_int_equal(sizeof whole, 44);
    assert_int_equal(decapsulate(decapsulator, &frame, &packet), DECAPSULATED_FRAGMENT);
    frame.data = bytes_of(first, sizeof first);
    frame.wire_length = sizeof first;
    assert_int_equal(decapsulate(decapsulator, &frame, &packet), DECAPSULATED);
    assert_int_equal(packet.destination_port, 53);
    assert_memory_equal(packet.payload.data, "hi", 2);
    decapsulator_release(decapsulator);
}

/* A tunnel's packet in two fragments, in each of which is a fragment of what it carries:
 * what was put together first must last until what is within is whole. */
static void test_fragments_within_fragments(void **state)
{
    uint8_t inner[2][20 + 16] = {{0x45, 0,  0, 36, 0,  9, 0x20, 0, 64,   17,   0, 0,
                                  10,   0,  0, 1,  17, 0, 0,    1, 0x03, 0xe8, 0, 53,
                                  0,    24, 0, 0,  1,  2, 3,    4, 5,    6,    7, 8},
                                 {0x45, 0, 0,  28, 0, 9, 0, 2,  64, 17, 0,  0,  10, 0,
                                  0,    1, 17, 0,  0, 1, 9, 10, 11, 12, 13, 14, 15, 16}};
    static const size_t lengths[2] = {36, 28};
    struct decapsulator *decapsulator = decapsulator_create();
    struct packet packet;
    enum decapsulation answer = DECAPSULATED_INVALID;

    (void)state;
    assert_non_null(decapsulator);
    for (size_t i = 0; i < 2; i++)
        for (size_t half = 0; half < 2; half++) {
            uint8_t data[20 + 40] = {0x45,
                                     0,
                                     0,
                                     0,
                                     0,
                                     (uint8_t)(i + 1),
                                     half == 0 ? 0x20 : 0,
                                     half == 0 ? 0 : 2,
                                     64,
                                     4,
                                     0,
                                     0,
                                     192,
                                     0,
                                     2,
                                     1,
                                     192,
                                     0,
                                     2,
                                     2};
            size_t length = half == 0 ? 16 : lengths[i] - 16;
            struct frame frame = frames_make(LINK_RAW, data, 20 + length, 20 + length);

            data[3] = (uint8_t)(20 + length);
            memcpy(data + 20, inner[i] + half * 16, length);
            answer = decapsulate(decapsulator, &frame, &packet);
            assert_int_equal(answer, i == 1 && half == 1 ? DECAPSULATED : DECAPSULATED_FRAGMENT);
        }
    assert_int_equal(packet.destination_port, 53);
    assert_int_equal(packet.payload.length, 16);
    assert_int_equal(packet.payload.data[15], 16);
    (void)frames_touch(packet.network);
    decapsulator_release(decapsulator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vxlan),
        cmocka_unit_test(test_vxlan_on_other_ports),
        cmocka_unit_test(test_vxlan_with_protocol),
        cmocka_unit_test(test_geneve),
        cmocka_unit_test(test_gtp),
        cmocka_unit_test(test_tzsp),
        cmocka_unit_test(test_capwap),
        cmocka_unit_test(test_capwap_in_pieces),
        cmocka_unit_test(test_fragments_within_fragments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
