/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does flows/sender_marks.c tell what the packets of one side have in common, and
 * which one another station sent?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flows/sender_marks.h"

static struct packet packet_of(uint16_t identification, int flags)
{
    struct packet packet = {.ttl = 57,
                            .dscp = 10,
                            .ip_identification = identification,
                            .tcp_flags = (uint8_t)flags,
                            .window = 65535};
    assert_true(address_parse("192.0.2.1", &packet.source));
    return packet;
}

static void test_nothing(void **state)
{
    struct sender_record record = {0};
    struct sender_marks marks;
    char text[SENDER_OPTIONS_TEXT_SIZE];
    (void)state;
    sender_record_marks(&record, text, &marks);
    assert_int_equal(marks.ttl_lowest, 0);
    assert_int_equal(marks.identification, IDENTIFICATION_UNKNOWN);
    assert_int_equal(marks.syn_window, 0);
    assert_null(marks.syn_options);
}

static void test_ttl_and_dscp(void **state)
{
    static const uint8_t ttls[] = {57, 58, 56, 57};
    struct sender_record record = {0};
    struct sender_marks marks;
    char text[SENDER_OPTIONS_TEXT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof ttls; i++) {
        struct packet packet = packet_of(0, TCP_ACK);
        packet.ttl = ttls[i];
        packet.dscp = (uint8_t)(10 + i);
        sender_record_packet(&record, &packet);
    }
    sender_record_marks(&record, text, &marks);
    assert_int_equal(marks.ttl_lowest, 56);
    assert_int_equal(marks.ttl_highest, 58);
    assert_int_equal(marks.dscp, 10); /* the first packet's */
}

static enum identification_habit habit_of(const uint16_t *identifications, size_t count)
{
    struct sender_record record = {0};
    struct sender_marks marks;
    char text[SENDER_OPTIONS_TEXT_SIZE];
    struct packet syn = packet_of(0, TCP_SYN | TCP_ACK); /* does not count */
    sender_record_packet(&record, &syn);
    for (size_t i = 0; i < count; i++) {
        struct packet packet = packet_of(identifications[i], TCP_ACK);
        sender_record_packet(&record, &packet);
    }
    sender_record_marks(&record, text, &marks);
    return marks.identification;
}

static void test_identification_habits(void **state)
{
    static const uint16_t zero[] = {0, 0, 0, 0};
    static const uint16_t constant[] = {7, 7, 7, 7};
    static const uint16_t counting[] = {65534, 65535, 0, 1, 500, 1400};
    static const uint16_t disordered[] = {10, 11, 13, 12, 14, 15, 16, 17, 18, 19, 20};
    static const uint16_t scattered[] = {4711, 60000, 17, 33333, 12000};
    static const uint16_t leaping[] = {1, 1002, 2003, 3004}; /* just too far apart */
    (void)state;
    assert_int_equal(habit_of(zero, 2), IDENTIFICATION_UNKNOWN);
    assert_int_equal(habit_of(counting, 2), IDENTIFICATION_UNKNOWN);
    assert_int_equal(habit_of(zero, 3), IDENTIFICATION_ZERO);
    assert_int_equal(habit_of(constant, 4), IDENTIFICATION_CONSTANT);
    assert_int_equal(habit_of(counting, 6), IDENTIFICATION_COUNTING);
    assert_int_equal(habit_of(disordered, 11), IDENTIFICATION_COUNTING);
    assert_int_equal(habit_of(scattered, 5), IDENTIFICATION_SCATTERED);
    assert_int_equal(habit_of(leaping, 4), IDENTIFICATION_SCATTERED);
}

static void test_many_packets(void **state)
{
    uint16_t identifications[2000];
    (void)state;
    for (size_t i = 0; i < 2000; i++)
        identifications[i] = (uint16_t)(i * 3);
    assert_int_equal(habit_of(identifications, 2000), IDENTIFICATION_COUNTING);
    memset(identifications, 0, sizeof identifications);
    assert_int_equal(habit_of(identifications, 2000), IDENTIFICATION_ZERO);
}

static void test_ipv6_has_no_identification(void **state)
{
    struct sender_record record = {0};
    struct sender_marks marks;
    char text[SENDER_OPTIONS_TEXT_SIZE];
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct packet packet = packet_of(0, TCP_ACK);
        assert_true(address_parse("2001:db8::1", &packet.source));
        sender_record_packet(&record, &packet);
    }
    sender_record_marks(&record, text, &marks);
    assert_int_equal(marks.identification, IDENTIFICATION_UNKNOWN);
}

