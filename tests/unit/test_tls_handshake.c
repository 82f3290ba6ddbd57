/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/tls_handshake.c read what follows the hellos in clear: chains whole
 * and broken off, resumed sessions, what the server asks and staples?
 */
#include "tests/support/tls_records.h"

enum {
    NEW_SESSION_TICKET = 4,
    CERTIFICATE = 11,
    SERVER_KEY_EXCHANGE = 12,
    CERTIFICATE_REQUEST = 13,
    SERVER_HELLO_DONE = 14,
    CERTIFICATE_STATUS = 22
};

/* Two that cannot be read, but have fingerprints like any other. */
static const uint8_t chain_of_two[] = {0,   0, 13, 0, 0,   3,   'a', 'b',
                                       'c', 0, 0,  4, 'd', 'e', 'f', 'g'};
static const char chain_text[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad,"
                                 "4c8a43980498636e9c1d1595fa5d115af7937c2422dfe68a2520a52b7a5fb4de";

static void test_full_handshake(void **state)
{
    struct dissection *dissection = *state;
    static const uint8_t curve[] = {3, 0, 0x1d, 32, 1, 2, 3};
    hellos_of_12(dissection);
    message(dissection, SIDE_SERVER, 3, CERTIFICATE, BYTES(chain_of_two));
    assert_string_equal(tls_so_far(dissection)->chain, chain_text);
    message(dissection, SIDE_SERVER, 4, CERTIFICATE_STATUS, bytes_of("status", 6));
    message(dissection, SIDE_SERVER, 4, SERVER_KEY_EXCHANGE, BYTES(curve));
    message(dissection, SIDE_SERVER, 4, CERTIFICATE_REQUEST, bytes_of("request", 7));
    message(dissection, SIDE_SERVER, 4, SERVER_HELLO_DONE, bytes_of(NULL, 0));
    message(dissection, SIDE_CLIENT, 5, CERTIFICATE, BYTES(chain_of_two));
    record(dissection, SIDE_CLIENT, 5, CCS, 1, 1);
    record(dissection, SIDE_CLIENT, 5, HANDSHAKE, 40, 0);
    message(dissection, SIDE_SERVER, 6, NEW_SESSION_TICKET, bytes_of("ticket", 6));
    record(dissection, SIDE_SERVER, 6, CCS, 1, 1);
    record(dissection, SIDE_SERVER, 6, HANDSHAKE, 40, 0);
    dissection_finish(dissection);
    const struct fact_tls *tls = last_tls(dissection);
    assert_false(tls->chain_incomplete);
    assert_int_equal(tls->certificate_packet, packet_identity(1, 3));
    assert_int_equal(tls->certificate_time, DISSECTION_EPOCH + 3 * NANOSECONDS_PER_MILLISECOND);
    assert_true(tls->stapled);
    assert_true(tls->certificate_requested);
    assert_false(tls->resumed);
    assert_true(tls->handshake_complete);
    assert_int_equal(tls->group, 0x001d);
    assert_int_equal(dissection_count(dissection, FACT_CERTIFICATE), 2);
    const struct fact_certificate *certificate =
        &dissection_last(dissection, FACT_CERTIFICATE)->as.certificate;
    assert_string_equal(certificate->sha256, tls->chain + 65);
    assert_int_equal(certificate->first_packet, packet_identity(1, 3));
}

/* RFC 5246 section 7.3: the session goes on, with or without a new ticket. */
static void test_resumed_session(void **state)
{
    (void)state;
    for (int ticket = 0; ticket < 2; ticket++) {
        struct dissection dissection;
        dissection_begin(&dissection, &dissector_tls, 443);
        hellos_of_12(&dissection);
        if (ticket)
            message(&dissection, SIDE_SERVER, 2, NEW_SESSION_TICKET, bytes_of("ticket", 6));
        else
            record(&dissection, SIDE_SERVER, 2, CCS, 1, 1);
        dissection_finish(&dissection);
        assert_true(last_tls(&dissection)->resumed);
        assert_null(last_tls(&dissection)->chain);
        assert_false(last_tls(&dissection)->chain_incomplete);
        assert_int_equal(last_tls(&dissection)->certificate_time, TIMESTAMP_NONE);
        dissection_end(&dissection);
    }
}

/* Suites without certificates end the server's flight all the same. */
static void test_anonymous_is_not_resumed(void **state)
{
    struct dissection *dissection = *state;
    hellos_of_12(dissection);
    message(dissection, SIDE_SERVER, 2, SERVER_HELLO_DONE, bytes_of(NULL, 0));
    record(dissection, SIDE_SERVER, 4, CCS, 1, 1);
    dissection_finish(dissection);
    assert_false(last_tls(dissection)->resumed);
    assert_false(last_tls(dissection)->chain_incomplete);
}

static void test_resumed_in_13(void **state)
{
    struct dissection *dissection = *state;
    static uint8_t hello[sizeof mesu_server_hello + 6];
    static const uint8_t chosen[] = {0, 41, 0, 2, 0, 0};
    memcpy(hello, mesu_server_hello, sizeof mesu_server_hello);
    memcpy(hello + sizeof mesu_server_hello, chosen, sizeof chosen);
    hello[4] = (uint8_t)(hello[4] + 6);
    hello[8] = (uint8_t)(hello[8] + 6);
    hello[80] = (uint8_t)(hello[80] + 6); /* the list of extensions */
    dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(mesu_client_hello));
    assert_int_equal(dissection_segment(dissection, SIDE_SERVER, 2, BYTES(hello)), DISSECTOR_MORE);
    assert_true(tls_so_far(dissection)->resumed);
}

