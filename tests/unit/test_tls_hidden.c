/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/tls_hidden.c tell who refused, who went on and who said goodbye, by
 * the lengths of encrypted records alone?  The suite of the hellos is 0x1301: a
 * Finished has 53 bytes, an alert 19.
 */
#include "tests/support/tls_records.h"

enum { FINISHED = 53, FINISHED_384 = 69, REFUSAL = 19 };

static void client(struct dissection *dissection, uint64_t number, uint16_t length)
{
    record(dissection, SIDE_CLIENT, number, DATA, length, 0xee);
}

static void server(struct dissection *dissection, uint64_t number, uint16_t length)
{
    record(dissection, SIDE_SERVER, number, DATA, length, 0xee);
}

static const struct fact_tls *finish(struct dissection *dissection)
{
    dissection_finish(dissection);
    return last_tls(dissection);
}

static void test_goes_on(void **state)
{
    struct dissection *dissection = *state;
    server_flight_of_13(dissection);
    record(dissection, SIDE_CLIENT, 10, CCS, 1, 1);
    client(dissection, 10, FINISHED);
    server(dissection, 11, 250);
    client(dissection, 12, 100);
    const struct fact_tls *tls = finish(dissection);
    assert_true(tls->handshake_complete);
    assert_false(tls->client_refused);
    assert_int_equal(tls->closed_by, PARTY_NONE);
    assert_int_equal(tls->server_flight_bytes, 2500 + 69);
    assert_int_equal(tls->client_reply_length, FINISHED);
    assert_int_equal(tls->client_reply_packet, packet_identity(1, 10));
    assert_int_equal(tls->client_reply_time, DISSECTION_EPOCH + 10 * NANOSECONDS_PER_MILLISECOND);
    assert_string_equal(tls->records, "s2500+2 s69+2 c53+9 s250+10 c100+11");
}

static void test_refusal(void **state)
{
    struct dissection *dissection = *state;
    server_flight_of_13(dissection);
    record(dissection, SIDE_CLIENT, 4, CCS, 1, 1);
    client(dissection, 4, REFUSAL);
    server(dissection, 5, REFUSAL);
    const struct fact_tls *tls = finish(dissection);
    assert_true(tls->client_refused);
    assert_false(tls->handshake_complete);
    assert_int_equal(tls->closed_by, PARTY_NONE);
    assert_int_equal(tls->client_reply_length, REFUSAL);
}

/* Neither alert nor Finished: padded, or many messages in one. */
static void test_other_lengths(void **state)
{
    (void)state;
    for (uint16_t length = 18; length < 80; length++) {
        struct dissection dissection;
        dissection_begin(&dissection, &dissector_tls, 443);
        server_flight_of_13(&dissection);
        client(&dissection, 4, length);
        const struct fact_tls *tls = finish(&dissection);
        assert_int_equal(tls->client_refused, length == REFUSAL);
        assert_int_equal(tls->handshake_complete, length == FINISHED);
        dissection_end(&dissection);
    }
}

/* The hash of the suite decides how long a Finished is. */
static void test_lengths_of_other_suites(void **state)
{
    (void)state;
    static const struct {
        uint8_t suite;
        uint16_t finished;
        uint16_t alert;
    } cases[] = {{0x01, 53, 19}, {0x02, 69, 19}, {0x03, 53, 19}, {0x04, 53, 19}, {0x05, 45, 11}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int refusal = 0; refusal < 2; refusal++) {
            struct dissection dissection;
            uint8_t hello[sizeof mesu_server_hello];
            memcpy(hello, mesu_server_hello, sizeof hello);
            assert_int_equal(hello[77], 0x01);
            hello[77] = cases[i].suite;
            dissection_begin(&dissection, &dissector_tls, 443);
            dissection_segment(&dissection, SIDE_CLIENT, 1, BYTES(mesu_client_hello));
            dissection_segment(&dissection, SIDE_SERVER, 2, BYTES(hello));
            server(&dissection, 2, 2000);
            client(&dissection, 3, refusal ? cases[i].alert : cases[i].finished);
            const struct fact_tls *tls = finish(&dissection);
            assert_int_equal(tls->client_refused, refusal);
            assert_int_equal(tls->handshake_complete, !refusal);
            dissection_end(&dissection);
        }
    }
}

/* A client with a certificate refuses after it, or goes on. */
static void test_mutual(void **state)
{
    (void)state;
    for (int refuses = 0; refuses < 2; refuses++) {
        struct dissection dissection;
        dissection_begin(&dissection, &dissector_tls, 443);
        server_flight_of_13(&dissection);
        client(&dissection, 4, 900);
        client(&dissection, 4, refuses ? REFUSAL : FINISHED);
        server(&dissection, 5, refuses ? REFUSAL : 200);
        const struct fact_tls *tls = finish(&dissection);
        assert_int_equal(tls->client_refused, refuses);
        assert_int_equal(tls->handshake_complete, !refuses);
        assert_int_equal(tls->client_reply_length, 900);
        dissection_end(&dissection);
    }
}

/* Who goes on after a record of 19 bytes has not refused. */
static void test_record_after_refusal(void **state)
{
    struct dissection *dissection = *state;
    server_flight_of_13(dissection);
    client(dissection, 4, REFUSAL);
    client(dissection, 4, FINISHED);
    const struct fact_tls *tls = finish(dissection);
    assert_false(tls->client_refused);
    assert_true(tls->handshake_complete);
}

