/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/ip.c: addresses, lengths, options, extension headers and fragments of
 * IPv4 and IPv6, on raw IP frames.
 */
#include "tests/support/frames.h"

#define UDP_HI 0x03, 0xe8, 0, 53, 0, 10, 0, 0, 'h', 'i'
#define ADDRESSES4 10, 0, 0, 1, 17, 0, 0, 1
#define ADDRESSES6                                                                                 \
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x26, 0x20, 0x01, 0x49, 0, 0, 0,   \
        0, 0, 0, 0, 0, 0, 0, 0, 2

static void expect_hi(const uint8_t *data, size_t length, size_t needed)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(LINK_RAW, data, length, &packet), DECAPSULATED);
    assert_int_equal(packet.transport, TRANSPORT_UDP);
    assert_int_equal(packet.source_port, 1000);
    assert_int_equal(packet.payload.length, 2);
    assert_memory_equal(packet.payload.data, "hi", 2);
    assert_int_equal(packet.payload_length, 2);
    frames_cut_everywhere(LINK_RAW, data, length, needed);
}

static void expect_answer(const uint8_t *data, size_t length, enum decapsulation expected)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(LINK_RAW, data, length, &packet), expected);
    for (size_t cut = 0; cut < length; cut++)
        assert_int_not_equal(frames_cut_once(LINK_RAW, data, cut, length), DECAPSULATED);
}

static void test_ipv4(void **state)
{
    static const uint8_t data[] = {0x45, 0x2b, 0,  30, 0xab, 0xcd,       0x40,
                                   0,    63,   17, 0,  0,    ADDRESSES4, UDP_HI};
    struct packet packet;
    char text[ADDRESS_TEXT_SIZE];

    (void)state;
    expect_hi(data, sizeof data, 28);
    assert_int_equal(frames_decapsulate(LINK_RAW, data, sizeof data, &packet), DECAPSULATED);
    assert_string_equal(address_print(&packet.source, text), "10.0.0.1");
    assert_string_equal(address_print(&packet.destination, text), "17.0.0.1");
    assert_int_equal(packet.ttl, 63);
    assert_int_equal(packet.ip_identification, 0xabcd);
    assert_int_equal(packet.dscp, 10);
    assert_int_equal(packet.identity, packet_identity(1, 1));
    assert_int_equal(packet.time, NANOSECONDS_PER_SECOND);
    assert_false(packet.truncated);
    assert_false(packet.reassembled);
}

static void test_ipv4_options(void **state)
{
    static const uint8_t data[] = {0x47, 0,          0, 38, 0, 1, 0, 0, 64, 17, 0,
                                   0,    ADDRESSES4, 1, 1,  1, 1, 1, 1, 1,  0,  UDP_HI};

    (void)state;
    expect_hi(data, sizeof data, 36);
}

static void test_ipv4_padding_is_cut_off(void **state)
{
    static const uint8_t data[] = {0x45, 0,          0,      30, 0, 1, 0, 0, 64, 17, 0,
                                   0,    ADDRESSES4, UDP_HI, 0,  0, 0, 0, 0, 0,  0,  0};
    struct packet packet;
    struct frame frame = frames_make(LINK_RAW, data, 30, sizeof data);
    struct decapsulator *decapsulator = decapsulator_create();

    (void)state;
    expect_hi(data, sizeof data, 28);
    /* A snapshot length that cuts padding alone has cut nothing. */
    assert_int_equal(decapsulate(decapsulator, &frame, &packet), DECAPSULATED);
    assert_int_equal(packet.network.length, 30);
    assert_false(packet.truncated);
    frame.data.length = 29;
    assert_int_equal(decapsulate(decapsulator, &frame, &packet), DECAPSULATED);
    assert_true(packet.truncated);
    assert_int_equal(packet.payload.length, 1);
    assert_int_equal(packet.payload_length, 2);
    decapsulator_release(decapsulator);
}

static void test_ipv4_segmentation_offload(void **state)
{
    static const uint8_t data[] = {
        0x45, 0, 0, 0, 0, 1, 0x40, 0,    64,   6, 0, 0, ADDRESSES4, 0xc0, 0,   1,   0xbb, 0,  0,
        0,    1, 0, 0, 0, 2, 0x50, 0x18, 0x10, 0, 0, 0, 0,          0,    'd', 'a', 't',  'a'};
    struct packet packet;
    struct frame frame = frames_make(LINK_RAW, data, sizeof data - 1, 3000);
    struct decapsulator *decapsulator = decapsulator_create();

    (void)state;
    assert_int_equal(frames_decapsulate(LINK_RAW, data, sizeof data, &packet), DECAPSULATED);
    assert_int_equal(packet.payload.length, 4);
    assert_int_equal(packet.payload_length, 4);
    assert_int_equal(decapsulate(decapsulator, &frame, &packet), DECAPSULATED);
    assert_int_equal(packet.payload.length, 3);
    assert_int_equal(packet.payload_length, 3000 - 40);
    assert_true(packet.truncated);
    decapsulator_release(decapsulator);
}

