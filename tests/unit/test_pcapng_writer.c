/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/pcapng_writer.c: every byte of a section, an interface and packets with
 * and without options, and disks that take no more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "capture/pcapng_format.h"
#include "capture/pcapng_writer.h"

#define DLT_ETHERNET 1
#define TIME INT64_C(0x0102030405060708)

static const uint8_t wanted_section[] = {
    0x0a, 0x0d, 0x0d, 0x0a, 44,   0,    0,    0,    0x4d, 0x3c, 0x2b, 0x1a, 1, 0,   0,
    0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 4,    0,    5,    0, 'a', 'p',
    'p',  'l',  'e',  0,    0,    0,    0,    0,    0,    0,    44,   0,    0, 0};
static const uint8_t wanted_interface[] = {
    1, 0, 0, 0, 48,  0,   0,   0,   1, 0, 0, 0, 0, 0, 4, 0, 2, 0, 3, 0, 'e', 'n', '0', 0,
    3, 0, 4, 0, 'W', 'i', '-', 'F', 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 48,  0,   0,   0};
static const uint8_t wanted_packet[] = {6,  0, 0, 0, 36,  0,   0,   0, 0,  0, 0, 0,
                                        4,  3, 2, 1, 8,   7,   6,   5, 3,  0, 0, 0,
                                        60, 0, 0, 0, 'a', 'b', 'c', 0, 36, 0, 0, 0};
static const uint8_t wanted_options[] = {
    6, 0, 0, 0, 60,   0,    0,    0,    0,    0,    0,    0,    4, 3, 2, 1, 8,   7,   6,   5,
    3, 0, 0, 0, 60,   0,    0,    0,    'a',  'b',  'c',  0,    1, 0, 3, 0, 'w', 'h', 'y', 0,
    5, 0, 8, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0, 60,  0,   0,   0};

struct written {
    char *data;
    size_t length;
    struct pcapng_writer *writer;
};

static void begin(struct written *written, const char *application)
{
    struct problem problem = {""};
    FILE *file = open_memstream(&written->data, &written->length);

    assert_non_null(file);
    written->writer = pcapng_writer_create(file, application, &problem);
    assert_non_null(written->writer);
}

static struct bytes finish(struct written *written)
{
    struct problem problem = {""};
    uint64_t counted = pcapng_writer_bytes(written->writer);

    assert_true(pcapng_writer_close(written->writer, &problem));
    assert_string_equal(problem.text, "");
    assert_int_equal(counted, written->length);
    return bytes_of(written->data, written->length);
}

static void expect(struct bytes *rest, const uint8_t *wanted, size_t length)
{
    struct bytes block;

    assert_true(bytes_take(rest, length, &block));
    assert_memory_equal(block.data, wanted, length);
}

static const struct frame frame = {.time = TIME,
                                   .link_type = DLT_ETHERNET,
                                   .wire_length = 60,
                                   .data = {(const uint8_t *)"abc", 3}};

static void test_every_byte(void **state)
{
    static const struct pcapng_interface interface = {"en0", "Wi-F", DLT_ETHERNET, 262144};
    struct written written;
    struct bytes rest;
    uint32_t index = 9;

    (void)state;
    begin(&written, "apple");
    assert_true(pcapng_writer_interface(written.writer, &interface, &index));
    assert_int_equal(index, 0);
    assert_true(pcapng_writer_packet(written.writer, index, &frame, NULL, 0));
    assert_true(
        pcapng_writer_packet(written.writer, index, &frame, "why", UINT64_C(0x1122334455667788)));
    assert_true(pcapng_writer_interface(written.writer, &interface, &index));
    assert_int_equal(index, 1);
    rest = finish(&written);
    expect(&rest, wanted_section, sizeof wanted_section);
    expect(&rest, wanted_interface, sizeof wanted_interface);
    expect(&rest, wanted_packet, sizeof wanted_packet);
    expect(&rest, wanted_options, sizeof wanted_options);
    expect(&rest, wanted_interface, sizeof wanted_interface);
    assert_true(bytes_empty(rest));
    free(written.data);
}

/* What has no name has no option; a raw interface is LINKTYPE_RAW on every system. */
static void test_little_known(void **state)
{
    static const struct pcapng_interface interface = {NULL, "", 12, 0};
    static const uint8_t wanted[] = {1, 0, 0, 0, 32, 0, 0, 0, 101, 0, 0, 0, 0,  0, 0, 0,
                                     9, 0, 1, 0, 9,  0, 0, 0, 0,   0, 0, 0, 32, 0, 0, 0};
    struct written written;
    struct bytes rest;
    uint32_t index;

    (void)state;
    begin(&written, "apple");
    assert_true(pcapng_writer_interface(written.writer, &interface, &index));
    rest = bytes_from(finish(&written), sizeof wanted_section);
#ifndef __OpenBSD__
    expect(&rest, wanted, sizeof wanted);
    assert_true(bytes_empty(rest));
#endif
    free(written.data);
}

/* Values that the format has no room for stay within it. */
static void test_extremes(void **state)
{
    static uint8_t data[PCAPNG_PACKET_LIMIT + 1];
    static char comment[65600];
    struct frame large = {.time = -5, .wire_length = 1, .data = {data, sizeof data}};
    struct written written;
    struct bytes rest;

    (void)state;
    /* Characters of two bytes, behind one: none is cut at byte 65535. */
    memset(comment, 'a', 1);
    for (size_t i = 1; i + 1 < sizeof comment - 1; i += 2)
        memcpy(comment + i, "\xc3\xa9", 2);
    begin(&written, "apple");
    assert_true(pcapng_writer_packet(written.writer, 0, &large, comment + 1, 0));
    rest = bytes_from(finish(&written), sizeof wanted_section);
    assert_memory_equal(rest.data + 12, "\0\0\0\0\0\0\0\0", 8);
    assert_memory_equal(rest.data + 20, "\0\0\4\0\0\0\4\0", 8);
    rest = bytes_from(rest, 28 + PCAPNG_PACKET_LIMIT);
    assert_memory_equal(rest.data, "\1\0\xfe\xff\xc3\xa9", 6);
    assert_int_equal(rest.length, 4 + 65536 + 4 + 4);
    assert_memory_equal(rest.data + 4 + 65532, "\xc3\xa9\0\0\0\0\0\0", 8);
    free(written.data);
}

static void test_full_disk(void **state)
{
    struct problem problem = {""};
    FILE *file = fopen("/dev/full", "wb");
    struct pcapng_writer *writer;
    uint64_t bytes;

    (void)state;
    if (file == NULL)
        skip();
    writer = pcapng_writer_create(file, "apple", &problem);
    assert_non_null(writer);
    assert_false(pcapng_writer_flush(writer));
    bytes = pcapng_writer_bytes(writer);
    assert_false(pcapng_writer_packet(writer, 0, &frame, NULL, 0));
    assert_int_equal(pcapng_writer_bytes(writer), bytes);
    assert_false(pcapng_writer_close(writer, &problem));
    assert_non_null(strstr(problem.text, "packets cannot be written ("));
    problem.text[0] = '\0';
    file = fopen("/dev/full", "wb");
    assert_non_null(file);
    setvbuf(file, NULL, _IONBF, 0);
    assert_null(pcapng_writer_create(file, "apple", &problem));
    assert_non_null(strstr(problem.text, "; "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_little_known),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
