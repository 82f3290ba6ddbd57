/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/dns_message.c read what a DNS message says, and survive what
 * it does not say?  Two real answers (a courier name, a missing name with SOA
 * and OPT) and messages made by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dissectors/dns_message.h"

static const uint8_t courier_answer[] = {
    0x50, 0x23, 0x85, 0x80, 0x00, 0x01, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x09, 0x31, 0x2d, 0x63,
    0x6f, 0x75, 0x72, 0x69, 0x65, 0x72, 0x04, 0x70, 0x75, 0x73, 0x68, 0x05, 0x61, 0x70, 0x70, 0x6c,
    0x65, 0x03, 0x63, 0x6f, 0x6d, 0x00, 0x00, 0x01, 0x00, 0x01, 0xc0, 0x0c, 0x00, 0x05, 0x00, 0x01,
    0x00, 0x00, 0x70, 0x80, 0x00, 0x25, 0x01, 0x31, 0x12, 0x63, 0x6f, 0x75, 0x72, 0x69, 0x65, 0x72,
    0x2d, 0x70, 0x75, 0x73, 0x68, 0x2d, 0x61, 0x70, 0x70, 0x6c, 0x65, 0x03, 0x63, 0x6f, 0x6d, 0x06,
    0x61, 0x6b, 0x61, 0x64, 0x6e, 0x73, 0x03, 0x6e, 0x65, 0x74, 0x00, 0xc0, 0x36, 0x00, 0x05, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x22, 0x00, 0x19, 0x0b, 0x73, 0x6a, 0x63, 0x2d, 0x63, 0x6f, 0x75, 0x72,
    0x69, 0x65, 0x72, 0x0a, 0x70, 0x75, 0x73, 0x68, 0x2d, 0x61, 0x70, 0x70, 0x6c, 0x65, 0xc0, 0x4b,
    0xc0, 0x67, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x12, 0x00, 0x04, 0x11, 0xf9, 0x0c, 0x9f};

static const uint8_t missing_answer[] = {
    0x82, 0x95, 0x81, 0x83, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x03, 0x64, 0x6e, 0x65,
    0x04, 0x6f, 0x69, 0x73, 0x66, 0x03, 0x6e, 0x65, 0x74, 0x00, 0x00, 0x01, 0x00, 0x01, 0xc0, 0x10,
    0x00, 0x06, 0x00, 0x01, 0x00, 0x00, 0x03, 0x83, 0x00, 0x45, 0x06, 0x6e, 0x73, 0x2d, 0x31, 0x31,
    0x30, 0x09, 0x61, 0x77, 0x73, 0x64, 0x6e, 0x73, 0x2d, 0x31, 0x33, 0x03, 0x63, 0x6f, 0x6d, 0x00,
    0x11, 0x61, 0x77, 0x73, 0x64, 0x6e, 0x73, 0x2d, 0x68, 0x6f, 0x73, 0x74, 0x6d, 0x61, 0x73, 0x74,
    0x65, 0x72, 0x06, 0x61, 0x6d, 0x61, 0x7a, 0x6f, 0x6e, 0xc0, 0x3b, 0x00, 0x00, 0x00, 0x01, 0x00,
    0x00, 0x1c, 0x20, 0x00, 0x00, 0x03, 0x84, 0x00, 0x12, 0x75, 0x00, 0x00, 0x01, 0x51, 0x80, 0x00,
    0x00, 0x29, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};

/* A message made by hand: header and what the test adds. */
struct made {
    uint8_t bytes[8192];
    size_t length;
};

static void make_add(struct made *made, const void *bytes, size_t length)
{
    assert_true(made->length + length <= sizeof made->bytes);
    memcpy(made->bytes + made->length, bytes, length);
    made->length += length;
}

/* An answer with one question and so many records. */
static void make_header(struct made *made, uint8_t answers)
{
    const uint8_t header[DNS_HEADER_LENGTH] = {0x12, 0x34, 0x81, 0x80, 0, 1, 0, answers};
    made->length = 0;
    make_add(made, header, sizeof header);
}

#define MAKE_ADD(made, literal) make_add(made, literal, sizeof literal - 1)

static struct dns_message message;

/* A glance sees what a reader sees, but for the text of records: those of the answer that have
 * an address, in their order, with that. */
