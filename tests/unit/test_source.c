/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/source.c: frames in the order of time with their own numbers, files that
 * break off, and a useful sentence for all that is no capture.  The captures are
 * written byte by byte into a temporary folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/source.h"

#define ETHERNET 1

static char folder[] = "/tmp/applepath-source-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

struct file {
    char name[64];
    FILE *stream;
};

static struct file create_file(const char *name)
{
    struct file file;

    snprintf(file.name, sizeof file.name, "%s/%s", folder, name);
    file.stream = fopen(file.name, "wb");
    assert_non_null(file.stream);
    return file;
}

static struct file create_with(const char *name, const char *content, size_t length)
{
    struct file file = create_file(name);

    assert_int_equal(fwrite(content, 1, length, file.stream), length);
    assert_int_equal(fclose(file.stream), 0);
    return file;
}

static void put_u32(FILE *stream, uint32_t value, bool big)
{
    for (int i = 0; i < 4; i++)
        putc((int)(value >> (big ? 24 - 8 * i : 8 * i) & 0xff), stream);
}

static void put_header(FILE *stream, uint32_t magic, uint32_t link_type, bool big)
{
    put_u32(stream, magic, big);
    put_u32(stream, big ? 0x00020004 : 0x00040002, big);
    put_u32(stream, 0, big);
    put_u32(stream, 0, big);
    put_u32(stream, 65535, big);
    put_u32(stream, link_type, big);
}

/* An Ethernet frame of no known type, `mark` as its last byte. */
static void put_frame(FILE *stream, uint32_t seconds, uint32_t fraction, char mark, bool big)
{
    put_u32(stream, seconds, big);
    put_u32(stream, fraction, big);
    put_u32(stream, 15, big);
    put_u32(stream, mark == 't' ? 100 : 15, big);
    for (int i = 0; i < 14; i++)
        putc(i == 12 ? 0x88 : 0, stream);
    putc(mark, stream);
}

/* Microseconds, little-endian: frame `i` at `times[i]` seconds with `marks[i]`. */
static struct file create_capture(const char *name, const char *marks, const uint32_t *times)
{
    struct file file = create_file(name);

    put_header(file.stream, 0xa1b2c3d4, ETHERNET, false);
    for (size_t i = 0; marks[i] != '\0'; i++)
        put_frame(file.stream, times[i], 5, marks[i], false);
    assert_int_equal(fclose(file.stream), 0);
    return file;
}

static struct source_set *open_one(const char *name, const char *filter)
{
    struct problem problem = {{0}};
    struct source_set *set = source_set_open(&name, 1, filter, &problem);

    assert_string_equal(problem.text, "");
    assert_non_null(set);
    return set;
}

/* Reads on to the end; the marks in order. */
static void expect_marks(struct source_set *set, const char *marks)
{
    const struct frame *frame;

    for (; *marks != '\0'; marks++) {
        frame = source_set_next(set);
        assert_non_null(frame);
        assert_int_equal(frame->data.length, 15);
        assert_int_equal(frame->data.data[14], *marks);
    }
    assert_null(source_set_next(set));
    assert_null(source_set_next(set));
}

static void expect_problem(const char *name, const char *filter, const char *part)
{
    struct problem problem = {{0}};

    assert_null(source_set_open(&name, 1, filter, &problem));
    if (strstr(problem.text, part) == NULL || strncmp(problem.text, name, strlen(name)) != 0)
        fail_msg("\"%s\" lacks \"%s\"", problem.text, part);
    assert_non_null(strstr(problem.text, "; "));
}

