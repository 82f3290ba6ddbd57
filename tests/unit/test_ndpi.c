/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/ndpi.c get from nDPI what is asked of it: the protocol, and the
 * name in a QUIC Initial?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/timestamp.h"
#include "dissectors/ndpi.h"
#include "tests/support/quic_initial.h"

#define NOW (INT64_C(1500000000) * NANOSECONDS_PER_SECOND)

/* From 192.0.2.1:50000 to 192.0.2.2:2222, with the first line of SSH. */
static const uint8_t ssh_banner[] = {
    0x45, 0x00, 0x00, 0x3d, 0x00, 0x01, 0x40, 0x00, 0x40, 0x06, 0x00, 0x00, 0xc0, 0x00, 0x02, 0x01,
    0xc0, 0x00, 0x02, 0x02, 0xc3, 0x50, 0x08, 0xae, 0x00, 0x00, 0x03, 0xe9, 0x00, 0x00, 0x13, 0x89,
    0x50, 0x18, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 'S',  'S',  'H',  '-',  '2',  '.',  '0',  '-',
    'O',  'p',  'e',  'n',  'S',  'S',  'H',  '_',  '9',  '.',  '2',  '\r', '\n'};

static int begin(void **state)
{
    bool memory_out = false;
    *state = ndpi_guide_create(&memory_out);
    assert_false(memory_out);
    return *state == NULL ? -1 : 0;
}

static int end(void **state)
{
    ndpi_guide_release(*state);
    return 0;
}

/* One packet, of which only the first `length` bytes are there, to a new flow. */
static struct ndpi_opinion opinion_of(struct ndpi_guide *guide, const uint8_t *packet,
                                      size_t length, int64_t time)
{
    struct ndpi_reading *reading = ndpi_reading_create(guide);
    struct ndpi_opinion opinion;
    uint8_t *exact = malloc(length > 0 ? length : 1);
    assert_non_null(reading);
    assert_non_null(exact);
    memcpy(exact, packet, length);
    memset(&opinion, 0xff, sizeof opinion);
    ndpi_read_packet(guide, reading, bytes_of(exact, length), time, &opinion);
    free(exact);
    ndpi_reading_release(reading);
    return opinion;
}

static void test_quic_names_its_server(void **state)
{
    struct ndpi_opinion opinion = opinion_of(*state, quic_initial, sizeof quic_initial, NOW);
    assert_string_equal(opinion.protocol, "QUIC");
    assert_string_equal(opinion.server_name, "mask.icloud.com");
}

static void test_other_protocols_name_none(void **state)
{
    struct ndpi_opinion opinion = opinion_of(*state, ssh_banner, sizeof ssh_banner, NOW);
    assert_string_equal(opinion.server_name, "");
}

/* nDPI wants to see both banners of SSH. */
static void test_protocol_over_several_packets(void **state)
{
    struct ndpi_reading *reading = ndpi_reading_create(*state);
    struct ndpi_opinion opinion;
    uint8_t answer[sizeof ssh_banner];
    memcpy(answer, ssh_banner, sizeof answer);
    memcpy(answer + 12, ssh_banner + 16, 4);
    memcpy(answer + 16, ssh_banner + 12, 4);
    memcpy(answer + 20, ssh_banner + 22, 2);
    memcpy(answer + 22, ssh_banner + 20, 2);
    ndpi_read_packet(*state, reading, bytes_of(ssh_banner, sizeof ssh_banner), NOW, &opinion);
    ndpi_read_packet(*state, reading, bytes_of(answer, sizeof answer), NOW + 1, &opinion);
    assert_string_equal(opinion.protocol, "SSH");
    ndpi_reading_release(reading);
}

static void test_cut_at_every_length(void **state)
{
    for (size_t length = 0; length < sizeof quic_initial; length++) {
        struct ndpi_opinion opinion = opinion_of(*state, quic_initial, length, NOW);
        assert_string_equal(opinion.server_name, "");
    }
    for (size_t length = 0; length < sizeof ssh_banner; length++)
        opinion_of(*state, ssh_banner, length, NOW);
}

static void test_times_and_sizes_out_of_range(void **state)
{
    uint8_t *large = calloc(UINT16_MAX + 1, 1);
    assert_non_null(large);
    memcpy(large, quic_initial, sizeof quic_initial);
    struct ndpi_opinion opinion = opinion_of(*state, large, UINT16_MAX + 1, NOW);
    assert_string_equal(opinion.protocol, "");
    assert_false(opinion.final);
    free(large);
    opinion = opinion_of(*state, quic_initial, sizeof quic_initial, -NOW);
    assert_string_equal(opinion.server_name, "mask.icloud.com");
}

static void test_none_to_release(void **state)
{
    (void)state;
    ndpi_reading_release(NULL);
    ndpi_guide_release(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_quic_names_its_server),         TEST(test_other_protocols_name_none),
        TEST(test_protocol_over_several_packets), TEST(test_cut_at_every_length),
        TEST(test_times_and_sizes_out_of_range),  TEST(test_none_to_release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