static void check_glance(struct bytes from, enum dns_message_result result)
{
    static struct dns_message glance;
    memset(&glance, 0xa5, sizeof glance);
    enum dns_message_result glanced = dns_message_glance(from, bytes_of(NULL, 0), &glance);
    assert_int_equal(glanced == DNS_MESSAGE_NOT_DNS, result == DNS_MESSAGE_NOT_DNS);
    if (result != DNS_MESSAGE_WHOLE)
        return; /* what is wrong with a record's text need not be seen */
    assert_int_equal(glanced, DNS_MESSAGE_WHOLE);
    assert_int_equal(glance.id, message.id);
    assert_int_equal(glance.rcode, message.rcode);
    assert_int_equal(glance.edns, message.edns);
    assert_int_equal(glance.truncated, message.truncated);
    assert_int_equal(glance.type, message.type);
    assert_true((glance.name == NULL) == (message.name == NULL));
    if (message.name != NULL)
        assert_string_equal(glance.name, message.name);
    size_t at = 0;
    for (size_t i = 0; i < message.record_count; i++) {
        const struct dns_record *record = &message.records[i];
        if (record->section != DNS_ANSWER || address_is_none(&record->address))
            continue;
        assert_true(at < glance.record_count);
        assert_true(address_equal(&glance.records[at].address, &record->address));
        assert_int_equal(glance.records[at++].section, DNS_ANSWER);
    }
    assert_true(at == glance.record_count || message.record_count == DNS_RECORD_LIMIT);
}

static enum dns_message_result read_exact(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    if (length > 0)
        memcpy(copy, bytes, length);
    memset(&message, 0xa5, sizeof message);
    enum dns_message_result result = dns_message_read(bytes_of(copy, length), &message);
    check_glance(bytes_of(copy, length), result);
    free(copy);
    return result;
}

static void check_record(size_t index, const char *owner, uint16_t type, const char *data)
{
    assert_true(index < message.record_count);
    assert_string_equal(message.records[index].owner, owner);
    assert_int_equal(message.records[index].type, type);
    assert_string_equal(message.records[index].data, data);
}

static void test_courier_answer(void **state)
{
    (void)state;
    char printed[ADDRESS_TEXT_SIZE];
    assert_int_equal(read_exact(courier_answer, sizeof courier_answer), DNS_MESSAGE_WHOLE);
    assert_int_equal(message.id, 0x5023);
    assert_true(message.response);
    assert_true(message.authoritative);
    assert_false(message.truncated);
    assert_int_equal(message.rcode, 0);
    assert_string_equal(message.name, "1-courier.push.apple.com");
    assert_int_equal(message.type, DNS_TYPE_A);
    assert_int_equal(message.record_count, 3);
    check_record(0, "1-courier.push.apple.com", DNS_TYPE_CNAME,
                 "1.courier-push-apple.com.akadns.net");
    check_record(1, "1.courier-push-apple.com.akadns.net", DNS_TYPE_CNAME,
                 "sjc-courier.push-apple.com.akadns.net");
    check_record(2, "sjc-courier.push-apple.com.akadns.net", DNS_TYPE_A, "17.249.12.159");
    assert_int_equal(message.records[0].ttl, 28800);
    assert_int_equal(message.records[0].section, DNS_ANSWER);
    assert_true(address_is_none(&message.records[0].address));
    assert_string_equal(address_print(&message.records[2].address, printed), "17.249.12.159");
}

static void test_missing_name(void **state)
{
    (void)state;
    assert_int_equal(read_exact(missing_answer, sizeof missing_answer), DNS_MESSAGE_WHOLE);
    assert_int_equal(message.rcode, 3);
    assert_string_equal(message.name, "dne.oisf.net");
    assert_int_equal(message.record_count, 1); /* OPT is no record to keep */
    assert_int_equal(message.records[0].section, DNS_AUTHORITY);
    check_record(0, "oisf.net", DNS_TYPE_SOA,
                 "ns-110.awsdns-13.com awsdns-hostmaster.amazon.com 1 7200 900 1209600 86400");
}

static void test_cut_at_every_length(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof courier_answer; length++) {
        enum dns_message_result result = read_exact(courier_answer, length);
        assert_int_equal(result,
                         length < DNS_HEADER_LENGTH ? DNS_MESSAGE_NOT_DNS : DNS_MESSAGE_BROKEN);
        if (length < DNS_HEADER_LENGTH)
            continue;
        assert_int_equal(message.name != NULL, length >= 42);
        assert_int_equal(message.record_count, (length >= 91) + (length >= 128));
    }
    for (size_t length = DNS_HEADER_LENGTH; length < sizeof missing_answer; length++)
        assert_int_equal(read_exact(missing_answer, length), DNS_MESSAGE_BROKEN);
}

