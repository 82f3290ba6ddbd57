/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/quic_packet.c find the packets of a datagram, and nothing where
 * there is none?
 */
#include "tests/support/quic_packets.h"

#include <stdlib.h>

static struct bytes sample(const uint8_t *bytes, size_t length)
{
    return bytes_of(bytes, length);
}

#define SAMPLE(name) sample(name, sizeof name)

static void test_numbers(void **state)
{
    (void)state;
    /* RFC 9000 appendix A.1. */
    static const uint8_t samples[] = {0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c, 0x9d,
                                      0x7f, 0x3e, 0x7d, 0x7b, 0xbd, 0x25, 0x40, 0x25};
    static const uint64_t expected[] = {UINT64_C(151288809941952652), 494878333, 15293, 37, 37};
    struct bytes rest = SAMPLE(samples), more = rest;
    uint64_t value;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(quic_read_number(&more, &value));
        assert_int_equal(value, expected[i]);
    }
    assert_false(quic_read_number(&more, &value));
    for (size_t length = 0; length < 8; length++) {
        more = bytes_first(rest, length);
        assert_false(quic_read_number(&more, &value));
        assert_int_equal(more.length, length);
    }
}

static void test_kinds_of_both_versions(void **state)
{
    (void)state;
    static const uint8_t header[] = {0, 0, 0, 0, 0, 1, 0xaa, 1, 0xbb, 0, 1, 0x77};
    static const enum quic_kind kinds[] = {QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE};
    uint8_t packet[sizeof header];
    for (unsigned i = 0; i < 3; i++) {
        for (int second = 0; second < 2; second++) {
            struct quic_packet read;
            uint32_t version = second ? QUIC_VERSION_2 : QUIC_VERSION_1;
            memcpy(packet, header, sizeof packet);
            packet[0] = (uint8_t)(0xc0 | ((i + (unsigned)second) & 3) << 4);
            for (int byte = 0; byte < 4; byte++)
                packet[1 + byte] = (uint8_t)(version >> (24 - 8 * byte));
            /* Of the others the zero is the length, and a byte is left over. */
            struct bytes rest = SAMPLE(packet);
            assert_true(quic_packet_read(&rest, &read));
            assert_int_equal(read.kind, kinds[i]);
            assert_int_equal(read.version, version);
            assert_int_equal(read.destination.data[0], 0xaa);
            assert_int_equal(read.source.data[0], 0xbb);
            assert_int_equal(rest.length, i == 0 ? 0 : 2);
        }
    }
}

static void test_samples(void **state)
{
    (void)state;
    struct quic_packet packet;
    struct bytes rest = SAMPLE(quic_sample_v1_client);
    assert_true(quic_packet_read(&rest, &packet));
    assert_int_equal(packet.kind, QUIC_INITIAL);
    assert_int_equal(packet.version, QUIC_VERSION_1);
    assert_int_equal(packet.destination.length, 8);
    assert_int_equal(packet.source.length, 0);
    assert_int_equal(packet.number_offset, QUIC_SAMPLE_NUMBER_OFFSET);
    assert_int_equal(packet.whole.length, QUIC_SAMPLE_CLIENT_SIZE);
    assert_false(quic_packet_read(&rest, &packet));
    rest = SAMPLE(quic_sample_v2_client);
    assert_true(quic_packet_read(&rest, &packet));
    assert_int_equal(packet.kind, QUIC_INITIAL);
    rest = SAMPLE(quic_sample_v1_retry);
    assert_true(quic_packet_read(&rest, &packet));
    assert_int_equal(packet.kind, QUIC_RETRY);
    assert_int_equal(packet.whole.length, sizeof quic_sample_v1_retry);
    rest = SAMPLE(quic_sample_v2_retry);
    assert_true(quic_packet_read(&rest, &packet));
    assert_int_equal(packet.kind, QUIC_RETRY);
}

static void test_coalesced(void **state)
{
    (void)state;
    uint8_t datagram[2 * sizeof quic_sample_v1_server + 10];
    size_t length = sizeof quic_sample_v1_server;
    memcpy(datagram, quic_sample_v1_server, length);
    memcpy(datagram + length, quic_sample_v2_server, length);
    memset(datagram + 2 * length, 0x41, 10);
    struct bytes rest = SAMPLE(datagram);
    struct quic_packet packet;
    assert_true(quic_packet_read(&rest, &packet));
    assert_int_equal(packet.version, QUIC_VERSION_1);
    assert_int_equal(packet.whole.length, length);
    assert_true(quic_packet_read(&rest, &packet));
    assert_int_equal(packet.version, QUIC_VERSION_2);
    assert_ptr_equal(packet.whole.data, datagram + length);
    assert_int_equal(packet.whole.length, length);
    assert_true(quic_packet_read(&rest, &packet));
    assert_int_equal(packet.kind, QUIC_ONE_RTT);
    assert_int_equal(packet.whole.length, 10);
    assert_false(quic_packet_read(&rest, &packet));
}

/* Any version may have connection IDs of 255 bytes (RFC 8999 section 5.1), the
 * known ones of 20. */
static void test_other_versions(void **state)
{
    (void)state;
    uint8_t datagram[300] = {0x80, 0x1a, 0x2a, 0x3a, 0x4a, 255};
    struct bytes rest = SAMPLE(datagram);
    struct quic_packet packet;
    assert_true(quic_packet_read(&rest, &packet));
    assert_int_equal(packet.kind, QUIC_UNKNOWN);
    assert_int_equal(packet.destination.length, 255);
    assert_true(quic_version_is_reserved(packet.version));
    assert_false(quic_version_is_reserved(QUIC_VERSION_1));
    assert_true(bytes_empty(rest));
    memset(datagram + 1, 0, 4);
    rest = SAMPLE(datagram);
    assert_true(quic_packet_read(&rest, &packet));
    assert_int_equal(packet.kind, QUIC_VERSION_NEGOTIATION);
    assert_int_equal(packet.list.length, 300 - 6 - 255 - 1);
    datagram[4] = 1;
    datagram[5] = 21;
    rest = SAMPLE(datagram);
    assert_false(quic_packet_read(&rest, &packet));
    assert_int_equal(rest.length, 300);
    datagram[5] = 20;
    rest = SAMPLE(datagram);
    assert_true(quic_packet_read(&rest, &packet));
}

static void cut_everywhere(struct bytes whole)
{
    for (size_t length = 0; length <= whole.length; length++) {
        uint8_t *copy = malloc(length > 0 ? length : 1);
        assert_non_null(copy);
        memcpy(copy, whole.data, length);
        struct bytes rest = bytes_of(copy, length);
        struct quic_packet packet;
        assert_int_equal(quic_packet_read(&rest, &packet), length == whole.length);
        free(copy);
    }
}

static void test_cut_at_every_length(void **state)
{
    (void)state;
    cut_everywhere(SAMPLE(quic_sample_v1_client));
    cut_everywhere(SAMPLE(quic_sample_v2_server));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),        cmocka_unit_test(test_kinds_of_both_versions),
        cmocka_unit_test(test_samples),        cmocka_unit_test(test_coalesced),
        cmocka_unit_test(test_other_versions), cmocka_unit_test(test_cut_at_every_length),
    };
    return cmocka_run_group_tests_name("quic_packet", tests, NULL, NULL);
}
