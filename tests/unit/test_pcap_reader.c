/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/pcap_reader.c: every magic in both byte orders, cut at every length; old
 * versions, check sequences' bits, and packets that lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/reader.h"
#include "tests/support/pcapng_made.h"

#define MICROSECONDS 0xa1b2c3d4u
#define NANOSECONDS 0xa1b23c4du
#define KUZNETZOV 0xa1b2cd34u
#define NFLOG 239

struct packets {
    uint32_t magic;
    uint16_t minor;
    uint32_t link_type;
    bool big;
};

static void put_header(struct made *made, const struct packets *packets)
{
    memset(made, 0, sizeof *made);
    made->big = packets->big;
    made_u32(made, packets->magic);
    made_number(made, 2, 2);
    made_number(made, packets->minor, 2);
    made_number(made, 0, 8);
    made_u32(made, 65535);
    made_u32(made, packets->link_type);
}

static void put_packet(struct made *made, const struct packets *packets, uint32_t captured,
                       uint32_t length)
{
    made_u32(made, 0x90000000); /* in 2046: more than 31 bits */
    made_u32(made, 5);
    made_u32(made, captured);
    made_u32(made, length);
    if (packets->magic == KUZNETZOV)
        made_number(made, 0x1234, 8);
    made_bytes(made, "abcdefgh", 8);
}

/* Reads the first `length` bytes; `frames` of 8 bytes are to come, then an end. */
static void expect(const struct made *made, size_t length, size_t frames, uint32_t wire_length,
                   bool whole)
{
    struct problem problem = {""};
    struct reader_notes notes = {0};
    struct input *input = made_input(made->data, length, &problem);
    struct reader *reader = reader_open(input, "made", &notes, &problem);
    struct frame frame;

    assert_string_equal(problem.text, "");
    assert_non_null(reader);
    for (size_t i = 0; i < frames; i++) {
        assert_int_equal(reader_next(reader, &frame), READER_FRAME);
        assert_int_equal(frame.data.length, 8);
        assert_memory_equal(frame.data.data, "abcdefgh", 8);
        assert_int_equal(frame.wire_length, wire_length);
        assert_int_equal(frame.link_type, 1);
        assert_int_equal(frame.stored_number, 0);
        assert_true(bytes_empty(frame.comment));
    }
    assert_int_equal(reader_next(reader, &frame), whole ? READER_END : READER_BROKEN);
    assert_int_equal(reader_reason(reader)[0] == '\0', whole);
    assert_int_equal(notes.link_types[0], 1);
    reader_close(reader);
    reader_notes_clear(&notes);
    input_close(input);
}

static void test_cut_everywhere(void **state)
{
    static const uint32_t magics[] = {MICROSECONDS, NANOSECONDS, KUZNETZOV};
    struct made made;

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct packets packets = {magics[i / 2], 4, 1, i % 2 == 1};
        size_t record = packets.magic == KUZNETZOV ? 32 : 24;

        put_header(&made, &packets);
        put_packet(&made, &packets, 8, 60);
        put_packet(&made, &packets, 8, 60);
        for (size_t cut = 24; cut <= made.length; cut++)
            expect(&made, cut, (cut - 24) / record, 60, (cut - 24) % record == 0);
    }
}

