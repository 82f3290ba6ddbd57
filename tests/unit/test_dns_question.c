/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/dns_question.c make one number of a question's bytes and of what was read
 * of them, other ones of other questions, and none of what is cut or odd?
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "dissectors/dns_message.h"
#include "dissectors/dns_question.h"

static const struct hash_key key = {{1, 2}};
static struct dns_message message;

/* A query for "gs.Apple_1.com", type A, as of the header's end. */
#define QUERY "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
#define ANSWER "\x12\x34\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00"
#define NAME                                                                                       \
    "\x02gs\x07"                                                                                   \
    "Apple_1\x03"                                                                                  \
    "com\x00"
#define QUESTION NAME "\x00\x01\x00\x01"

static char room[DNS_QUESTION_ROOM];

#define BYTES(text) bytes_of(text, sizeof text - 1)

static struct packet packet_of(struct bytes payload, bool from_client)
{
    static const uint8_t client[] = {10, 0, 0, 5}, resolver[] = {10, 0, 0, 1};
    struct packet packet = {.transport = TRANSPORT_UDP, .payload = payload};
    packet.source = address_from_ipv4(from_client ? client : resolver);
    packet.destination = address_from_ipv4(from_client ? resolver : client);
    packet.source_port = from_client ? 50000 : 53;
    packet.destination_port = from_client ? 53 : 50000;
    return packet;
}

static uint64_t signed_hash(struct bytes payload, bool from_client)
{
    struct packet packet = packet_of(payload, from_client);
    dns_question_sign(&key, &packet, room);
    return packet.question_hash;
}

/* What a reader of the message makes of it, which has to be the same. */
static uint64_t read_hash(struct bytes payload, bool from_client)
{
    struct packet packet = packet_of(payload, from_client);
    const struct address *client = from_client ? &packet.source : &packet.destination;
    const struct address *resolver = from_client ? &packet.destination : &packet.source;
    assert_int_not_equal(dns_message_read(payload, &message), DNS_MESSAGE_NOT_DNS);
    assert_non_null(message.name);
    return dns_question_hash(&key, client, resolver, message.type, message.name);
}

static void test_bytes_and_text_agree(void **state)
{
    (void)state;
    static const char query[] = QUERY QUESTION, answer[] = ANSWER QUESTION;
    struct packet packet = packet_of(BYTES(query), true);
    dns_question_sign(&key, &packet, room);
    assert_int_not_equal(packet.question_hash, 0);
    assert_int_equal(packet.question_hash, read_hash(BYTES(query), true));
    assert_int_equal(packet.question_hash, signed_hash(BYTES(answer), false));
    assert_int_equal(packet.question_hash, read_hash(BYTES(answer), false));
    assert_int_equal(packet.pair_hash, dns_pair_hash(&key, &packet.source, &packet.destination));
    packet = packet_of(BYTES(answer), false);
    dns_question_sign(&key, &packet, room);
    assert_int_equal(packet.pair_hash, 0);
}

/* All lengths of a name, the last word full or not; the longest label and name. */
static void test_all_lengths(void **state)
{
    (void)state;
    uint8_t bytes[12 + 255 + 4] = QUERY;
    for (size_t length = 1; length <= 253; length++) {
        size_t at = 12, left = length;
        while (left > 0) {
            size_t label = left > 64 ? 63 : left == 64 ? 62 : left;
            bytes[at++] = (uint8_t)label;
            for (size_t i = 0; i < label; i++)
                bytes[at++] = (uint8_t)('A' + (i + length) % 26);
            left -= left == label ? label : label + 1;
        }
        bytes[at++] = 0;
        bytes[at++] = 0;
        bytes[at++] = 28;
        bytes[at++] = 0;
        bytes[at++] = 1;
        struct bytes payload = bytes_of(bytes, at);
        assert_int_not_equal(signed_hash(payload, true), 0);
        assert_int_equal(signed_hash(payload, true), read_hash(payload, true));
    }
}

static void test_others_differ(void **state)
{
    (void)state;
    static const char query[] = QUERY QUESTION, other_type[] = QUERY NAME "\x00\x1c\x00\x01",
                      other_name[] = QUERY "\x02gs\x07"
                                           "apple_2\x03"
                                           "com\x00\x00\x01\x00\x01",
                      other_labels[] = QUERY "\x02gs\x0b"
                                             "apple_1-com\x00\x00\x01\x00\x01";
    uint64_t hash = signed_hash(BYTES(query), true);
    assert_int_not_equal(signed_hash(BYTES(other_type), true), hash);
    assert_int_not_equal(signed_hash(BYTES(other_name), true), hash);
    assert_int_not_equal(signed_hash(BYTES(other_labels), true), hash);
    assert_int_not_equal(signed_hash(BYTES(query), false), hash);
}