/* RFC 6891 section 6.1.3: 1 in the high bits makes BADVERS, 16. */
static void test_extended_rcode(void **state)
{
    (void)state;
    uint8_t changed[sizeof missing_answer];
    memcpy(changed, missing_answer, sizeof changed);
    changed[3] = 0x80;
    changed[sizeof changed - 6] = 1;
    assert_int_equal(read_exact(changed, sizeof changed), DNS_MESSAGE_WHOLE);
    assert_int_equal(message.rcode, 16);
}

static void test_case_and_escapes(void **state)
{
    (void)state;
    struct made made;
    make_header(&made, 0);
    MAKE_ADD(&made, "\x0a"
                    "A.b\\c D\xff\n_"
                    "\x03"
                    "CoM"
                    "\0"
                    "\0\x1c\0\1");
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_WHOLE);
    assert_string_equal(message.name, "a\\.b\\\\c\\032d\\255\\010_.com");
    assert_int_equal(message.type, DNS_TYPE_AAAA);
    make_header(&made, 0);
    MAKE_ADD(&made, "\0"
                    "\0\2\0\1");
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_WHOLE);
    assert_string_equal(message.name, ".");
}

static void test_record_kinds(void **state)
{
    (void)state;
    struct made made;
    make_header(&made, 8);
    MAKE_ADD(&made, "\1x\0"
                    "\0\xff\0\1");
    MAKE_ADD(&made, "\xc0\x0c\0\x1c\0\1\0\0\0\5\0\x10"
                    "\x26\x20\1\x49\x0a\x44\0\0\0\0\0\0\0\0\0\1");
    MAKE_ADD(&made, "\xc0\x0c\0\x0f\0\1\0\0\0\5\0\x07"
                    "\0\x0a"
                    "\2mx"
                    "\xc0\x0c");
    MAKE_ADD(&made, "\xc0\x0c\0\x21\0\1\0\0\0\5\0\x0b"
                    "\0\1\0\2\1\xbb"
                    "\2sv"
                    "\xc0\x0c");
    MAKE_ADD(&made, "\xc0\x0c\0\x10\0\1\0\0\0\5\0\x08"
                    "\3a b"
                    "\3\"\\\x07");
    MAKE_ADD(&made, "\xc0\x0c\0\x41\0\1\0\0\0\5\0\x0a"
                    "\0\1\0"
                    "\0\1\0\3"
                    "\2h2");
    MAKE_ADD(&made, "\xc0\x0c\0\x63\0\1\0\0\0\5\0\x03"
                    "abc");
    MAKE_ADD(&made, "\xc0\x0c\0\x63\0\1\xff\0\0\5\0\0");
    MAKE_ADD(&made, "\xc0\x0c\0\x10\0\3\0\0\0\5\0\x02"
                    "\1c"); /* class CHAOS */
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_WHOLE);
    assert_int_equal(message.record_count, 7);
    check_record(0, "x", DNS_TYPE_AAAA, "2620:149:a44::1");
    assert_false(address_is_none(&message.records[0].address));
    check_record(1, "x", DNS_TYPE_MX, "10 mx.x");
    check_record(2, "x", DNS_TYPE_SRV, "1 2 443 sv.x");
    check_record(3, "x", DNS_TYPE_TXT, "a b\"\\\\\\007");
    check_record(4, "x", DNS_TYPE_HTTPS, "1 . alpn=h2");
    check_record(5, "x", 0x63, "\\# 3");
    check_record(6, "x", 0x63, "");
    assert_int_equal(message.records[6].ttl, 0); /* RFC 2181 section 8 */
    for (size_t length = 0; length < made.length; length++)
        assert_int_not_equal(read_exact(made.bytes, length), DNS_MESSAGE_WHOLE);
}

static void test_text_is_cut(void **state)
{
    (void)state;
    struct made made;
    uint8_t string[256];
    make_header(&made, 1);
    MAKE_ADD(&made, "\1x\0"
                    "\0\x10\0\1"
                    "\xc0\x0c\0\x10\0\1\0\0\0\5\1\0");
    memset(string, 1, sizeof string);
    string[0] = 255;
    make_add(&made, string, sizeof string);
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_WHOLE);
    assert_int_equal(strlen(message.records[0].data), 252);
}