/* The server refused first: what the client says then is its goodbye. */
static void test_server_refuses(void **state)
{
    struct dissection *dissection = *state;
    dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(mesu_client_hello));
    dissection_segment(dissection, SIDE_SERVER, 2, BYTES(mesu_server_hello));
    server(dissection, 3, REFUSAL);
    client(dissection, 4, REFUSAL);
    const struct fact_tls *tls = finish(dissection);
    assert_false(tls->client_refused);
    assert_false(tls->handshake_complete);
}

/* close_notify: after data, or with none at all. */
static void test_goodbye(void **state)
{
    (void)state;
    for (int data = 0; data < 2; data++) {
        for (int side = 0; side < SIDE_COUNT; side++) {
            struct dissection dissection;
            dissection_begin(&dissection, &dissector_tls, 443);
            server_flight_of_13(&dissection);
            client(&dissection, 4, FINISHED);
            if (data) {
                client(&dissection, 5, 100);
                server(&dissection, 6, 100);
            }
            record(&dissection, side, 7, DATA, REFUSAL, 1);
            record(&dissection, side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT, 8, DATA, REFUSAL,
                   1);
            const struct fact_tls *tls = finish(&dissection);
            assert_false(tls->client_refused);
            assert_true(tls->handshake_complete);
            assert_int_equal(tls->closed_by, flow_party(side));
            dissection_end(&dissection);
        }
    }
}

/* Two bytes of data look like an alert until more of them come. */
static void test_short_data_is_no_goodbye(void **state)
{
    struct dissection *dissection = *state;
    server_flight_of_13(dissection);
    client(dissection, 4, FINISHED);
    server(dissection, 5, REFUSAL);
    server(dissection, 5, 40);
    assert_int_equal(finish(dissection)->closed_by, PARTY_NONE);
}

/* Early data: two bytes of it are no refusal. */
static void test_early_data(void **state)
{
    struct dissection *dissection = *state;
    early_hello(dissection);
    client(dissection, 1, 500);
    dissection_segment(dissection, SIDE_SERVER, 2, BYTES(mesu_server_hello));
    server(dissection, 3, 300);
    client(dissection, 4, REFUSAL);
    const struct fact_tls *tls = finish(dissection);
    assert_true(tls->early_data);
    assert_false(tls->client_refused);
}

/* The capture has the client's answer before the server's flight. */
static void test_directions_out_of_order(void **state)
{
    (void)state;
    for (int refuses = 0; refuses < 2; refuses++) {
        for (int hello_first = 0; hello_first < 2; hello_first++) {
            struct dissection dissection;
            dissection_begin(&dissection, &dissector_tls, 443);
            dissection_segment(&dissection, SIDE_CLIENT, 1, BYTES(mesu_client_hello));
            if (hello_first)
                dissection_segment(&dissection, SIDE_SERVER, 2, BYTES(mesu_server_hello));
            record(&dissection, SIDE_CLIENT, 3, CCS, 1, 1);
            client(&dissection, 3, refuses ? REFUSAL : FINISHED);
            if (!refuses)
                client(&dissection, 4, 300);
            if (!hello_first)
                dissection_segment(&dissection, SIDE_SERVER, 5, BYTES(mesu_server_hello));
            server(&dissection, 6, 2500);
            const struct fact_tls *tls = finish(&dissection);
            assert_int_equal(tls->client_refused, refuses);
            assert_int_equal(tls->handshake_complete, !refuses);
            assert_int_equal(tls->client_data_records, !refuses);
            assert_int_equal(tls->client_reply_packet, packet_identity(1, 3));
            dissection_end(&dissection);
        }
    }
}

/* Up to 1.2: both Finished, and an encrypted alert has its own record type. */
static void test_12(void **state)
{
    struct dissection *dissection = *state;
    hellos_of_12(dissection);
    record(dissection, SIDE_CLIENT, 4, CCS, 1, 1);
    record(dissection, SIDE_CLIENT, 4, HANDSHAKE, 40, 1);
    assert_false(tls_so_far(dissection)->handshake_complete);
    record(dissection, SIDE_SERVER, 5, CCS, 1, 1);
    record(dissection, SIDE_SERVER, 5, HANDSHAKE, 40, 2);
    record(dissection, SIDE_CLIENT, 6, DATA, 300, 7);
    record(dissection, SIDE_SERVER, 7, ALERT, 26, 7);
    const struct fact_tls *tls = finish(dissection);
    assert_true(tls->handshake_complete);
    assert_int_equal(tls->closed_by, PARTY_SERVER);
    assert_int_equal(tls->client_reply_length, 0);
    assert_int_equal(tls->client_reply_time, TIMESTAMP_NONE);
    assert_string_equal(tls->records, "c40+3 s40+4 c300+5 s26+6");
}

static void test_many_records(void **state)
{
    struct dissection *dissection = *state;
    server_flight_of_13(dissection);
    client(dissection, 1000000, FINISHED);
    for (uint64_t i = 0; i < 40; i++)
        client(dissection, 1000001 + i, 16384 + 17);
    const char *records = finish(dissection)->records;
    size_t spaces = 0;
    for (const char *at = records; *at != '\0'; at++)
        spaces += *at == ' ';
    assert_int_equal(spaces, 15);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tls_records_begin, tls_records_end)
    const struct CMUnitTest tests[] = {
        TEST(test_goes_on),
        TEST(test_refusal),
        cmocka_unit_test(test_other_lengths),
        cmocka_unit_test(test_lengths_of_other_suites),
        cmocka_unit_test(test_mutual),
        TEST(test_record_after_refusal),
        TEST(test_server_refuses),
        cmocka_unit_test(test_goodbye),
        TEST(test_short_data_is_no_goodbye),
        TEST(test_early_data),
        cmocka_unit_test(test_directions_out_of_order),
        TEST(test_12),
        TEST(test_many_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