static void test_one_file(void **state)
{
    static const uint32_t times[] = {1000, 1002, 1001};
    struct file file = create_capture("one", "atc", times);
    struct source_set *set = open_one(file.name, NULL);
    struct fact_source fact;
    const struct frame *frame;
    uint64_t bytes_read, bytes_total;

    (void)state;
    source_set_describe(set, 0, &fact);
    assert_int_equal(fact.id, 1);
    assert_int_equal(fact.packets, 0);
    assert_int_equal(fact.first_time, TIMESTAMP_NONE);
    frame = source_set_next(set);
    assert_non_null(frame);
    assert_int_equal(frame->packet, packet_identity(1, 1));
    assert_int_equal(frame->time, 1000 * NANOSECONDS_PER_SECOND + 5000);
    assert_int_equal(frame->link_type, ETHERNET);
    assert_int_equal(frame->wire_length, 15);
    expect_marks(set, "tc");
    source_set_describe(set, 0, &fact);
    assert_string_equal(fact.name, file.name);
    assert_string_equal(fact.link_type, "EN10MB");
    assert_int_equal(fact.packets, 3);
    assert_int_equal(fact.bytes, 15 + 100 + 15);
    assert_int_equal(fact.truncated_packets, 1);
    assert_int_equal(fact.first_time, 1000 * NANOSECONDS_PER_SECOND + 5000);
    assert_int_equal(fact.last_time, 1002 * NANOSECONDS_PER_SECOND + 5000);
    assert_int_equal(fact.dropped_packets, -1);
    assert_false(fact.cut_short);
    assert_string_equal(source_set_break_reason(set, 0), "");
    source_set_progress(set, &bytes_read, &bytes_total);
    assert_int_equal(bytes_total, 24 + 3 * 31);
    assert_int_equal(bytes_read, bytes_total);
    source_set_close(set);
    unlink(file.name);
}

static void test_formats(void **state)
{
    static const struct {
        uint32_t magic;
        int64_t time;
    } formats[] = {{0xa1b2c3d4, 7 * NANOSECONDS_PER_SECOND + 123456000},
                   {0xa1b23c4d, 7 * NANOSECONDS_PER_SECOND + 123456}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct file file = create_file("format");
        struct source_set *set;
        const struct frame *frame;

        put_header(file.stream, formats[i / 2].magic, ETHERNET, i % 2 == 1);
        put_frame(file.stream, 7, 123456, 'x', i % 2 == 1);
        assert_int_equal(fclose(file.stream), 0);
        set = open_one(file.name, NULL);
        frame = source_set_next(set);
        assert_non_null(frame);
        assert_int_equal(frame->time, formats[i / 2].time);
        source_set_close(set);
        unlink(file.name);
    }
}

static void test_merge(void **state)
{
    static const uint32_t a[] = {10, 20, 15, 40}, b[] = {10, 30}, c[] = {5, 50};
    struct file files[] = {create_capture("a", "abcd", a), create_capture("b", "ef", b),
                           create_capture("none", "", NULL), create_capture("c", "gh", c)};
    const char *names[] = {files[0].name, files[1].name, files[2].name, files[3].name};
    struct problem problem = {{0}};
    struct source_set *set = source_set_open(names, 4, NULL, &problem);
    struct fact_source fact;
    const struct frame *frame;

    (void)state;
    assert_non_null(set);
    assert_int_equal(source_set_count(set), 4);
    frame = source_set_next(set);
    assert_non_null(frame);
    assert_int_equal(frame->packet, packet_identity(4, 1));
    assert_int_equal(frame->data.data[14], 'g');
    /* At equal times in the files' order; b and c stay in theirs. */
    expect_marks(set, "aebcfdh");
    source_set_describe(set, 2, &fact);
    assert_int_equal(fact.packets, 0);
    assert_int_equal(fact.first_time, TIMESTAMP_NONE);
    assert_false(fact.cut_short);
    source_set_close(set);
    for (size_t i = 0; i < 4; i++)
        unlink(files[i].name);
}

static void test_filter(void **state)
{
    static const uint32_t times[] = {1, 2, 3, 4, 5};
    struct file file = create_capture("filter", "abaab", times);
    struct source_set *set = open_one(file.name, "ether[14] = 98");
    const struct frame *frame;

    (void)state;
    frame = source_set_next(set);
    assert_non_null(frame);
    assert_int_equal(frame->packet, packet_identity(1, 2));
    frame = source_set_next(set);
    assert_non_null(frame);
    assert_int_equal(frame->packet, packet_identity(1, 5));
    assert_null(source_set_next(set));
    source_set_close(set);
    expect_problem(file.name, "tcp prot 80", "the filter 'tcp prot 80' is not valid: ");
    unlink(file.name);
}