/* A record that lies about its data is passed over; the rest is still read. */
static void test_bad_data_goes_on(void **state)
{
    (void)state;
    struct made made;
    make_header(&made, 4);
    MAKE_ADD(&made, "\1x\0"
                    "\0\1\0\1");
    MAKE_ADD(&made, "\xc0\x0c\0\1\0\1\0\0\0\5\0\3"
                    "\1\2\3");
    MAKE_ADD(&made, "\xc0\x0c\0\5\0\1\0\0\0\5\0\4"
                    "\1y\0"
                    "z");
    MAKE_ADD(&made, "\xc0\x0c\0\5\0\1\0\0\0\5\0\2"
                    "\x09y");
    MAKE_ADD(&made, "\xc0\x0c\0\1\0\1\0\0\0\5\0\4"
                    "\1\2\3\4");
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_BROKEN);
    assert_int_equal(message.record_count, 4);
    check_record(0, "x", DNS_TYPE_A, "\\# 3");
    check_record(1, "x", DNS_TYPE_CNAME, "\\# 4");
    check_record(2, "x", DNS_TYPE_CNAME, "\\# 2");
    check_record(3, "x", DNS_TYPE_A, "1.2.3.4");
}

static void check_broken_question(const char *question, size_t length)
{
    struct made made;
    make_header(&made, 0);
    make_add(&made, question, length);
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_BROKEN);
    assert_null(message.name);
}

/* RFC 1035 section 4.1.4: a pointer leads to a prior occurrence, so never to
 * itself, forward, or round in circles. */
static void test_compression_loops(void **state)
{
    (void)state;
    check_broken_question("\xc0\x0c"
                          "\0\1\0\1",
                          6);
    check_broken_question("\1a\xc0\x0c"
                          "\0\1\0\1",
                          8);
    check_broken_question("\1a\xc0\x0e"
                          "\0\1\0\1",
                          8);
    check_broken_question("\1a\xc0\x12"
                          "\0\1\0\1\0",
                          9);
    check_broken_question("\1a\xff\xff"
                          "\0\1\0\1",
                          8);
    check_broken_question("\1a\x40"
                          "b\0"
                          "\0\1\0\1",
                          9);
    check_broken_question("\1a\x80"
                          "b\0"
                          "\0\1\0\1",
                          9);
}

static void test_pointers_are_bounded(void **state)
{
    (void)state;
    struct made made;
    /* A chain of pointers, each to the one before: more than any name needs. */
    make_header(&made, 2);
    MAKE_ADD(&made, "\1x\0"
                    "\0\1\0\1"
                    "\xc0\x0c\0\x63\0\1\0\0\0\5\1\x90");
    size_t previous = 12;
    for (int i = 0; i < 200; i++) {
        uint8_t pointer[2] = {(uint8_t)(0xc0 | previous >> 8), (uint8_t)previous};
        previous = made.length;
        make_add(&made, pointer, sizeof pointer);
    }
    uint8_t last[2] = {(uint8_t)(0xc0 | previous >> 8), (uint8_t)previous};
    make_add(&made, last, sizeof last);
    MAKE_ADD(&made, "\0\x63\0\1\0\0\0\5\0\0");
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_BROKEN);
    assert_int_equal(message.record_count, 1);
}

/* RFC 1035 section 2.3.4: 255 bytes with the root are a name, 256 are none. */
static void test_longest_name(void **state)
{
    (void)state;
    struct made made;
    uint8_t label[64];
    memset(label, 0xff, sizeof label);
    for (uint8_t last = 61; last <= 62; last++) {
        make_header(&made, 0);
        label[0] = 63;
        for (int i = 0; i < 3; i++)
            make_add(&made, label, sizeof label);
        label[0] = last;
        make_add(&made, label, 1u + last);
        MAKE_ADD(&made, "\0"
                        "\0\1\0\1");
        enum dns_message_result result = read_exact(made.bytes, made.length);
        assert_int_equal(result, last == 61 ? DNS_MESSAGE_WHOLE : DNS_MESSAGE_BROKEN);
        if (last == 61)
            assert_int_equal(strlen(message.name), 250 * 4 + 3);
    }
}

