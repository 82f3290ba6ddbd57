/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/quic_initial.c open what RFC 9001 and RFC 9369 seal in their
 * appendices, and nothing that was touched since?
 */
#include "tests/support/quic_packets.h"

#include <stdlib.h>

static struct quic_opener *opener;

#define ORIGIN bytes_of(quic_sample_origin, sizeof quic_sample_origin)

static bool opens(const uint8_t *whole, size_t length, enum quic_sender sender, uint32_t version,
                  uint8_t *plain, struct bytes *frames)
{
    struct quic_keys keys;
    struct quic_packet packet;
    struct bytes rest = bytes_of(whole, length);
    assert_true(quic_keys_derive(opener, &keys, version, sender, ORIGIN));
    return quic_packet_read(&rest, &packet) &&
           quic_initial_open(opener, &keys, &packet, plain, QUIC_SEALED_SIZE, frames);
}

static void client_opens(const uint8_t *whole, uint32_t version)
{
    uint8_t plain[QUIC_SEALED_SIZE];
    struct bytes frames;
    assert_true(opens(whole, QUIC_SAMPLE_CLIENT_SIZE, QUIC_CLIENT, version, plain, &frames));
    assert_int_equal(frames.length, 1162);
    assert_memory_equal(frames.data, quic_sample_client_frames, sizeof quic_sample_client_frames);
    for (size_t i = sizeof quic_sample_client_frames; i < frames.length; i++)
        assert_int_equal(frames.data[i], 0);
    assert_false(opens(whole, QUIC_SAMPLE_CLIENT_SIZE, QUIC_SERVER, version, plain, &frames));
}

static void server_opens(const uint8_t *whole, uint32_t version)
{
    uint8_t plain[QUIC_SEALED_SIZE];
    struct bytes frames;
    assert_true(opens(whole, sizeof quic_sample_v1_server, QUIC_SERVER, version, plain, &frames));
    assert_int_equal(frames.length, sizeof quic_sample_server_frames);
    assert_memory_equal(frames.data, quic_sample_server_frames, frames.length);
}

static void test_samples_open(void **state)
{
    (void)state;
    client_opens(quic_sample_v1_client, QUIC_VERSION_1);
    client_opens(quic_sample_v2_client, QUIC_VERSION_2);
    server_opens(quic_sample_v1_server, QUIC_VERSION_1);
    server_opens(quic_sample_v2_server, QUIC_VERSION_2);
}

/* Draft 29 appendix A.1. */
static void test_draft_keys(void **state)
{
    (void)state;
    static const uint8_t key[] = {0x17, 0x52, 0x57, 0xa3, 0x1e, 0xb0, 0x9d, 0xea,
                                  0x93, 0x66, 0xd8, 0xbb, 0x79, 0xad, 0x80, 0xba};
    static const uint8_t nonce[] = {0x6b, 0x26, 0x11, 0x4b, 0x9c, 0xba,
                                    0x2b, 0x63, 0xa9, 0xe8, 0xdd, 0x4f};
    static const uint8_t header_key[] = {0x9d, 0xdd, 0x12, 0xc9, 0x94, 0xc0, 0x69, 0x8b,
                                         0x89, 0x37, 0x4a, 0x9c, 0x07, 0x7a, 0x30, 0x77};
    struct quic_keys keys;
    assert_true(quic_keys_derive(opener, &keys, QUIC_VERSION_DRAFT_29, QUIC_CLIENT, ORIGIN));
    assert_memory_equal(keys.key, key, sizeof key);
    assert_memory_equal(keys.nonce, nonce, sizeof nonce);
    assert_memory_equal(keys.header_key, header_key, sizeof header_key);
}