static void test_ipv4_contradictions(void **state)
{
    static const uint8_t header_too_short[] = {0x44, 0,  0,  30, 0, 1,          0,
                                               0,    64, 17, 0,  0, ADDRESSES4, UDP_HI};
    static const uint8_t total_too_short[] = {0x46, 0, 0, 20,         0, 1, 0, 0, 64,
                                              17,   0, 0, ADDRESSES4, 1, 1, 1, 0, UDP_HI};
    static const uint8_t no_room_for_udp[] = {0x45, 0,  0,  27, 0, 1,          0,
                                              0,    64, 17, 0,  0, ADDRESSES4, UDP_HI};

    (void)state;
    expect_answer(header_too_short, sizeof header_too_short, DECAPSULATED_INVALID);
    expect_answer(total_too_short, sizeof total_too_short, DECAPSULATED_INVALID);
    expect_answer(no_room_for_udp, sizeof no_room_for_udp, DECAPSULATED_INVALID);
}

static void test_ipv6(void **state)
{
    static const uint8_t data[] = {0x6b, 0x81, 0, 0, 0, 10, 17, 61, ADDRESSES6, UDP_HI};
    static const uint8_t padded[] = {0x60, 0, 0, 0, 0, 10, 17, 61, ADDRESSES6, UDP_HI, 0, 0, 0};
    static const uint8_t offload[] = {0x60, 0, 0, 0, 0, 0, 17, 61, ADDRESSES6, UDP_HI};
    struct packet packet;
    char text[ADDRESS_TEXT_SIZE];

    (void)state;
    expect_hi(data, sizeof data, 48);
    expect_hi(padded, sizeof padded, 48);
    expect_hi(offload, sizeof offload, 48);
    assert_int_equal(frames_decapsulate(LINK_RAW, data, sizeof data, &packet), DECAPSULATED);
    assert_string_equal(address_print(&packet.source, text), "2001:db8::1");
    assert_string_equal(address_print(&packet.destination, text), "2620:149::2");
    assert_int_equal(packet.ttl, 61);
    assert_int_equal(packet.ip_identification, 0);
    assert_int_equal(packet.dscp, 46); /* traffic class 0xb8 */
}

static void test_ipv6_extension_headers(void **state)
{
    static const uint8_t data[] = {
        0x60,  0, 0, 0, 0, 74, 0, 64, ADDRESSES6, 43, 0, 5, 2,  0, 0, 1, 0, /* hop-by-hop options */
        60,    1, 4, 0, 0, 0,  0, 0,  0,          0,  0, 0, 0,  0, 0, 0, /* routing */
        51,    0, 1, 4, 0, 0,  0, 0, /* destination options */
        44,    4, 0, 0, 0, 0,  0, 1,  0,          0,  0, 1, /* authentication */
        1,     2, 3, 4, 5, 6,  7, 8,  9,          0,  1, 2, 17, 0, 0, 0, 0,
        0,     0, 7, /* fragment, in one piece */
        UDP_HI};
    static const uint8_t none[] = {0x60, 0, 0, 0, 0, 0, 59, 64, ADDRESSES6};
    struct packet packet;

    (void)state;
    expect_hi(data, sizeof data, sizeof data - 2);
    assert_int_equal(frames_decapsulate(LINK_RAW, none, sizeof none, &packet), DECAPSULATED);
    assert_int_equal(packet.transport, 59);
    assert_int_equal(packet.payload_length, 0);
}

static void test_ipv6_contradictions(void **state)
{
    static const uint8_t jumbo[] = {0x60, 0, 0,    0, 0, 0, 0,    64, ADDRESSES6,
                                    17,   0, 0xc2, 4, 0, 1, 0x11, 0,  UDP_HI};
    static const uint8_t beyond[] = {0x60, 0, 0, 0, 0, 18, 60, 64, ADDRESSES6,
                                     17,   2, 1, 4, 0, 0,  0,  0,  UDP_HI};
    uint8_t endless[40 + 8 * 30] = {0x60, 0, 0, 0, 0, 240, 60, 64, ADDRESSES6};

    (void)state;
    for (size_t at = 40; at < sizeof endless; at += 8)
        endless[at] = 60;
    expect_answer(jumbo, sizeof jumbo, DECAPSULATED_INVALID);
    expect_answer(beyond, sizeof beyond, DECAPSULATED_INVALID);
    expect_answer(endless, sizeof endless, DECAPSULATED_INVALID);
}