/* Cut at every length: the header alone decides whether it is a capture. */
static void test_cut_everywhere(void **state)
{
    static const uint32_t times[] = {1, 2};
    static const char *const marks[] = {"", "a", "ab"};
    struct file whole = create_capture("whole", "ab", times);
    char content[24 + 2 * 31];
    FILE *stream = fopen(whole.name, "rb");

    (void)state;
    assert_non_null(stream);
    assert_int_equal(fread(content, 1, sizeof content, stream), sizeof content);
    fclose(stream);
    for (size_t cut = 1; cut <= sizeof content; cut++) {
        struct file file = create_with("cut", content, cut);
        size_t frames = cut < 24 ? 0 : (cut - 24) / 31;
        struct source_set *set;
        struct fact_source fact;

        if (cut < 24) {
            expect_problem(file.name, NULL, cut < 4 ? "is not a pcap" : "is damaged");
        } else {
            set = open_one(file.name, NULL);
            expect_marks(set, marks[frames]);
            source_set_describe(set, 0, &fact);
            assert_int_equal(fact.packets, frames);
            assert_int_equal(fact.cut_short, (cut - 24) % 31 != 0);
            assert_int_equal(source_set_break_reason(set, 0)[0] != '\0', fact.cut_short);
            source_set_close(set);
        }
        unlink(file.name);
    }
    unlink(whole.name);
}

static void test_record_of_absurd_length(void **state)
{
    struct file file = create_file("absurd");
    struct source_set *set;
    struct fact_source fact;

    (void)state;
    put_header(file.stream, 0xa1b2c3d4, ETHERNET, false);
    put_frame(file.stream, 1, 0, 'a', false);
    for (int i = 0; i < 4; i++)
        put_u32(file.stream, 0x7fffffff, false);
    put_frame(file.stream, 2, 0, 'b', false);
    assert_int_equal(fclose(file.stream), 0);
    set = open_one(file.name, NULL);
    expect_marks(set, "a");
    source_set_describe(set, 0, &fact);
    assert_true(fact.cut_short);
    assert_string_not_equal(source_set_break_reason(set, 0), "");
    source_set_close(set);
    unlink(file.name);
}

/* Section header and one interface description for each link type. */
static struct file create_pcapng(const char *name, const uint32_t *link_types, size_t count,
                                 uint32_t last_snapshot_length)
{
    struct file file = create_file(name);

    put_u32(file.stream, 0x0a0d0d0a, false);
    put_u32(file.stream, 28, false);
    put_u32(file.stream, 0x1a2b3c4d, false);
    put_u32(file.stream, 1, false);
    put_u32(file.stream, 0xffffffff, false);
    put_u32(file.stream, 0xffffffff, false);
    put_u32(file.stream, 28, false);
    for (size_t i = 0; i < count; i++) {
        put_u32(file.stream, 1, false);
        put_u32(file.stream, 20, false);
        put_u32(file.stream, link_types[i], false);
        put_u32(file.stream, i + 1 < count ? 65535 : last_snapshot_length, false);
        put_u32(file.stream, 20, false);
    }
    /* One enhanced packet of the first interface. */
    put_u32(file.stream, 6, false);
    put_u32(file.stream, 48, false);
    put_u32(file.stream, 0, false);
    put_u32(file.stream, 0, false);
    put_u32(file.stream, 3000000, false);
    put_u32(file.stream, 15, false);
    put_u32(file.stream, 15, false);
    for (int i = 0; i < 16; i++)
        putc(i == 14 ? 'p' : 0, file.stream);
    put_u32(file.stream, 48, false);
    assert_int_equal(fclose(file.stream), 0);
    return file;
}

