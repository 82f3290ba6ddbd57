/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/pcapng_reader.c: sections in both byte orders with interfaces that differ,
 * every kind of packet block, cut at every length; and blocks that lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/reader.h"
#include "tests/support/pcapng_made.h"

#define ETHERNET 1
#define LINKTYPE_RAW 101
#ifdef __OpenBSD__
#define DLT_RAW 14
#else
#define DLT_RAW 12
#endif
#define SECOND NANOSECONDS_PER_SECOND

static const struct wanted_frame {
    const char *data;
    int64_t time;
    int link_type;
    uint32_t wire_length;
    uint64_t stored_number;
    const char *comment;
} wanted[] = {
    {"first", 1700000000 * SECOND + 7, ETHERNET, 60, 0, ""},
    {"raw", 1600000000 * SECOND + 250000000, DLT_RAW, 3, UINT64_C(0x1122334455667788), "why"},
    {"simp", 1600000000 * SECOND + 250000000, ETHERNET, 9, 0, ""},
    {"obsolete", 3 * SECOND, DLT_RAW, 8, 0, ""},
    {"second section", 4 * SECOND, ETHERNET, 14, 0, ""},
};

/* Two sections, the second in the other byte order. */
static void make(struct made *made, bool big)
{
    memset(made, 0, sizeof *made);
    made_section(made, big, "a site");
    made_interface(made, ETHERNET, 4, "en0", 9, 0);
    made_interface(made, LINKTYPE_RAW, 0, "utun3", 0x80 | 2, 0);
    made_begin(made, 4); /* names: passed over */
    made_bytes(made, "\0\0\0\0", 4);
    made_end(made);
    made_packet(made, 0, 1700000000 * UINT64_C(1000000000) + 7, "first", 60);
    made_end(made);
    made_packet(made, 1, 1600000000 * UINT64_C(4) + 1, "raw", 3);
    made_option(made, 1, "why", 3);
    made_option(made, 1, "another", 7);
    made_option_u64(made, 5, UINT64_C(0x1122334455667788));
    made_end(made);
    made_begin(made, 3);
    made_u32(made, 9);
    made_bytes(made, "simple", 6);
    made_end(made);
    made_begin(made, 5);
    made_number(made, 0, 4);
    made_number(made, 0, 8);
    made_option_u64(made, 5, 3);
    made_option_u64(made, 7, UINT64_MAX);
    made_end(made);
    made_begin(made, 2);
    made_number(made, 1, 2);
    made_number(made, 2, 2); /* lost before it */
    made_number(made, 0, 4);
    made_number(made, 12, 4);
    made_number(made, 8, 4);
    made_number(made, 8, 4);
    made_bytes(made, "obsolete", 8);
    made_end(made);
    made_section(made, !big, "another");
    made_interface(made, ETHERNET, 0, "en0", 0, 0);
    made_packet(made, 0, 4000000, "second section", 0);
    made_end(made);
}

static void expect_frame(const struct frame *frame, const struct wanted_frame *expected)
{
    assert_int_equal(frame->data.length, strlen(expected->data));
    assert_memory_equal(frame->data.data, expected->data, frame->data.length);
    assert_int_equal(frame->time, expected->time);
    assert_int_equal(frame->link_type, expected->link_type);
    assert_int_equal(frame->wire_length, expected->wire_length);
    assert_int_equal(frame->stored_number, expected->stored_number);
    assert_int_equal(frame->comment.length, strlen(expected->comment));
    assert_memory_equal(frame->comment.data != NULL ? (const char *)frame->comment.data : "",
                        expected->comment, frame->comment.length);
}

/* Reads `length` bytes; the frames before that are there, and then an end that fits. */
static void read_cut(const struct made *made, size_t length)
{
    struct problem problem = {""};
    struct reader_notes notes = {0};
    struct input *input = made_input(made->data, length, &problem);
    struct reader *reader;
    size_t frames = 0, at = 0;
    bool whole = false;
    struct frame frame;

    assert_non_null(input);
    for (size_t i = 0; i < made->blocks && made->ends[i] <= length; i++) {
        frames += made->packets[i];
        whole = made->ends[i] == length;
    }
    reader = reader_open(input, "made", &notes, &problem);
    if (length < made->ends[0]) {
        assert_null(reader);
        assert_non_null(strstr(problem.text, length < 4 ? "is not a pcap" : "is damaged ("));
    } else {
        assert_non_null(reader);
        for (; at < frames; at++) {
            assert_int_equal(reader_next(reader, &frame), READER_FRAME);
            expect_frame(&frame, &wanted[at]);
        }
        assert_int_equal(reader_next(reader, &frame), whole ? READER_END : READER_BROKEN);
        assert_int_equal(reader_reason(reader)[0] == '\0', whole);
    }
    reader_close(reader);
    reader_notes_clear(&notes);
    input_close(input);
}

static void test_cut_everywhere(void **state)
{
    struct made made;

    (void)state;
    for (int big = 0; big < 2; big++) {
        make(&made, big == 1);
        for (size_t length = 1; length <= made.length; length++)
            read_cut(&made, length);
    }
}

