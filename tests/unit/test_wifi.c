/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/wifi.c: data frames in all four directions, joined ones, and those behind
 * radiotap, PPI, Prism and AVS; what is enciphered or no data is told so.
 */
#include "tests/support/layers.h"

enum { WIFI = 105, PRISM = 119, RADIOTAP = 127, AVS = 163, PPI = 192 };

#define AP 2, 0, 0, 0, 0, 9
#define STATION 2, 0, 0, 0, 0, 1
#define SERVER 2, 0, 0, 0, 0, 2
#define LLC_IPV4 0xaa, 0xaa, 3, 0, 0, 0, 8, 0
#define TO_AP 0x08, 0x01, 0, 0, AP, STATION, SERVER, 0, 0

static void expect_macs(const uint8_t *data, size_t length, uint8_t source, uint8_t destination)
{
    struct packet packet;

    assert_int_equal(frames_decapsulate(WIFI, data, length, &packet), DECAPSULATED);
    assert_true(packet.has_macs);
    assert_int_equal(packet.source_mac.octets[5], source);
    assert_int_equal(packet.destination_mac.octets[5], destination);
}

static void test_directions(void **state)
{
    static const uint8_t to[] = {TO_AP, LLC_IPV4, IPV4_UDP};
    static const uint8_t from[] = {0x08, 0x02, 0, 0, STATION, AP, SERVER, 0, 0, LLC_IPV4, IPV4_UDP};
    static const uint8_t neither[] = {0x08, 0, 0, 0, STATION, SERVER, AP, 0, 0, LLC_IPV4, IPV4_UDP};
    static const uint8_t both[] = {0x08,    3, 0, 0,      AP,       AP,
                                   STATION, 0, 0, SERVER, LLC_IPV4, IPV4_UDP};

    (void)state;
    expect_udp(WIFI, to, sizeof to, 32, 0);
    expect_macs(to, sizeof to, 1, 2);
    expect_udp(WIFI, from, sizeof from, 32, 0);
    expect_macs(from, sizeof from, 2, 1);
    expect_udp(WIFI, neither, sizeof neither, 32, 0);
    expect_macs(neither, sizeof neither, 2, 1);
    expect_udp(WIFI, both, sizeof both, 38, 0);
    expect_macs(both, sizeof both, 2, 1);
}

static void test_quality_of_service(void **state)
{
    static const uint8_t qos[] = {0x88, 1, 0, 0, AP,       STATION, SERVER,
                                  0,    0, 5, 0, LLC_IPV4, IPV4_UDP};
    static const uint8_t throughput[] = {0x88, 0x81, 0, 0, AP, STATION, SERVER,   0,       0,
                                         5,    0,    1, 2, 3,  4,       LLC_IPV4, IPV4_UDP};

    (void)state;
    expect_udp(WIFI, qos, sizeof qos, 34, 0);
    expect_udp(WIFI, throughput, sizeof throughput, 38, 0);
}

static void test_what_is_no_data(void **state)
{
    static const uint8_t beacon[] = {0x80, 0, 0, 0, STATION, AP, AP, 0, 0, 1, 2, 3, 4};
    static const uint8_t acknowledgment[] = {0xd4, 0, 0, 0, STATION};
    static const uint8_t nothing[] = {0x48, 1, 0, 0, AP, STATION, SERVER, 0, 0};
    static const uint8_t version[] = {0x0b, 1, 0, 0, AP, STATION, SERVER, 0, 0};

    (void)state;
    expect_answer(WIFI, beacon, sizeof beacon, DECAPSULATED_NOT_IP);
    expect_answer(WIFI, acknowledgment, sizeof acknowledgment, DECAPSULATED_NOT_IP);
    expect_answer(WIFI, nothing, sizeof nothing, DECAPSULATED_NOT_IP);
    expect_answer(WIFI, version, sizeof version, DECAPSULATED_INVALID);
}

static void test_what_is_not_read(void **state)
{
    static const uint8_t enciphered[] = {0x88, 0x41, 0, 0, AP, STATION, SERVER,
                                         0,    0,    5, 0, 1,  2,       3};
    static const uint8_t first_piece[] = {0x08, 5, 0, 0, AP, STATION, SERVER, 0, 0, LLC_IPV4, 1, 2};
    static const uint8_t last_piece[] = {0x08, 1, 0, 0, AP, STATION, SERVER, 1, 0, 1, 2, 3, 4};

    (void)state;
    expect_unread(WIFI, enciphered, sizeof enciphered, "802.11 protected");
    expect_unread(WIFI, first_piece, sizeof first_piece, "802.11 fragments");
    expect_unread(WIFI, last_piece, sizeof last_piece, "802.11 fragments");
}

static void test_bytes_turned(void **state)
{
    static const uint8_t to[] = {0x01, 0x08, 0, 0, AP, STATION, SERVER, 0, 0, LLC_IPV4, IPV4_UDP};
    static const uint8_t from[] = {0x02, 0x88, 0, 0, STATION,  AP,      SERVER,
                                   0,    0,    5, 0, LLC_IPV4, IPV4_UDP};

    (void)state;
    expect_udp(WIFI, to, sizeof to, 32, 0);
    expect_udp(WIFI, from, sizeof from, 34, 0);
}

/* Two packets in one frame, the first filled up to 4 bytes. */
static const uint8_t joined[] = {0x88,     1,      0,  0,      AP,      STATION,  SERVER,  0,
                                 0,        0x80,   0,  SERVER, STATION, 0,        38,      LLC_IPV4,
                                 IPV4_UDP, SERVER, AP, 0,      38,      LLC_IPV4, IPV4_UDP};