static void test_pcapng(void **state)
{
    static const uint32_t same[] = {1, 1}, different[] = {1, 101};
    struct file file = create_pcapng("ng", same, 2, 65535);
    struct source_set *set = open_one(file.name, NULL);
    const struct frame *frame;
    struct fact_source fact;

    (void)state;
    frame = source_set_next(set);
    assert_non_null(frame);
    assert_int_equal(frame->time, 3 * NANOSECONDS_PER_SECOND);
    assert_int_equal(frame->data.data[14], 'p');
    source_set_describe(set, 0, &fact);
    assert_string_equal(fact.link_type, "EN10MB");
    source_set_close(set);
    unlink(file.name);
    /* Interfaces may differ in all. */
    file = create_pcapng("types", different, 2, 96);
    set = open_one(file.name, NULL);
    frame = source_set_next(set);
    assert_non_null(frame);
    assert_int_equal(frame->link_type, ETHERNET);
    assert_null(source_set_next(set));
    source_set_close(set);
    unlink(file.name);
}

static void test_what_is_no_capture(void **state)
{
    static const struct {
        const char *content;
        size_t length;
        const char *part;
    } cases[] = {
        {"", 0, "is empty; the capture never wrote anything"},
        {"Hello, this is a text.\n", 23, "is not a pcap or pcapng capture; "},
        {"B", 1, "is not a pcap or pcapng capture; "},
        {"\x1f\x8b\x08\0\0\0\0\0\0", 9, "cannot be read (its compressed data is incomplete); "},
        {"\x1f\x8b\x08\xff\0\0\0\0\0", 9, "cannot be read (its compressed data is damaged); "},
        {"\x04\x22\x4d\x18\0\0\0\0", 8, "is compressed; unpack it first, e.g. 'lz4 -dc /tmp/"},
        {"\xfd\x37\x7a\x58\x5a\0\0\0", 8, "'xz -dc "},
        {"BZh91AY&", 8, "'bzip2 -dc "},
        {"GMBU\0\2\0\0", 8, "Microsoft Network Monitor"},
        {"snoop\0\0\0\0\0\0\2", 12, "Solaris snoop"},
        {"\xd4\xc3\xb2\xa1\x02\0", 6, "is damaged ("},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct file file = create_with("other", cases[i].content, cases[i].length);

        expect_problem(file.name, NULL, cases[i].part);
        unlink(file.name);
    }
    expect_problem(folder, NULL, "is a directory without captures; ");
    expect_problem("/tmp/applepath-there-is-no-such-file", NULL, "there is no such file; ");
}

static void test_what_may_not_be_read(void **state)
{
    struct file file = create_with("closed", "x", 1);

    (void)state;
    assert_int_equal(chmod(file.name, 0), 0);
    if (geteuid() != 0)
        expect_problem(file.name, NULL, "may not be read; ");
    unlink(file.name);
}

static void test_unsupported_link_type(void **state)
{
    struct file file = create_file("usb");

    (void)state;
    put_header(file.stream, 0xa1b2c3d4, 189, false);
    assert_int_equal(fclose(file.stream), 0);
    expect_problem(file.name, NULL, "has link type USB_LINUX, which is not supported; ");
    unlink(file.name);
}

/* Puts a pipe, with `content` in it, in the place of standard input. */
static int replace_standard_input(const char *content, size_t length)
{
    int kept = dup(STDIN_FILENO), ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], content, length), length);
    close(ends[1]);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    return kept;
}

static void restore_standard_input(int kept)
{
    if (kept < 0) {
        close(STDIN_FILENO);
        return;
    }
    dup2(kept, STDIN_FILENO);
    close(kept);
}