static void test_extension_numbers_mean_nothing_in_ipv4(void **state)
{
    static const uint8_t protocols[] = {0, 43, 44, 60};

    (void)state;
    for (size_t i = 0; i < sizeof protocols; i++) {
        const uint8_t data[] = {0x45,         0, 0, 30,         0,     1, 0, 0, 64,
                                protocols[i], 0, 0, ADDRESSES4, UDP_HI};
        struct packet packet;

        assert_int_equal(frames_decapsulate(LINK_RAW, data, sizeof data, &packet), DECAPSULATED);
        assert_int_equal(packet.transport, protocols[i]);
        assert_int_equal(packet.payload_length, 10);
    }
}

static void test_ipv4_fragments(void **state)
{
    static const uint8_t first[] = {0x45, 0,          0,    28,   0, 9,  0x20, 0,  64, 17, 0,
                                    0,    ADDRESSES4, 0x03, 0xe8, 0, 53, 0,    10, 0,  0};
    static const uint8_t last[] = {0x45, 0, 0, 22,         0,   9,   0, 1, 60,
                                   17,   0, 0, ADDRESSES4, 'h', 'i', 0, 0, 0};
    struct frame frames[] = {frames_make(LINK_RAW, first, sizeof first, sizeof first),
                             frames_make(LINK_RAW, last, sizeof last, sizeof last)};
    struct decapsulator *decapsulator = decapsulator_create();
    struct packet packet;

    (void)state;
    for (size_t order = 0; order < 2; order++) {
        assert_int_equal(decapsulate(decapsulator, &frames[order], &packet), DECAPSULATED_FRAGMENT);
        assert_int_equal(decapsulate(decapsulator, &frames[1 - order], &packet), DECAPSULATED);
        assert_true(packet.reassembled);
        assert_int_equal(packet.source_port, 1000);
        assert_int_equal(packet.payload.length, 2);
        assert_memory_equal(packet.payload.data, "hi", 2);
    }
    assert_int_equal(decapsulator_fragments_dropped(decapsulator), 0);
    for (size_t cut = 0; cut < sizeof first; cut++)
        assert_int_equal(frames_cut_once(LINK_RAW, first, cut, sizeof first),
                         DECAPSULATED_TRUNCATED);
    decapsulator_release(decapsulator);
}

static void test_ipv6_fragments(void **state)
{
    /* Destination options travel in the fragmented part. */
    static const uint8_t first[] = {0x60, 0, 0, 0,    0,    24, 44, 64, ADDRESSES6, 60, 0,
                                    0,    1, 1, 2,    3,    4,  17, 0,  1,          4,  0,
                                    0,    0, 0, 0x03, 0xe8, 0,  53, 0,  10,         0,  0};
    /* Only the first fragment's next header counts. */
    static const uint8_t last[] = {0x60, 0, 0,  0, 0, 10, 44, 64,  ADDRESSES6, 6,
                                   0,    0, 16, 1, 2, 3,  4,  'h', 'i'};
    struct frame frames[] = {frames_make(LINK_RAW, first, sizeof first, sizeof first),
                             frames_make(LINK_RAW, last, sizeof last, sizeof last)};
    struct decapsulator *decapsulator = decapsulator_create();
    struct packet packet;

    (void)state;
    for (size_t order = 0; order < 2; order++) {
        assert_int_equal(decapsulate(decapsulator, &frames[order], &packet), DECAPSULATED_FRAGMENT);
        assert_int_equal(decapsulate(decapsulator, &frames[1 - order], &packet), DECAPSULATED);
        assert_true(packet.reassembled);
        assert_int_equal(packet.transport, TRANSPORT_UDP);
        assert_int_equal(packet.source_port, 1000);
        assert_memory_equal(packet.payload.data, "hi", 2);
    }
    for (size_t cut = 0; cut < sizeof first; cut++)
        assert_int_equal(frames_cut_once(LINK_RAW, first, cut, sizeof first),
                         DECAPSULATED_TRUNCATED);
    decapsulator_release(decapsulator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ipv4),
        cmocka_unit_test(test_ipv4_options),
        cmocka_unit_test(test_ipv4_padding_is_cut_off),
        cmocka_unit_test(test_ipv4_segmentation_offload),
        cmocka_unit_test(test_ipv4_contradictions),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_ipv6_extension_headers),
        cmocka_unit_test(test_ipv6_contradictions),
        cmocka_unit_test(test_extension_numbers_mean_nothing_in_ipv4),
        cmocka_unit_test(test_ipv4_fragments),
        cmocka_unit_test(test_ipv6_fragments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