static void expect_refusal(const struct made *made, size_t length, const char *part)
{
    struct problem problem = {""};
    struct reader_notes notes = {0};
    struct input *input = made_input(made->data, length, &problem);

    assert_non_null(input);
    assert_null(reader_open(input, "made", &notes, &problem));
    if (strstr(problem.text, part) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", problem.text, part);
    reader_notes_clear(&notes);
    input_close(input);
}

static void test_header_cut(void **state)
{
    struct packets packets = {MICROSECONDS, 4, 1, false};
    struct made made;

    (void)state;
    put_header(&made, &packets);
    for (size_t cut = 1; cut < 24; cut++)
        expect_refusal(&made, cut,
                       cut < 4 ? "is not a pcap" : "is damaged (the file ends in its header)");
    made.data[4] = 3;
    expect_refusal(&made, 24, "is damaged (pcap version 3.4 is not known)");
}

static void test_times(void **state)
{
    static const struct {
        uint32_t magic;
        int64_t time;
    } cases[] = {{MICROSECONDS, INT64_C(0x90000000) * NANOSECONDS_PER_SECOND + 5000},
                 {NANOSECONDS, INT64_C(0x90000000) * NANOSECONDS_PER_SECOND + 5}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct packets packets = {cases[i].magic, 4, 1, false};
        struct problem problem = {""};
        struct reader_notes notes = {0};
        struct reader *reader;
        struct input *input;
        struct frame frame;
        struct made made;

        put_header(&made, &packets);
        put_packet(&made, &packets, 8, 8);
        input = made_input(made.data, made.length, &problem);
        reader = reader_open(input, "made", &notes, &problem);
        assert_non_null(reader);
        assert_int_equal(reader_next(reader, &frame), READER_FRAME);
        assert_int_equal(frame.time, cases[i].time);
        reader_close(reader);
        reader_notes_clear(&notes);
        input_close(input);
    }
}

/* Before version 2.3 the two lengths changed places; in 2.3 they may have. The upper
 * bits of the link type tell of check sequences. */
static void test_old_and_odd_headers(void **state)
{
    struct packets packets = {MICROSECONDS, 2, 1, true};
    struct made made;

    (void)state;
    put_header(&made, &packets);
    put_packet(&made, &packets, 60, 8);
    expect(&made, made.length, 1, 60, true);
    packets.minor = 3;
    put_header(&made, &packets);
    put_packet(&made, &packets, 60, 8);
    put_packet(&made, &packets, 8, 60);
    expect(&made, made.length, 2, 60, true);
    packets.minor = 4;
    packets.link_type = 0xf4000001;
    put_header(&made, &packets);
    put_packet(&made, &packets, 8, 2); /* on the wire was at least what was captured */
    expect(&made, made.length, 1, 8, true);
    put_packet(&made, &packets, 262145, 262145);
    expect(&made, made.length, 1, 8, false);
}

/* Attributes' lengths and types have the order of the machine that captured. */
static void test_nflog(void **state)
{
    static const uint16_t one = 1;
    bool machine_big = *(const uint8_t *)&one == 0;
    uint8_t own[16] = {2, 0, 0, 0, 0, 0, 0, 0, 'x', 'y', 'z', 0, 9, 9, 9, 9};
    uint16_t length = 7, type = 10;

    (void)state;
    memcpy(own + 4, &length, 2);
    memcpy(own + 6, &type, 2);
    for (int i = 0; i < 2; i++) {
        struct packets packets = {MICROSECONDS, 4, NFLOG, i == 0 ? machine_big : !machine_big};
        struct problem problem = {""};
        struct reader_notes notes = {0};
        struct reader *reader;
        struct input *input;
        struct frame frame;
        struct made made;

        put_header(&made, &packets);
        made_u32(&made, 1);
        made_u32(&made, 1);
        made_u32(&made, 14);
        made_u32(&made, 14);
        made_bytes(&made, "\2\0\0\0", 4);
        made_number(&made, length, 2);
        made_number(&made, type, 2);
        made_bytes(&made, "xyz\0\x09\x09\x09\x09", 8);
        input = made_input(made.data, made.length - 2, &problem);
        reader = reader_open(input, "made", &notes, &problem);
        assert_int_equal(reader_next(reader, &frame), READER_FRAME);
        assert_int_equal(frame.data.length, 14);
        assert_memory_equal(frame.data.data, own, 14);
        reader_close(reader);
        reader_notes_clear(&notes);
        input_close(input);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_everywhere), cmocka_unit_test(test_header_cut),
        cmocka_unit_test(test_times),          cmocka_unit_test(test_old_and_odd_headers),
        cmocka_unit_test(test_nflog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