static void test_standard_input(void **state)
{
    static const char empty_capture[] = "\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0"
                                        "\0\0\0\0\xff\xff\0\0\1\0\0";
    static const struct {
        const char *content;
        size_t length;
        const char *part;
    } cases[] = {
        {"", 0, "standard input: is empty; "},
        {"text", 4, "standard input: is not a pcap or pcapng capture; "},
        {"(text)", 6, "standard input: is not a pcap or pcapng capture; "},
        {"\x1f\x8b\x08\0", 4, "standard input: cannot be read ("},
        {"BZh91AY&", 8, "standard input: is compressed; unpack or convert it before "},
    };
    const char *name = "-";
    struct source_set *set;
    struct fact_source fact;
    uint64_t bytes_read, bytes_total;
    int kept;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct problem problem = {{0}};

        kept = replace_standard_input(cases[i].content, cases[i].length);
        set = source_set_open(&name, 1, NULL, &problem);
        restore_standard_input(kept);
        assert_null(set);
        assert_non_null(strstr(problem.text, cases[i].part));
    }
    kept = replace_standard_input(empty_capture, 24);
    set = open_one("-", NULL);
    restore_standard_input(kept);
    expect_marks(set, "");
    source_set_describe(set, 0, &fact);
    assert_string_equal(fact.name, "standard input");
    source_set_progress(set, &bytes_read, &bytes_total);
    assert_int_equal(bytes_total, 0);
    source_set_close(set);
}

static void test_number_of_files(void **state)
{
    struct problem problem = {{0}};

    (void)state;
    assert_null(source_set_open(NULL, 0, NULL, &problem));
    assert_non_null(strstr(problem.text, "0 captures"));
}

/* A bad file among good ones: nothing is opened, nothing leaks. */
static void test_all_or_none(void **state)
{
    static const uint32_t times[] = {1, 2};
    struct file good = create_capture("good", "ab", times);
    struct file bad = create_with("bad", "x", 1);
    const char *names[] = {good.name, bad.name};
    struct problem problem = {{0}};

    (void)state;
    assert_null(source_set_open(names, 2, NULL, &problem));
    assert_non_null(strstr(problem.text, "bad: is not a pcap"));
    unlink(bad.name);
    unlink(good.name);
}

/* Two interfaces, the first of a link type that is not supported: a pipe of its
 * packets alone is refused, a file is read on to where the other one comes. */
static void put_mixed(FILE *stream, bool announced_late)
{
    static const uint32_t link_types[] = {189, ETHERNET};

    put_u32(stream, 0x0a0d0d0a, false);
    put_u32(stream, 28, false);
    put_u32(stream, 0x1a2b3c4d, false);
    put_u32(stream, 1, false);
    put_u32(stream, 0xffffffff, false);
    put_u32(stream, 0xffffffff, false);
    put_u32(stream, 28, false);
    for (uint32_t i = 0; i < 4; i++) {
        if (i == 0 || i == (announced_late ? 2 : 1)) {
            put_u32(stream, 1, false);
            put_u32(stream, 20, false);
            put_u32(stream, link_types[i > 0], false);
            put_u32(stream, 0, false);
            put_u32(stream, 20, false);
        }
        if (i == 3)
            break;
        put_u32(stream, 6, false);
        put_u32(stream, 36, false);
        put_u32(stream, i == 2, false);
        put_u32(stream, 0, false);
        put_u32(stream, 1000000 * (i + 1), false);
        put_u32(stream, 4, false);
        put_u32(stream, 4, false);
        put_u32(stream, 0x61616161, false);
        put_u32(stream, 36, false);
    }
    assert_int_equal(fclose(stream), 0);
}

static void test_mixed_support(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct file file = create_file("mixed");
        struct fact_source fact;
        struct source_set *set;
        const struct frame *frame;

        put_mixed(file.stream, late == 1);
        set = open_one(file.name, NULL);
        for (uint64_t i = 1; i <= 3; i++) {
            frame = source_set_next(set);
            assert_non_null(frame);
            assert_int_equal(frame->packet, packet_identity(1, i));
            assert_int_equal(frame->time, (int64_t)i * NANOSECONDS_PER_SECOND);
            assert_int_equal(frame->link_type, i == 3 ? ETHERNET : 189);
        }
        assert_int_equal(source_set_warning_count(set), 0);
        assert_null(source_set_next(set));
        source_set_describe(set, 0, &fact);
        assert_string_equal(fact.link_type, "USB_LINUX, EN10MB");
        assert_int_equal(fact.packets, 3);
        assert_int_equal(fact.undecoded_packets, 2);
        assert_int_equal(source_set_warning_count(set), 1);
        assert_non_null(strstr(source_set_warning(set, 0), "link type USB_LINUX (2) are left out"));
        source_set_close(set);
        unlink(file.name);
    }
}

