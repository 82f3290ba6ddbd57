/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a packet leave the house without what is the site's, with checksums as good as they
 * were; and does one that is cut anywhere stay within its bounds?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "program/evidence_rewrite.h"

static const uint8_t key[PSEUDONYM_KEY_SIZE] = {9};

/* A query for printer.school.lan and the answer 10.0.0.7, over Ethernet, VLAN 5, UDP. */
static const uint8_t answer[] = {
    0xa4, 0x83, 0xe7, 0,   0,   1,  0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0x81, 0,   0,    5,    0x08,
    0,    0x45, 0,    0,   80,  0,  1,    0,    0,    64,   17,   0,    0,    10,  0,    0,    1,
    10,   0,    0,    20,  0,   53, 0x30, 0x39, 0,    60,   0,    0,    0,    1,   0x81, 0x80, 0,
    1,    0,    1,    0,   0,   0,  0,    7,    'p',  'r',  'i',  'n',  't',  'e', 'r',  6,    's',
    'c',  'h',  'o',  'o', 'l', 3,  'l',  'a',  'n',  0,    0,    1,    0,    1,   0xc0, 12,   0,
    1,    0,    1,    0,   0,   0,  60,   0,    4,    10,   0,    0,    7};

static uint16_t sum(const uint8_t *bytes, size_t length, uint32_t start)
{
    for (size_t i = 0; i < length; i++)
        start += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
    while (start > 0xffff)
        start = (start & 0xffff) + (start >> 16);
    return (uint16_t)start;
}

static uint16_t udp_sum(const uint8_t *frame)
{
    return sum(frame + 38, 60, (uint32_t)sum(frame + 30, 8, 0) + 17 + 60);
}

static void fill_checksums(uint8_t *frame)
{
    uint16_t value = (uint16_t)~sum(frame + 18, 20, 0);
    frame[28] = (uint8_t)(value >> 8);
    frame[29] = (uint8_t)value;
    value = (uint16_t)~udp_sum(frame);
    frame[44] = (uint8_t)(value >> 8);
    frame[45] = (uint8_t)value;
}

static struct pseudonyms *create(struct catalog **catalog)
{
    struct problem problem = {""};
    *catalog = catalog_load(NULL, 0, &problem);
    assert_non_null(*catalog);
    return pseudonyms_create(key, *catalog);
}

static bool has(struct bytes where, const void *what, size_t length)
{
    for (size_t i = 0; i + length <= where.length; i++)
        if (memcmp(where.data + i, what, length) == 0)
            return true;
    return false;
}

static void an_answer_is_rewritten_and_its_checksums_hold(void **state)
{
    (void)state;
    struct catalog *catalog;
    struct pseudonyms *pseudonyms = create(&catalog);
    struct rewritten *room = malloc(sizeof *room);
    uint8_t bytes[sizeof answer];
    memcpy(bytes, answer, sizeof bytes);
    fill_checksums(bytes);
    struct frame frame = {
        .link_type = 1, .wire_length = sizeof bytes, .data = bytes_of(bytes, sizeof bytes)};
    struct frame result;
    evidence_rewrite(pseudonyms, &frame, bytes_of(bytes + 18, sizeof bytes - 18), room, &result);
    assert_int_equal(result.data.length, sizeof bytes);
    assert_int_equal(result.link_type, 1);
    assert_memory_equal(result.data.data, bytes, 3); /* the maker */
    assert_int_equal(sum(result.data.data + 18, 20, 0), 0xffff);
    assert_int_equal(udp_sum(result.data.data), 0xffff);
    assert_false(has(result.data, "school", 6));
    assert_false(has(result.data, "printer", 7));
    assert_false(has(result.data, "\x0a\0\0", 3));
    assert_true(has(result.data, "\3lan", 5));
    /* A bad checksum is not made good. */
    bytes[45] ^= 1;
    evidence_rewrite(pseudonyms, &frame, bytes_of(bytes + 18, sizeof bytes - 18), room, &result);
    assert_int_not_equal(udp_sum(result.data.data), 0xffff);
    free(room);
    pseudonyms_release(pseudonyms);
    catalog_release(catalog);
}

/* Exactly sized, so that a sanitizer sees a read beyond; with each transport in turn. */
static void a_packet_cut_anywhere_tells_no_more(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {17, 6, 1, 58, 47};
    static const uint8_t ports[] = {53, 67, 123, 0xbb};
    struct catalog *catalog;
    struct pseudonyms *pseudonyms = create(&catalog);
    struct rewritten *room = malloc(sizeof *room);
    for (size_t i = 0; i < sizeof protocols * sizeof ports; i++)
        for (size_t length = 18; length <= sizeof answer; length++) {
            uint8_t *bytes = malloc(length);
            uint8_t whole[sizeof answer];
            struct frame result;
            memcpy(whole, answer, sizeof whole);
            whole[27] = protocols[i % sizeof protocols];
            whole[39] = ports[i / sizeof protocols];
            memcpy(bytes, whole, length);
            struct frame frame = {
                .link_type = 1, .wire_length = sizeof answer, .data = bytes_of(bytes, length)};
            evidence_rewrite(pseudonyms, &frame, bytes_from(frame.data, 18), room, &result);
            assert_true(result.data.length <= length);
            assert_false(has(result.data, "school", 6));
            assert_false(has(result.data, "\x0a\0\0", 3));
            free(bytes);
        }
    free(room);
    pseudonyms_release(pseudonyms);
    catalog_release(catalog);
}

static void a_frame_that_was_not_understood_is_left_out(void **state)
{
    (void)state;
    struct catalog *catalog;
    struct pseudonyms *pseudonyms = create(&catalog);
    struct rewritten *room = malloc(sizeof *room);
    struct frame frame = {
        .link_type = 105, .wire_length = sizeof answer, .data = bytes_of(answer, sizeof answer)};
    struct frame result;
    evidence_rewrite(pseudonyms, &frame, bytes_of(NULL, 0), room, &result);
    assert_int_equal(result.data.length, 0);
    /* Of another link than Ethernet the IP packet alone is left. */
    evidence_rewrite(pseudonyms, &frame, bytes_from(frame.data, 18), room, &result);
    assert_int_equal(result.data.length, sizeof answer - 18);
    assert_int_equal(result.wire_length, sizeof answer - 18);
    assert_int_equal(result.data.data[0], 0x45);
    free(room);
    pseudonyms_release(pseudonyms);
    catalog_release(catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_rewritten_and_its_checksums_hold),
        cmocka_unit_test(a_packet_cut_anywhere_tells_no_more),
        cmocka_unit_test(a_frame_that_was_not_understood_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
