/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/decapsulate.c: the table of layers and the loop: which link types are
 * known, how deep layers may nest, and that no frame at all can do harm.
 */
#include "tests/support/frames.h"

static void test_link_types(void **state)
{
    static const int known[] = {0,   1,   9,   12,  14,  50,  51,  101, 104, 105, 108, 109, 113,
                                117, 119, 127, 138, 149, 163, 166, 192, 228, 229, 239, 258, 276};
    /* 6, 17, 47 and 0x8847 are numbers of other layers. */
    static const int unknown[] = {-1, 6, 17, 47, 107, 0x0800, 0x8847, 65535, 0x10001};

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_true(decapsulate_knows_link_type(known[i]));
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        struct packet packet;

        assert_false(decapsulate_knows_link_type(unknown[i]));
        assert_int_equal(frames_decapsulate(unknown[i], (const uint8_t *)"", 0, &packet),
                         DECAPSULATED_NOT_IP);
    }
}

/* Ethernet, `tags` VLAN tags, IPv4 and UDP. */
static enum decapsulation decapsulate_tagged(size_t tags, struct packet *packet)
{
    static const uint8_t udp[] = {0x45, 0, 0,  28, 0, 1, 0,    0,    64, 17, 0,    0, 10, 0,
                                  0,    1, 17, 0,  0, 1, 0xc0, 0x01, 0,  53, 0x00, 8, 0,  0};
    uint8_t data[256] = {0};
    size_t length = 12;

    for (size_t i = 0; i < tags; i++) {
        memcpy(data + length, "\x81\x00\x00", 3);
        data[length + 3] = (uint8_t)(i + 1);
        length += 4;
    }
    memcpy(data + length, "\x08\x00", 2);
    memcpy(data + length + 2, udp, sizeof udp);
    return frames_decapsulate(LINK_ETHERNET, data, length + 2 + sizeof udp, packet);
}

static void test_limit_of_layers(void **state)
{
    struct packet packet;

    (void)state;
    assert_int_equal(decapsulate_tagged(0, &packet), DECAPSULATED);
    assert_int_equal(packet.vlan, 0);
    /* With Ethernet, IPv4 and UDP these are 16 layers, which is the limit. */
    assert_int_equal(decapsulate_tagged(13, &packet), DECAPSULATED);
    assert_int_equal(packet.vlan, 13);
    assert_int_equal(packet.destination_port, 53);
    assert_int_equal(decapsulate_tagged(14, &packet), DECAPSULATED_INVALID);
    assert_int_equal(decapsulate_tagged(40, &packet), DECAPSULATED_INVALID);
}

static void test_nothing_of_the_last_packet_stays(void **state)
{
    struct packet packet;

    (void)state;
    memset(&packet, 0xff, sizeof packet);
    assert_int_equal(decapsulate_tagged(0, &packet), DECAPSULATED);
    assert_int_equal(packet.tcp_flags, 0);
    assert_int_equal(packet.sequence, 0);
    assert_int_equal(packet.icmp_type, 0);
    assert_int_equal(packet.tcp_options.length, 0);
    assert_false(packet.reassembled);
    assert_false(packet.truncated);
}

/* The same numbers in every run. */
static uint32_t next_random(uint32_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 17;
    *random ^= *random << 5;
    return *random;
}

static void test_random_frames(void **state)
{
    static const int link_types[] = {0,   1,   9,   12,  14,  50,  51,  101, 104,
                                     105, 108, 109, 113, 117, 119, 127, 138, 149,
                                     163, 166, 192, 228, 229, 239, 258, 276};
    /* What leads deeper than chance does. */
    static const struct {
        int link_type;
        size_t length;
        uint8_t octets[40];
    } beginnings[] = {
        {LINK_ETHERNET, 15, {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45}},
        {LINK_ETHERNET, 15, {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60}},
        {LINK_RAW, 10, {0x46, 0, 0, 100, 0, 1, 0, 0, 64, 6}},
        {LINK_RAW, 21, {0x45, 0, 0, 0, 0, 1, 0, 0, 64, 1, [20] = 3}},
        {LINK_RAW, 8, {0x46, 0, 0, 100, 0, 1, 0x20, 0}},
        {LINK_RAW, 7, {0x60, 0, 0, 0, 0, 100, 44}},
        {LINK_RAW, 24, {0x45, 0, 0, 0, 0, 1, 0, 0, 64, 47, [20] = 0x30, 0, 8, 0}},
        {LINK_RAW, 24, {0x45, 0, 0, 0, 0, 1, 0, 0, 64, 4, [20] = 0x45, 0, 0, 99}},
        {LINK_RAW, 36, {0x45, 0, 0,  0, 0, 1, 0, 0, 64, 17, [20] = 99, 0, 0x12,
                        0xb5, 0, 60, 0, 0, 8, 0, 0, 0,  0,  0,         7, 0}},
        {LINK_RAW, 36, {0x45, 0, 0,  0, 0, 1, 0,    0, 64, 17, [20] = 99, 0, 0x14,
                        0x7f, 0, 60, 0, 0, 0, 0x10, 3, 0,  0,  0,         0, 0}},
        {LINK_RAW, 32, {0x45, 0,    0,    0, 0,  1, 0, 0,    64,  17, [20] = 99,
                        0,    0x08, 0x68, 0, 60, 0, 0, 0x34, 255, 0,  40}},
        {LINK_RAW, 32, {0x45, 0,    0,    0, 0,  1, 0, 0, 64, 17, [20] = 99,
                        0,    0x90, 0x90, 0, 60, 0, 0, 1, 0,  0,  18}},
        {105, 2, {0x88, 1}},
        {127, 8, {0, 0, 8, 0, 0, 0, 0, 0}},
        {LINK_ETHERNET, 18, {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0x47, 0, 0, 1, 0}}};
    struct decapsulator *decapsulator = decapsulator_create();
    uint32_t random = 2463534242u;
    unsigned sound = 0;

    (void)state;
    assert_non_null(decapsulator);
    for (unsigned round = 0; round < 60000; round++) {
        size_t length = next_random(&random) % 160;
        uint8_t *data = malloc(length > 0 ? length : 1);
        int link_type = link_types[next_random(&random) % 26];
        size_t wire_length = length + next_random(&random) % 3 * 100;
        struct frame frame = frames_make(link_type, data, length, wire_length);
        struct packet packet, quoted;
        enum decapsulation answer;

        assert_non_null(data);
        for (size_t i = 0; i < length; i++)
            data[i] = (uint8_t)next_random(&random);
        if (length >= sizeof beginnings[0].octets && round % 16 < 15) {
            memcpy(data, beginnings[round % 16].octets, beginnings[round % 16].length);
            frame.link_type = beginnings[round % 16].link_type;
        }
        if (decapsulate(decapsulator, &frame, &packet) == DECAPSULATED) {
            sound++;
            assert_true(packet.payload.length <= packet.payload_length);
            (void)frames_touch(packet.network);
            (void)frames_touch(packet.payload);
            (void)decapsulate_quoted(&packet, &quoted);
        }
        while (decapsulate_next(decapsulator, &packet, &answer))
            if (answer == DECAPSULATED)
                (void)frames_touch(packet.payload);
        free(data);
    }
    assert_true(sound > 1000);
    decapsulator_release(decapsulator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link_types),
        cmocka_unit_test(test_limit_of_layers),
        cmocka_unit_test(test_nothing_of_the_last_packet_stays),
        cmocka_unit_test(test_random_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