/* The content is the file's, whichever frames the filter lets through; the path can be
 * followed from anywhere. */
static void test_what_is_known_again(void **state)
{
    static const uint32_t times[] = {1, 2, 3};
    struct file files[] = {create_capture("known", "abc", times),
                           create_capture("again", "abc", times),
                           create_capture("shorter", "ab", times)};
    char contents[3][100];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct source_set *set = open_one(files[i].name, i == 1 ? "ether[14] = 98" : NULL);
        struct fact_source fact;

        source_set_describe(set, 0, &fact);
        assert_null(fact.content);
        assert_true(source_set_reads(set, files[i].name));
        assert_false(source_set_reads(set, files[(i + 1) % 3].name));
        while (source_set_next(set) != NULL)
            continue;
        source_set_describe(set, 0, &fact);
        assert_non_null(fact.content);
        assert_int_equal(strlen(fact.content), 64 + 2);
        snprintf(contents[i], sizeof contents[i], "%s", fact.content);
        assert_string_equal(strrchr(fact.path, '/'), strrchr(files[i].name, '/'));
        assert_int_equal(fact.path[0], '/');
        source_set_close(set);
    }
    assert_string_equal(contents[0], contents[1]);
    assert_string_not_equal(contents[0], contents[2]);
    for (size_t i = 0; i < 3; i++)
        unlink(files[i].name);
}

/* In the order of time, whatever the names; what is no capture is told once. */
static void test_directory(void **state)
{
    static const uint32_t late[] = {20, 21}, early[] = {10, 30};
    struct file files[] = {create_capture("a", "cd", late), create_capture("b", "af", early),
                           create_capture("c", "", NULL), create_with("text", "text", 4)};
    struct source_set *set = open_one(folder, NULL);
    struct fact_source fact;
    uint64_t bytes_read, bytes_total;

    (void)state;
    assert_int_equal(source_set_count(set), 3);
    assert_int_equal(source_set_warning_count(set), 1);
    assert_non_null(strstr(source_set_warning(set, 0), "are skipped (1)"));
    assert_non_null(strstr(source_set_warning(set, 0), ": text ("));
    source_set_describe(set, 0, &fact);
    assert_string_equal(fact.name, files[1].name);
    assert_false(source_set_opens_files(set));
    source_set_progress(set, &bytes_read, &bytes_total);
    assert_int_equal(bytes_total, 3 * 24 + 4 * 31);
    expect_marks(set, "acdf");
    source_set_progress(set, &bytes_read, &bytes_total);
    assert_int_equal(bytes_read, bytes_total);
    source_set_close(set);
    for (size_t i = 0; i < 4; i++)
        unlink(files[i].name);
}

/* A capture that is gone when its turn comes breaks off. */
static void test_gone(void **state)
{
    static const uint32_t early[] = {1}, late[] = {2, 3};
    struct file files[] = {create_capture("early", "a", early), create_capture("late", "bc", late)};
    const char *names[] = {files[0].name, files[1].name};
    struct problem problem = {{0}};
    struct source_set *set = source_set_open(names, 2, NULL, &problem);
    struct fact_source fact;
    FILE *emptied = fopen(files[1].name, "wb");

    (void)state;
    assert_non_null(set);
    fclose(emptied);
    expect_marks(set, "a");
    source_set_describe(set, 1, &fact);
    assert_true(fact.cut_short);
    assert_string_not_equal(source_set_break_reason(set, 1), "");
    source_set_close(set);
    for (size_t i = 0; i < 2; i++)
        unlink(files[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mixed_support),
        cmocka_unit_test(test_what_is_known_again),
        cmocka_unit_test(test_directory),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_one_file),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_record_of_absurd_length),
        cmocka_unit_test(test_pcapng),
        cmocka_unit_test(test_what_is_no_capture),
        cmocka_unit_test(test_what_may_not_be_read),
        cmocka_unit_test(test_unsupported_link_type),
        cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_number_of_files),
        cmocka_unit_test(test_all_or_none),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