/* More records, and more text, than there is room for: the rest is left out. */
static void test_limits(void **state)
{
    (void)state;
    struct made made;
    make_header(&made, 200);
    MAKE_ADD(&made, "\1x\0"
                    "\0\1\0\1");
    for (int i = 0; i < 200; i++)
        MAKE_ADD(&made, "\xc0\x0c\0\1\0\1\0\0\0\5\0\4"
                        "\1\2\3\4");
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_WHOLE);
    assert_int_equal(message.record_count, DNS_RECORD_LIMIT);
    check_record(DNS_RECORD_LIMIT - 1, "x", DNS_TYPE_A, "1.2.3.4");

    uint8_t label[64];
    memset(label, 0xff, sizeof label);
    label[0] = 60;
    make_header(&made, 90);
    for (int i = 0; i < 4; i++)
        make_add(&made, label, 61);
    MAKE_ADD(&made, "\0"
                    "\0\5\0\1");
    for (int i = 0; i < 90; i++)
        MAKE_ADD(&made, "\xc0\x0c\0\5\0\1\0\0\0\5\0\2"
                        "\xc0\x0c");
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_WHOLE);
    assert_in_range(message.record_count, 5, 20);
    for (size_t i = 0; i < message.record_count; i++)
        assert_string_equal(message.records[i].owner, message.name);
}

/* Thousands of records whose names are long chains of pointers: only those that are
 * kept are followed, and all are counted through to the end. */
static void test_many_long_chains(void **state)
{
    (void)state;
    static uint8_t bytes[65535];
    size_t length = 12;
    memcpy(bytes, "\x12\x34\x81\x80\0\1\0\0\0\0\0\0", 12);
    bytes[length++] = 0; /* the root, and a chain of pointers that leads to it */
    memcpy(bytes + length, "\0\1\0\1", 4);
    length += 4;
    uint16_t answers = 1;
    memcpy(bytes + length, "\0\0\x63\0\3\0\0\0\5\0\xfa", 11);
    length += 11;
    size_t previous = 12;
    for (int i = 0; i < 125; i++) {
        bytes[length] = (uint8_t)(0xc0 | previous >> 8);
        bytes[length + 1] = (uint8_t)previous;
        previous = length;
        length += 2;
    }
    for (; length + 12 <= sizeof bytes; length += 12, answers++) {
        memcpy(bytes + length, "\xc0\0\0\x63\0\1\0\0\0\5\0\0", 12);
        bytes[length] = (uint8_t)(0xc0 | previous >> 8);
        bytes[length + 1] = (uint8_t)previous;
    }
    bytes[6] = (uint8_t)(answers >> 8);
    bytes[7] = (uint8_t)answers;
    for (int i = 0; i < 200; i++)
        assert_int_equal(dns_message_read(bytes_of(bytes, length), &message), DNS_MESSAGE_WHOLE);
    assert_int_equal(message.record_count, DNS_RECORD_LIMIT);
    check_record(DNS_RECORD_LIMIT - 1, ".", 0x63, "");
}

static void test_flags(void **state)
{
    (void)state;
    struct made made;
    make_header(&made, 0);
    MAKE_ADD(&made, "\1x\0"
                    "\0\1\0\1");
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_WHOLE);
    assert_true(message.recursion_available);
    assert_false(message.authenticated);
    assert_false(message.edns);
    made.bytes[3] = 0x20;
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_WHOLE);
    assert_false(message.recursion_available);
    assert_true(message.authenticated);
}

/* RFC 8914: the first error counts; RFC 6891: so does the first OPT record. */
static void test_extended_errors(void **state)
{
    (void)state;
    struct made made;
    make_header(&made, 0);
    made.bytes[11] = 2;
    MAKE_ADD(&made, "\1x\0"
                    "\0\1\0\1");
    MAKE_ADD(&made, "\0\0\x29\x04\xd0\0\0\0\0\0\x16"
                    "\0\x0f\0\6\0\x0f"
                    "bad\0"
                    "\0\x0f\0\x08\0\x10"
                    "worse!");
    size_t first = made.length;
    MAKE_ADD(&made, "\0\0\x29\2\0\0\0\0\0\0\0");
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_WHOLE);
    assert_true(message.edns);
    assert_int_equal(message.udp_size, 1232);
    assert_true(message.has_extended_error);
    assert_int_equal(message.extended_error, 15);
    assert_string_equal(message.extended_text, "bad");
    for (size_t length = 0; length < made.length; length++)
        assert_int_not_equal(read_exact(made.bytes, length), DNS_MESSAGE_WHOLE);
    made.bytes[11] = 1;
    assert_int_equal(read_exact(made.bytes, first), DNS_MESSAGE_WHOLE);
    made.bytes[first - 9]++; /* the last option is longer than what holds it */
    assert_int_equal(read_exact(made.bytes, first), DNS_MESSAGE_BROKEN);
    assert_int_equal(message.extended_error, 15);
}

/* The question's name again, pointed to or spelled: the text is the same, and so is what is
 * cut; a name that only begins like it is another. */