static void test_notes(void **state)
{
    struct problem problem = {""};
    struct reader_notes notes = {0};
    struct reader *reader;
    struct input *input;
    struct frame frame;
    struct made made;

    (void)state;
    make(&made, false);
    input = made_input(made.data, made.length, &problem);
    reader = reader_open(input, "made", &notes, &problem);
    assert_non_null(reader);
    assert_int_equal(notes.dropped_packets, -1);
    while (reader_next(reader, &frame) == READER_FRAME)
        continue;
    assert_string_equal(text_content(&notes.interfaces), "en0, utun3");
    assert_string_equal(text_content(&notes.comment), "a site");
    assert_int_equal(notes.dropped_packets, 3 + 2);
    assert_int_equal(notes.link_type_count, 2);
    assert_int_equal(notes.link_types[0], ETHERNET);
    assert_int_equal(notes.link_types[1], DLT_RAW);
    reader_close(reader);
    reader_notes_clear(&notes);
    input_close(input);
}

/* A section and an interface of Ethernet, then what `add` makes; the frames before the
 * break, and its reason (NULL: an end). */
static void expect_end(void (*add)(struct made *made), size_t frames, const char *reason)
{
    struct problem problem = {""};
    struct reader_notes notes = {0};
    struct made made = {.length = 0};
    enum reader_answer answer = READER_FRAME;
    struct reader *reader;
    struct input *input;
    struct frame frame;
    size_t count = 0;

    made_section(&made, false, NULL);
    made_interface(&made, ETHERNET, 0, NULL, 0, 0);
    add(&made);
    input = made_input(made.data, made.length, &problem);
    reader = reader_open(input, "made", &notes, &problem);
    assert_non_null(reader);
    while ((answer = reader_next(reader, &frame)) == READER_FRAME)
        count++;
    assert_int_equal(count, frames);
    assert_int_equal(answer, reason != NULL ? READER_BROKEN : READER_END);
    if (strstr(reader_reason(reader), reason != NULL ? reason : "") == NULL)
        fail_msg("\"%s\" lacks \"%s\"", reader_reason(reader), reason);
    reader_close(reader);
    reader_notes_clear(&notes);
    input_close(input);
}

static void packet_with_odd_options(struct made *made)
{
    made_packet(made, 0, 1, "a", 1);
    made_number(made, 1, 2);
    made_number(made, 500, 2); /* longer than the block */
    made_end(made);
    made_packet(made, 0, 1, "b", 1);
    made_option(made, 5, "xyz", 3); /* a number of 3 bytes */
    made_bytes(made, "\1\0", 2); /* half an option */
    made_end(made);
}

static void packet_of_no_interface(struct made *made)
{
    made_packet(made, 0, 1, "a", 1);
    made_end(made);
    made_packet(made, 1, 1, "b", 1);
    made_end(made);
}

static void packet_longer_than_its_block(struct made *made)
{
    made_packet(made, 0, 1, "abcd", 4);
    made_end(made);
    made->data[made->ends[1] + 20] = 9;
}

static void lengths_that_differ(struct made *made)
{
    made_packet(made, 0, 1, "a", 1);
    made_end(made);
    made->data[made->length - 4]++;
}

static void length_too_short(struct made *made)
{
    made_u32(made, 6);
    made_u32(made, 8);
    made_u32(made, 8);
}

static void length_that_is_odd(struct made *made)
{
    made_u32(made, 99);
    made_u32(made, 14);
    made_number(made, 0, 2);
    made_u32(made, 14);
}

static void length_that_is_absurd(struct made *made)
{
    made_u32(made, 6);
    made_u32(made, 0x7ffffffc);
    made_u32(made, 0);
}

static void unknown_of_absurd_length(struct made *made)
{
    made_u32(made, 77);
    made_u32(made, 0xfffffffc);
    made_u32(made, 0);
}

static void section_without_order(struct made *made)
{
    made_section(made, false, NULL);
    made->data[made->ends[1] + 8] = 0;
}

static void section_of_version_two(struct made *made)
{
    made_section(made, false, NULL);
    made->data[made->ends[1] + 12] = 2;
}

/* The interface was the section's before. */
static void section_without_interface(struct made *made)
{
    made_section(made, true, NULL);
    made_begin(made, 3);
    made_u32(made, 1);
    made_bytes(made, "a", 1);
    made_end(made);
}

static void simple_packet_too_short(struct made *made)
{
    made_begin(made, 3);
    made_u32(made, 5);
    made_bytes(made, "abcd", 4);
    made_end(made);
}

static void bodies_too_short(struct made *made)
{
    made_begin(made, 1);
    made_u32(made, ETHERNET);
    made_end(made);
}

static void statistics_of_nobody(struct made *made)
{
    made_begin(made, 5);
    made_u32(made, 0xffffffff);
    made_number(made, 0, 8);
    made_option_u64(made, 5, 3);
    made_end(made);
}

static void test_blocks_that_lie(void **state)
{
    (void)state;
    expect_end(packet_with_odd_options, 2, NULL);
    expect_end(packet_of_no_interface, 1, "interface 1, which was not described");
    expect_end(packet_longer_than_its_block, 0, "shorter than what it holds");
    expect_end(lengths_that_differ, 0, "at its beginning and 37 at its end");
    expect_end(length_too_short, 0, "a block claims 8 bytes");
    expect_end(length_that_is_odd, 0, "a block claims 14 bytes");
    expect_end(length_that_is_absurd, 0, "a block claims 2147483644 bytes");
    expect_end(unknown_of_absurd_length, 0, "the file ends in a block");
    expect_end(section_without_order, 0, "no byte order");
    expect_end(section_of_version_two, 0, "pcapng version 2.0 is not known");
    expect_end(section_without_interface, 0, "interface 0, which was not described");
    expect_end(simple_packet_too_short, 0, "shorter than what it holds");
    expect_end(bodies_too_short, 0, "shorter than what it holds");
    expect_end(statistics_of_nobody, 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_blocks_that_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