static void test_no_keys(void **state)
{
    (void)state;
    struct quic_keys keys;
    struct quic_packet packet;
    struct bytes rest = bytes_of(quic_sample_v1_client, sizeof quic_sample_v1_client);
    uint8_t plain[QUIC_SEALED_SIZE];
    struct bytes frames;
    assert_false(quic_keys_derive(opener, &keys, 0x1a2a3a4a, QUIC_CLIENT, ORIGIN));
    assert_int_equal(keys.version, 0);
    assert_true(quic_packet_read(&rest, &packet));
    assert_false(quic_initial_open(opener, &keys, &packet, plain, sizeof plain, &frames));
    assert_true(quic_keys_derive(opener, &keys, QUIC_VERSION_1, QUIC_CLIENT, bytes_of(NULL, 0)));
    assert_false(quic_initial_open(opener, &keys, &packet, plain, sizeof plain, &frames));
    assert_true(quic_keys_derive(opener, &keys, QUIC_VERSION_1, QUIC_CLIENT, ORIGIN));
    assert_false(
        quic_initial_open(opener, &keys, &packet, plain, QUIC_SAMPLE_CLIENT_SIZE - 1, &frames));
    assert_true(quic_initial_open(opener, &keys, &packet, plain, QUIC_SAMPLE_CLIENT_SIZE, &frames));
}

static void test_a_touched_packet_stays_shut(void **state)
{
    (void)state;
    uint8_t copy[sizeof quic_sample_v1_server];
    uint8_t plain[QUIC_SEALED_SIZE];
    struct bytes frames;
    for (size_t i = 0; i < sizeof copy; i++) {
        memcpy(copy, quic_sample_v1_server, sizeof copy);
        copy[i] ^= 0x04;
        assert_false(opens(copy, sizeof copy, QUIC_SERVER, QUIC_VERSION_1, plain, &frames));
    }
}

/* The packet ends at every length, and its length field says so. */
static void test_cut_at_every_length(void **state)
{
    (void)state;
    struct quic_keys keys;
    uint8_t plain[QUIC_SEALED_SIZE];
    assert_true(quic_keys_derive(opener, &keys, QUIC_VERSION_1, QUIC_SERVER, ORIGIN));
    for (size_t length = 0; length < sizeof quic_sample_v1_server; length++) {
        uint8_t *copy = malloc(length > 0 ? length : 1);
        assert_non_null(copy);
        memcpy(copy, quic_sample_v1_server, length);
        struct quic_packet packet = {.kind = QUIC_INITIAL,
                                     .version = QUIC_VERSION_1,
                                     .whole = bytes_of(copy, length),
                                     .number_offset = QUIC_SAMPLE_NUMBER_OFFSET};
        struct bytes frames;
        assert_false(quic_initial_open(opener, &keys, &packet, plain, sizeof plain, &frames));
        free(copy);
    }
}

static bool genuine(const uint8_t *retry, size_t length, struct bytes origin)
{
    struct quic_packet packet;
    struct bytes rest = bytes_of(retry, length);
    return quic_packet_read(&rest, &packet) && quic_retry_is_genuine(opener, &packet, origin);
}

static void test_retry(void **state)
{
    (void)state;
    uint8_t copy[sizeof quic_sample_v1_retry];
    assert_true(genuine(quic_sample_v1_retry, sizeof copy, ORIGIN));
    assert_true(genuine(quic_sample_v2_retry, sizeof copy, ORIGIN));
    assert_true(genuine(quic_sample_draft_retry, sizeof copy, ORIGIN));
    assert_false(genuine(quic_sample_v1_retry, sizeof copy, bytes_first(ORIGIN, 7)));
    assert_false(genuine(quic_sample_v1_retry, sizeof copy, bytes_of(copy, sizeof copy)));
    for (size_t length = 0; length < sizeof copy; length++)
        assert_false(genuine(quic_sample_v1_retry, length, ORIGIN));
    for (size_t i = 0; i < sizeof copy; i++) {
        memcpy(copy, quic_sample_v1_retry, sizeof copy);
        copy[i] ^= 0x80;
        assert_false(genuine(copy, sizeof copy, ORIGIN));
    }
}

/* One for all tests: what it was given last leaves no trace. */
static int opener_create(void **state)
{
    (void)state;
    opener = quic_opener_create();
    return opener != NULL ? 0 : -1;
}

static int opener_release(void **state)
{
    (void)state;
    quic_opener_release(opener);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_open),
        cmocka_unit_test(test_draft_keys),
        cmocka_unit_test(test_no_keys),
        cmocka_unit_test(test_a_touched_packet_stays_shut),
        cmocka_unit_test(test_cut_at_every_length),
        cmocka_unit_test(test_retry),
    };
    return cmocka_run_group_tests_name("quic_initial", tests, opener_create, opener_release);
}