static void test_owner_is_asked(void **state)
{
    (void)state;
    static const char record[] = "\0\1\0\1\0\0\0\x3c\0\4\x11\xfd\x0c\x9f";
    static const struct {
        const char *bytes;
        size_t length;
        const char *owner;
    } owners[] = {{"\xc0\x0c", 2, "ab.cd"},     {"\2ab\2cd\0", 7, "ab.cd"},
                  {"\2AB\2cd\0", 7, "ab.cd"},   {"\xc0\x0f", 2, "cd"},
                  {"\2ab\xc0\x0f", 5, "ab.cd"}, {"\2ab\0", 4, "ab"},
                  {"\2ab\2ce\0", 7, "ab.ce"},   {"\2ab\2cd\xc0\x0f", 8, "ab.cd.cd"}};
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        struct made made;
        make_header(&made, 1);
        MAKE_ADD(&made, "\2ab\2cd\0\0\1\0\1");
        size_t question = made.length;
        made.bytes[7] = 1;
        make_add(&made, owners[i].bytes, owners[i].length);
        make_add(&made, record, sizeof record - 1);
        assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_WHOLE);
        assert_int_equal(message.record_count, 1);
        check_record(0, owners[i].owner, DNS_TYPE_A, "17.253.12.159");
        for (size_t length = question; length < made.length; length++) {
            assert_int_equal(read_exact(made.bytes, length), DNS_MESSAGE_BROKEN);
            assert_int_equal(message.record_count, 0);
        }
    }
}

static void test_spelling(void **state)
{
    (void)state;
    uint64_t spelling[3];
    static const char *const names[] = {"\2ab\0\0\1\0\1", "\2aB\0\0\1\0\1", "\2AB\0\0\1\0\1"};
    for (int i = 0; i < 3; i++) {
        struct made made;
        make_header(&made, 0);
        make_add(&made, names[i], 8);
        assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_WHOLE);
        assert_string_equal(message.name, "ab");
        assert_int_equal(message.mixed_case, i == 1);
        spelling[i] = message.spelling;
    }
    assert_true(spelling[0] != spelling[1] && spelling[1] != spelling[2] &&
                spelling[0] != spelling[2]);
}

/* A second question is read over; in an answer only, as RFC 9619 has it. */
static void test_two_questions(void **state)
{
    (void)state;
    struct made made;
    make_header(&made, 1);
    made.bytes[5] = 2;
    MAKE_ADD(&made, "\1x\0"
                    "\0\1\0\1"
                    "\1y\0"
                    "\0\x1c\0\1");
    MAKE_ADD(&made, "\xc0\x0c\0\1\0\1\0\0\0\5\0\4"
                    "\1\2\3\4");
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_WHOLE);
    assert_string_equal(message.name, "x");
    assert_int_equal(message.type, DNS_TYPE_A);
    check_record(0, "x", DNS_TYPE_A, "1.2.3.4");
    made.bytes[2] = 0x01;
    made.bytes[7] = 0;
    assert_int_equal(read_exact(made.bytes, made.length), DNS_MESSAGE_NOT_DNS);
}

static void test_not_dns(void **state)
{
    (void)state;
    static const uint8_t text[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    uint8_t changed[sizeof courier_answer];
    assert_int_equal(read_exact(text, sizeof text), DNS_MESSAGE_NOT_DNS);
    memcpy(changed, courier_answer, sizeof changed);
    changed[2] = 0x9d; /* opcode 3 was never assigned */
    assert_int_equal(read_exact(changed, sizeof changed), DNS_MESSAGE_NOT_DNS);
    changed[2] = 0x01; /* a query brings no answers */
    assert_int_equal(read_exact(changed, sizeof changed), DNS_MESSAGE_NOT_DNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_courier_answer),
        cmocka_unit_test(test_missing_name),
        cmocka_unit_test(test_cut_at_every_length),
        cmocka_unit_test(test_extended_rcode),
        cmocka_unit_test(test_case_and_escapes),
        cmocka_unit_test(test_record_kinds),
        cmocka_unit_test(test_text_is_cut),
        cmocka_unit_test(test_bad_data_goes_on),
        cmocka_unit_test(test_compression_loops),
        cmocka_unit_test(test_pointers_are_bounded),
        cmocka_unit_test(test_longest_name),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_two_questions),
        cmocka_unit_test(test_not_dns),
        cmocka_unit_test(test_many_long_chains),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_extended_errors),
        cmocka_unit_test(test_owner_is_asked),
        cmocka_unit_test(test_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