/* The message is cut off anywhere: whole certificates of it are told, and that some
 * are missing. */
static void test_chain_cut_at_every_length(void **state)
{
    (void)state;
    uint8_t records[5 + 4 + sizeof chain_of_two] = {
        HANDSHAKE, 3, 3, 0, 4 + sizeof chain_of_two, CERTIFICATE, 0, 0, sizeof chain_of_two};
    memcpy(records + 9, chain_of_two, sizeof chain_of_two);
    for (size_t length = 9; length < sizeof records; length++) {
        struct dissection dissection;
        dissection_begin(&dissection, &dissector_tls, 443);
        hellos_of_12(&dissection);
        dissection_segment(&dissection, SIDE_SERVER, 3, bytes_of(records, length));
        dissection_finish(&dissection);
        const struct fact_tls *tls = last_tls(&dissection);
        assert_true(tls->chain_incomplete);
        if (length < 9 + 9) {
            assert_null(tls->chain);
        } else {
            assert_int_equal(strlen(tls->chain), 64);
            assert_int_equal(tls->certificate_packet, packet_identity(1, 3));
        }
        dissection_end(&dissection);
    }
}

/* The capture lacks the bytes behind the ServerHello. */
static void test_chain_lost(void **state)
{
    struct dissection *dissection = *state;
    hellos_of_12(dissection);
    dissection->detail.reading_lost = true;
    dissection_finish(dissection);
    assert_true(last_tls(dissection)->chain_incomplete);
    assert_null(last_tls(dissection)->chain);
}

/* A chain of 10 fits, one of 11 is incomplete; in many records. */
static void test_long_chains(void **state)
{
    (void)state;
    for (uint8_t count = 10; count < 12; count++) {
        struct dissection dissection;
        uint8_t body[3 + 11 * 5] = {0, 0, (uint8_t)(count * 5)};
        for (uint8_t i = 0; i < count; i++) {
            const uint8_t one[] = {0, 0, 2, 0x30, i};
            memcpy(body + 3 + i * 5, one, sizeof one);
        }
        uint8_t header[] = {CERTIFICATE, 0, 0, (uint8_t)(3 + count * 5)};
        dissection_begin(&dissection, &dissector_tls, 443);
        hellos_of_12(&dissection);
        record_of(&dissection, SIDE_SERVER, 3, HANDSHAKE, BYTES(header));
        for (size_t i = 0; i < header[3]; i++)
            record_of(&dissection, SIDE_SERVER, 4 + i, HANDSHAKE, bytes_of(body + i, 1));
        const struct fact_tls *tls = tls_so_far(&dissection);
        assert_int_equal(strlen(tls->chain), 10 * 65 - 1);
        assert_int_equal(tls->chain_incomplete, count > 10);
        assert_int_equal(tls->certificate_packet, packet_identity(1, 3u + header[3]));
        dissection_end(&dissection);
    }
}

/* Facts of flows that nobody wants are not made, nor their certificates. */
static void test_unwanted(void **state)
{
    struct dissection *dissection = *state;
    hellos_of_12(dissection);
    size_t before = dissection->fact_count;
    dissection->flow.of_interest = false;
    message(dissection, SIDE_SERVER, 3, CERTIFICATE, BYTES(chain_of_two));
    assert_int_equal(dissection->fact_count, before);
}

/* Several messages in one record, in segments of every size. */
static void test_flight_in_pieces(void **state)
{
    (void)state;
    uint8_t flight[64] = {
        HANDSHAKE, 3, 3, 0, 4 + sizeof chain_of_two + 8, CERTIFICATE, 0, 0, sizeof chain_of_two};
    size_t length = 9;
    memcpy(flight + length, chain_of_two, sizeof chain_of_two);
    length += sizeof chain_of_two;
    const uint8_t rest[] = {CERTIFICATE_REQUEST, 0, 0, 0, SERVER_HELLO_DONE, 0, 0, 0};
    memcpy(flight + length, rest, sizeof rest);
    length += sizeof rest;
    for (size_t size = 1; size <= length; size++) {
        struct dissection dissection;
        dissection_begin(&dissection, &dissector_tls, 443);
        hellos_of_12(&dissection);
        for (size_t at = 0; at < length; at += size)
            dissection_segment(&dissection, SIDE_SERVER, 3 + at,
                               bytes_first(bytes_of(flight + at, length - at), size));
        record(&dissection, SIDE_SERVER, 90, CCS, 1, 1);
        dissection_finish(&dissection);
        assert_int_equal(strlen(last_tls(&dissection)->chain), 129);
        assert_false(last_tls(&dissection)->chain_incomplete);
        assert_true(last_tls(&dissection)->certificate_requested);
        assert_false(last_tls(&dissection)->resumed);
        dissection_end(&dissection);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tls_records_begin, tls_records_end)
    const struct CMUnitTest tests[] = {
        TEST(test_full_handshake),
        cmocka_unit_test(test_resumed_session),
        TEST(test_anonymous_is_not_resumed),
        TEST(test_resumed_in_13),
        cmocka_unit_test(test_chain_cut_at_every_length),
        TEST(test_chain_lost),
        cmocka_unit_test(test_long_chains),
        TEST(test_unwanted),
        cmocka_unit_test(test_flight_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