static void test_joined_packets(void **state)
{
    struct decapsulator *decapsulator = decapsulator_create();
    struct frame frame = frames_make(WIFI, joined, sizeof joined, sizeof joined);
    enum decapsulation answer;
    struct packet packet;

    (void)state;
    assert_non_null(decapsulator);
    assert_int_equal(decapsulate(decapsulator, &frame, &packet), DECAPSULATED);
    assert_int_equal(packet.source_mac.octets[5], 1);
    assert_int_equal(packet.destination_port, 53);
    assert_true(decapsulate_next(decapsulator, &packet, &answer));
    assert_int_equal(answer, DECAPSULATED);
    assert_int_equal(packet.source_mac.octets[5], 9);
    assert_int_equal(packet.destination_port, 53);
    assert_true(packet.identity == frame.packet);
    assert_false(decapsulate_next(decapsulator, &packet, &answer));
    /* The next frame leaves nothing of this one. */
    (void)decapsulate(decapsulator, &frame, &packet);
    frame.data.length = 40;
    (void)decapsulate(decapsulator, &frame, &packet);
    assert_false(decapsulate_next(decapsulator, &packet, &answer));
    decapsulator_release(decapsulator);
}

static void test_joined_packets_cut(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= sizeof joined; cut++) {
        struct decapsulator *decapsulator = decapsulator_create();
        uint8_t *copy = malloc(cut > 0 ? cut : 1);
        struct frame frame = frames_make(WIFI, copy, cut, sizeof joined);
        enum decapsulation answer;
        struct packet packet;
        unsigned packets = 0;

        assert_non_null(copy);
        memcpy(copy, joined, cut);
        (void)decapsulate(decapsulator, &frame, &packet);
        while (decapsulate_next(decapsulator, &packet, &answer)) {
            (void)frames_touch(packet.payload);
            assert_true(++packets < 3);
        }
        free(copy);
        decapsulator_release(decapsulator);
    }
}

static void test_radiotap(void **state)
{
    /* With a clock, flags that tell of a check at the end, and a second word of bits. */
    static const uint8_t checked[] = {0, 0, 25,   0,     3,        0,        0, 0x80, 0, 0, 0,
                                      0, 0, 0,    0,     0,        1,        2, 3,    4, 5, 6,
                                      7, 8, 0x10, TO_AP, LLC_IPV4, IPV4_UDP, 9, 9,    9, 9};
    static const uint8_t damaged[] = {0, 0, 9, 0, 2, 0, 0, 0, 0x40, TO_AP, LLC_IPV4, IPV4_UDP};
    static const uint8_t padded[] = {0,    0,    9, 0, 2, 0,  0,        0,
                                     0x20, 0x88, 1, 0, 0, AP, STATION,  SERVER,
                                     0,    0,    5, 0, 0, 0,  LLC_IPV4, IPV4_UDP};
    static const uint8_t version[] = {1, 0, 8, 0, 0, 0, 0, 0, TO_AP, LLC_IPV4, IPV4_UDP};
    struct packet packet;

    (void)state;
    assert_int_equal(frames_decapsulate(RADIOTAP, checked, sizeof checked, &packet), DECAPSULATED);
    assert_int_equal(packet.payload.length, 2);
    for (size_t cut = 0; cut <= sizeof checked; cut++)
        (void)frames_cut_once(RADIOTAP, checked, cut, sizeof checked);
    expect_answer(RADIOTAP, damaged, sizeof damaged, DECAPSULATED_NOT_IP);
    expect_udp(RADIOTAP, padded, sizeof padded, 45, 0);
    expect_answer(RADIOTAP, version, sizeof version, DECAPSULATED_INVALID);
}

static void test_other_headers(void **state)
{
    static const uint8_t ppi[] = {0, 0, 8, 0, 105, 0, 0, 0, TO_AP, LLC_IPV4, IPV4_UDP};
    static const uint8_t strange[] = {0, 0, 8, 0, 107, 0, 0, 0, 1, 2};
    static const uint8_t avs[] = {0x80, 0x21, 0x10, 2, 0, 0, 0,     24,       0,
                                  0,    0,    0,    0, 0, 0, 0,     0,        0,
                                  0,    0,    0,    0, 0, 0, TO_AP, LLC_IPV4, IPV4_UDP};
    static const uint8_t prism[] = {0x44, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0,     0,        0,       0,
                                    0,    0, 0, 0, 0,  0, 0, 0, 0, 0, TO_AP, LLC_IPV4, IPV4_UDP};

    (void)state;
    expect_udp(PPI, ppi, sizeof ppi, 40, 0);
    expect_unread(PPI, strange, sizeof strange, "link type 0x006b");
    expect_udp(AVS, avs, sizeof avs, 56, 0);
    expect_udp(PRISM, avs, sizeof avs, 56, 0);
    expect_udp(PRISM, prism, sizeof prism, 56, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directions),         cmocka_unit_test(test_quality_of_service),
        cmocka_unit_test(test_what_is_no_data),    cmocka_unit_test(test_what_is_not_read),
        cmocka_unit_test(test_bytes_turned),       cmocka_unit_test(test_joined_packets),
        cmocka_unit_test(test_joined_packets_cut), cmocka_unit_test(test_radiotap),
        cmocka_unit_test(test_other_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