/* What is cut before the type ends has none, nor have names that a reader must spell. */
static void test_odd_and_cut(void **state)
{
    (void)state;
    static const char query[] = QUERY QUESTION;
    static const struct {
        const char *bytes;
        size_t length;
    } odd[] = {{"\0\0\1\0\1", 5}, /* the root */
               {"\3a.b\0\0\1\0\1", 9}, /* a dot within a label */
               {"\3a b\0\0\1\0\1", 9}, /* a space */
               {"\3a\xc3\xa4\0\0\1\0\1", 9}, /* not ASCII */
               {"\1a\xc0\x0c\0\1\0\1", 8}, /* a pointer */
               {"\x41"
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0\0\1",
                69}};
    for (size_t length = 0; length < sizeof query - 1; length++) {
        uint8_t *copy = malloc(length + (length == 0));
        assert_non_null(copy);
        memcpy(copy, query, length);
        uint64_t hash = signed_hash(bytes_of(copy, length), true);
        assert_int_equal(hash != 0, length >= sizeof query - 3);
        free(copy);
    }
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        uint8_t bytes[12 + 80] = QUERY;
        memcpy(bytes + 12, odd[i].bytes, odd[i].length);
        assert_int_equal(signed_hash(bytes_of(bytes, 12 + odd[i].length), true), 0);
    }
    uint8_t endless[12 + 400] = QUERY;
    for (size_t i = 12; i < sizeof endless; i += 2) {
        endless[i] = 1;
        endless[i + 1] = 'a';
    }
    assert_int_equal(signed_hash(bytes_of(endless, sizeof endless), true), 0);
}

/* The name that was made with the hash stands for the one in the message. */
static void test_the_name_is_known(void **state)
{
    (void)state;
    static const char query[] = QUERY QUESTION;
    static struct dns_message glanced;
    struct packet packet = packet_of(BYTES(query), true);
    dns_question_sign(&key, &packet, room);
    assert_ptr_equal(packet.question.data, room);
    struct bytes known = packet.question;
    assert_int_equal(dns_message_read(BYTES(query), &message), DNS_MESSAGE_WHOLE);
    assert_int_equal(dns_message_glance(BYTES(query), known, &glanced), DNS_MESSAGE_WHOLE);
    assert_string_equal(glanced.name, message.name);
    assert_int_equal(glanced.type, message.type);
    assert_int_equal(glanced.class, message.class);
    assert_true(glanced.spelling == message.spelling);
    for (size_t length = 0; length < sizeof query - 1; length++)
        assert_int_equal(dns_message_glance(bytes_first(BYTES(query), length), known, &glanced),
                         dns_message_read(bytes_first(BYTES(query), length), &message));
}

/* A name that has no room is made of the message. */
static void test_long_names_are_not_kept(void **state)
{
    (void)state;
    char query[12 + 64 + 6] = QUERY;
    query[12] = DNS_QUESTION_ROOM - 1;
    for (int longer = 0; longer <= 2; longer++) {
        size_t length = (size_t)DNS_QUESTION_ROOM - 1 + (size_t)longer;
        memset(query + 12, 0, sizeof query - 12);
        query[12] = (char)length;
        memset(query + 13, 'a', length);
        query[13 + length + 2] = 1; /* A */
        query[13 + length + 4] = 1; /* IN */
        struct packet packet = packet_of(bytes_of(query, 13 + length + 5), true);
        dns_question_sign(&key, &packet, room);
        assert_int_not_equal(packet.question_hash, 0);
        if (length <= DNS_QUESTION_ROOM)
            assert_int_equal(packet.question.length, length);
        else
            assert_null(packet.question.data);
    }
}

static void test_other_packets(void **state)
{
    (void)state;
    static const char query[] = QUERY QUESTION,
                      none_asked[] = "\x12\x34\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00" QUESTION;
    struct packet packet = packet_of(BYTES(query), true);
    packet.destination_port = 5353;
    dns_question_sign(&key, &packet, room);
    assert_int_equal(packet.question_hash, 0);
    packet = packet_of(BYTES(query), true);
    packet.transport = TRANSPORT_TCP;
    dns_question_sign(&key, &packet, room);
    assert_int_equal(packet.question_hash, 0);
    assert_int_equal(signed_hash(BYTES(none_asked), true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_and_text_agree), cmocka_unit_test(test_all_lengths),
        cmocka_unit_test(test_others_differ),        cmocka_unit_test(test_odd_and_cut),
        cmocka_unit_test(test_the_name_is_known),    cmocka_unit_test(test_long_names_are_not_kept),
        cmocka_unit_test(test_other_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