/* The options as text, from memory of exactly their size. */
static const char *options_of(const char *bytes, size_t length, char *text)
{
    struct sender_record record = {0};
    struct sender_marks marks;
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    if (length > 0)
        memcpy(copy, bytes, length);
    struct packet packet = packet_of(1, TCP_SYN);
    packet.tcp_options = bytes_of(copy, length);
    sender_record_packet(&record, &packet);
    free(copy);
    packet.window = 1; /* a second SYN changes nothing */
    packet.tcp_options = bytes_of(NULL, 0);
    sender_record_packet(&record, &packet);
    sender_record_marks(&record, text, &marks);
    assert_int_equal(marks.syn_window, 65535);
    return marks.syn_options;
}

/* What Apple's systems and Linux send. */
static const char apple[] = "\x02\x04\x05\xb4\x01\x03\x03\x06\x01\x01\x08\x0a\0\0\0\1\0\0\0\0"
                            "\x04\x02\0\0";
static const char linux_options[] =
    "\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\1\0\0\0\0\x01\x03\x03\x07";

static void test_syn_options(void **state)
{
    char text[SENDER_OPTIONS_TEXT_SIZE], noops[SENDER_OPTIONS_SIZE];
    (void)state;
    assert_string_equal(options_of(apple, sizeof apple - 1, text), "M1460,N,W6,N,N,T,S,E");
    assert_string_equal(options_of(linux_options, sizeof linux_options - 1, text),
                        "M1460,S,T,N,W7");
    assert_string_equal(options_of("", 0, text), "");
    assert_string_equal(options_of("\x22\x02\x02\x04\xff\xff", 6, text), "34,M65535");
    memset(noops, 1, sizeof noops);
    assert_int_equal(strlen(options_of(noops, sizeof noops, text)), 2 * sizeof noops - 1);
}

/* What was cut or lies ends the list. */
static void test_syn_options_cut(void **state)
{
    char text[SENDER_OPTIONS_TEXT_SIZE], whole[SENDER_OPTIONS_TEXT_SIZE];
    (void)state;
    options_of(apple, sizeof apple - 1, whole);
    for (size_t length = 0; length < sizeof apple - 1; length++) {
        options_of(apple, length, text);
        assert_memory_equal(text, whole, strlen(text));
    }
    assert_string_equal(options_of("\x01\x02\x00\x01\x01", 5, text), "N");
    assert_string_equal(options_of("\x01\x02\x01\x01\x01", 5, text), "N");
    assert_string_equal(options_of("\x01\x08\xff\x01\x01", 5, text), "N");
    assert_string_equal(options_of("\x02\x03\x05\x01", 4, text), "2,N"); /* no MSS is that short */
}

static void test_stations(void **state)
{
    struct sender_record record = {0};
    struct packet packet = packet_of(1, TCP_ACK);
    (void)state;
    assert_false(sender_record_is_foreign(&record, &packet)); /* nothing is known */
    sender_record_packet(&record, &packet); /* without addresses */
    packet.has_macs = true;
    assert_false(sender_record_is_foreign(&record, &packet));
    packet.source_mac.octets[5] = 1;
    sender_record_packet(&record, &packet);
    assert_false(sender_record_is_foreign(&record, &packet));
    packet.source_mac.octets[5] = 2;
    assert_true(sender_record_is_foreign(&record, &packet));
    packet.has_macs = false;
    assert_false(sender_record_is_foreign(&record, &packet));
    packet.has_macs = true;
    sender_record_packet(&record, &packet); /* two routers share the work */
    assert_false(sender_record_is_foreign(&record, &packet));
    packet.source_mac.octets[5] = 3;
    assert_true(sender_record_is_foreign(&record, &packet));
    sender_record_packet(&record, &packet); /* three: they vary */
    packet.source_mac.octets[5] = 4;
    assert_false(sender_record_is_foreign(&record, &packet));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_ttl_and_dscp),
        cmocka_unit_test(test_identification_habits),
        cmocka_unit_test(test_many_packets),
        cmocka_unit_test(test_ipv6_has_no_identification),
        cmocka_unit_test(test_syn_options),
        cmocka_unit_test(test_syn_options_cut),
        cmocka_unit_test(test_stations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
