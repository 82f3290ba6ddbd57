/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/transport.c: TCP, UDP and ICMP headers, what the snapshot length leaves
 * of them, and the packets that ICMP errors quote.
 */
#include "tests/support/frames.h"

#define IPV4(total, protocol)                                                                      \
    0x45, 0, 0, total, 0, 1, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 17, 0, 0, 1
#define ADDRESSES6                                                                                 \
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x26, 0x20, 0x01, 0x49, 0, 0, 0,   \
        0, 0, 0, 0, 0, 0, 0, 0, 2
#define TCP_START 0xc0, 0x01, 0x14, 0x67, 0xfe, 0xdc, 0xba, 0x98
#define TCP_END(offset) 0, 0, 0, 5, offset, 0x18, 0x12, 0x34, 0, 0, 0, 0

static void expect_invalid(const uint8_t *data, size_t length)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(LINK_RAW, data, length, &packet), DECAPSULATED_INVALID);
    for (size_t cut = 0; cut < length; cut++)
        assert_int_not_equal(frames_cut_once(LINK_RAW, data, cut, length), DECAPSULATED);
}

static void test_tcp(void **state)
{
    static const uint8_t data[] = {
        IPV4(54, 6), TCP_START, TCP_END(0x80), 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 'h', 'i'};
    struct packet packet;

    (void)state;
    assert_int_equal(frames_decapsulate(LINK_RAW, data, sizeof data, &packet), DECAPSULATED);
    assert_int_equal(packet.transport, TRANSPORT_TCP);
    assert_int_equal(packet.source_port, 0xc001);
    assert_int_equal(packet.destination_port, 5223);
    assert_int_equal(packet.sequence, 0xfedcba98);
    assert_int_equal(packet.acknowledgment, 5);
    assert_int_equal(packet.tcp_flags, TCP_PSH | TCP_ACK);
    assert_int_equal(packet.window, 0x1234);
    assert_int_equal(packet.tcp_options.length, 12);
    assert_int_equal(packet.tcp_options.data[2], 8);
    assert_int_equal(packet.payload.length, 2);
    assert_memory_equal(packet.payload.data, "hi", 2);
    assert_int_equal(packet.payload_length, 2);
    frames_cut_everywhere(LINK_RAW, data, sizeof data, 40);
}

static void test_tcp_options_cut_by_the_snapshot_length(void **state)
{
    static const uint8_t data[] = {IPV4(54, 6), TCP_START, TCP_END(0x80), 1, 1, 8};
    struct frame frame = frames_make(LINK_RAW, data, sizeof data, 54);
    struct decapsulator *decapsulator = decapsulator_create();
    struct packet packet;

    (void)state;
    assert_int_equal(decapsulate(decapsulator, &frame, &packet), DECAPSULATED);
    assert_int_equal(packet.source_port, 0xc001);
    assert_int_equal(packet.tcp_options.length, 3);
    assert_int_equal(packet.payload.length, 0);
    assert_int_equal(packet.payload_length, 2);
    assert_true(packet.truncated);
    decapsulator_release(decapsulator);
}

static void test_tcp_contradictions(void **state)
{
    static const uint8_t offset_too_small[] = {IPV4(40, 6), TCP_START, TCP_END(0x40)};
    static const uint8_t offset_too_large[] = {IPV4(41, 6), TCP_START, TCP_END(0x60), 1};

    (void)state;
    expect_invalid(offset_too_small, sizeof offset_too_small);
    expect_invalid(offset_too_large, sizeof offset_too_large);
}

static void test_udp(void **state)
{
    /* The shorter of the two lengths counts. */
    static const uint8_t data[] = {IPV4(32, 17), 0, 53, 0xc0, 1, 0, 10, 0, 0, 'h', 'i', 0, 0};
    static const uint8_t empty[] = {IPV4(28, 17), 0, 53, 0xc0, 1, 0, 8, 0, 0};
    static const uint8_t too_long[] = {IPV4(30, 17), 0, 53, 0xc0, 1, 0, 11, 0, 0, 'h', 'i'};
    static const uint8_t too_short[] = {IPV4(30, 17), 0, 53, 0xc0, 1, 0, 7, 0, 0, 'h', 'i'};
    struct packet packet;

    (void)state;
    assert_int_equal(frames_decapsulate(LINK_RAW, data, sizeof data, &packet), DECAPSULATED);
    assert_int_equal(packet.source_port, 53);
    assert_int_equal(packet.destination_port, 0xc001);
    assert_int_equal(packet.payload.length, 2);
    assert_int_equal(packet.payload_length, 2);
    frames_cut_everywhere(LINK_RAW, data, sizeof data, 28);
    assert_int_equal(frames_decapsulate(LINK_RAW, empty, sizeof empty, &packet), DECAPSULATED);
    assert_int_equal(packet.payload_length, 0);
    expect_invalid(too_long, 30);
    expect_invalid(too_short, sizeof too_short);
}

static void test_icmp(void **state)
{
    static const uint8_t echo[] = {IPV4(29, 1), 8, 0, 0, 0, 0, 1, 0, 2, 'x'};
    struct packet packet, quoted;

    (void)state;
    assert_int_equal(frames_decapsulate(LINK_RAW, echo, sizeof echo, &packet), DECAPSULATED);
    assert_int_equal(packet.transport, TRANSPORT_ICMP);
    assert_int_equal(packet.icmp_type, 8);
    assert_int_equal(packet.icmp_code, 0);
    assert_int_equal(packet.source_port, 0);
    assert_int_equal(packet.payload.length, 5);
    assert_int_equal(packet.payload.data[1], 1);
    assert_false(decapsulate_quoted(&packet, &quoted));
    frames_cut_everywhere(LINK_RAW, echo, sizeof echo, 24);
}

static void test_other_transports(void **state)
{
    static const uint8_t igmp[] = {IPV4(28, 2), 0x16, 0, 0, 0, 224, 0, 0, 251};
    struct packet packet;

    (void)state;
    assert_int_equal(frames_decapsulate(LINK_RAW, igmp, sizeof igmp, &packet), DECAPSULATED);
    assert_int_equal(packet.transport, 2);
    assert_int_equal(packet.source_port, 0);
    assert_int_equal(packet.payload.length, 8);
    frames_cut_everywhere(LINK_RAW, igmp, sizeof igmp, 20);
}

static bool quote(const uint8_t *data, size_t length, struct packet *quoted)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(LINK_RAW, data, length, &packet), DECAPSULATED);
    return decapsulate_quoted(&packet, quoted);
}

static void test_quoted_tcp(void **state)
{
    /* The error's sender had written the quote's length in its own byte order. */
    static const uint8_t data[] = {IPV4(56, 1), 3,  13, 0, 0, 0,    0, 0,  0, 0x45,
                                   0,           60, 0,  0, 1, 0x40, 0, 63, 6, 0,
                                   0,           10, 0,  0, 9, 17,   0, 0,  5, TCP_START};
    struct packet quoted;
    char text[ADDRESS_TEXT_SIZE];

    (void)state;
    assert_true(quote(data, sizeof data, &quoted));
    assert_string_equal(address_print(&quoted.source, text), "10.0.0.9");
    assert_string_equal(address_print(&quoted.destination, text), "17.0.0.5");
    assert_int_equal(quoted.transport, TRANSPORT_TCP);
    assert_int_equal(quoted.source_port, 0xc001);
    assert_int_equal(quoted.destination_port, 5223);
    assert_int_equal(quoted.sequence, 0xfedcba98);
    assert_int_equal(quoted.identity, packet_identity(1, 1));
    frames_cut_everywhere(LINK_RAW, data, sizeof data, 24);
}

static void test_quoted_too_little(void **state)
{
    static const uint8_t data[] = {IPV4(56, 1), 3,  13, 0, 0, 0,    0, 0,  0, 0x45,
                                   0,           0,  60, 0, 1, 0x40, 0, 63, 6, 0,
                                   0,           10, 0,  0, 9, 17,   0, 0,  5, TCP_START};
    struct packet quoted;

    (void)state;
    for (size_t cut = 24; cut <= sizeof data; cut++) {
        uint8_t *copy = malloc(cut);
        struct frame frame = frames_make(LINK_RAW, copy, cut, sizeof data);
        struct decapsulator *decapsulator = decapsulator_create();
        struct packet packet;

        assert_non_null(copy);
        memcpy(copy, data, cut);
        assert_int_equal(decapsulate(decapsulator, &frame, &packet), DECAPSULATED);
        assert_int_equal(decapsulate_quoted(&packet, &quoted), cut == sizeof data);
        decapsulator_release(decapsulator);
        free(copy);
    }
}

static void test_quoted_udp_in_icmpv6(void **state)
{
    static const uint8_t data[] = {
        0x60, 0, 0,    0,    0, 72,  58, 64, ADDRESSES6, 1,   4,   0,   0, 0, 0, 0, 0, /* no port */
        0x60, 0, 0,    0,    0, 100, 60, 60, ADDRESSES6, 17,  0,   1,   4, 0, 0, 0, 0, /* options */
        0xc0, 1, 0x01, 0xbb, 0, 92,  0,  0,  'q',        'u', 'i', 'c', 0, 0, 0, 0};
    uint8_t other[sizeof data];
    struct packet quoted;

    (void)state;
    memcpy(other, data, sizeof data);
    other[40] = 127;
    assert_true(quote(other, sizeof other, &quoted));
    other[40] = 128;
    assert_false(quote(other, sizeof other, &quoted));
    assert_true(quote(data, sizeof data, &quoted));
    assert_int_equal(quoted.transport, TRANSPORT_UDP);
    assert_int_equal(quoted.source_port, 0xc001);
    assert_int_equal(quoted.destination_port, 443);
    frames_cut_everywhere(LINK_RAW, data, sizeof data, 44);
}

static void test_quoted_fragments_and_nonsense(void **state)
{
    static const uint8_t later[] = {IPV4(56, 1), 11, 1,  0, 0, 0,    0, 0,  0, 0x45,
                                    0,           0,  60, 0, 1, 0x20, 9, 63, 6, 0,
                                    0,           10, 0,  0, 9, 17,   0, 0,  5, TCP_START};
    static const uint8_t first[] = {IPV4(56, 1), 11, 1,  0, 0, 0,    0, 0,  0, 0x45,
                                    0,           0,  60, 0, 1, 0x20, 0, 63, 6, 0,
                                    0,           10, 0,  0, 9, 17,   0, 0,  5, TCP_START};
    static const uint8_t nonsense[] = {IPV4(32, 1), 3, 1, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0};
    struct packet quoted;

    (void)state;
    assert_false(quote(later, sizeof later, &quoted));
    assert_true(quote(first, sizeof first, &quoted));
    assert_int_equal(quoted.destination_port, 5223);
    assert_false(quote(nonsense, sizeof nonsense, &quoted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_tcp_options_cut_by_the_snapshot_length),
        cmocka_unit_test(test_tcp_contradictions),
        cmocka_unit_test(test_udp),
        cmocka_unit_test(test_icmp),
        cmocka_unit_test(test_other_transports),
        cmocka_unit_test(test_quoted_tcp),
        cmocka_unit_test(test_quoted_too_little),
        cmocka_unit_test(test_quoted_udp_in_icmpv6),
        cmocka_unit_test(test_quoted_fragments_and_nonsense),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
