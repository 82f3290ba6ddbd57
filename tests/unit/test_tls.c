/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/tls.c see how far a connection came, however its bytes are cut
 * into segments and records?  Real hellos; what follows them is made by hand.
 */
#include "tests/support/dissection.h"

#include "dissectors/tls_hello.h"

/* Whole records: 5 bytes of record header and 4 of message header come first. */
static const uint8_t courier_client_hello[] = {
    0x16, 0x03, 0x03, 0x00, 0xd9, 0x01, 0x00, 0x00, 0xd5, 0x03, 0x03, 0x59, 0x6f, 0xc2, 0x5b, 0xf2,
    0x95, 0x4c, 0x0e, 0x8d, 0x1d, 0x4c, 0x7c, 0x74, 0xee, 0x12, 0x14, 0xc6, 0xfd, 0xb7, 0x78, 0xd1,
    0x64, 0x39, 0x5f, 0xe7, 0x78, 0xc2, 0xe0, 0x41, 0xe6, 0x70, 0xd3, 0x00, 0x00, 0x2c, 0x00, 0xff,
    0xc0, 0x2c, 0xc0, 0x2b, 0xc0, 0x24, 0xc0, 0x23, 0xc0, 0x0a, 0xc0, 0x09, 0xc0, 0x08, 0xc0, 0x30,
    0xc0, 0x2f, 0xc0, 0x28, 0xc0, 0x27, 0xc0, 0x14, 0xc0, 0x13, 0xc0, 0x12, 0x00, 0x9d, 0x00, 0x9c,
    0x00, 0x3d, 0x00, 0x3c, 0x00, 0x35, 0x00, 0x2f, 0x00, 0x0a, 0x01, 0x00, 0x00, 0x80, 0x00, 0x00,
    0x00, 0x1b, 0x00, 0x19, 0x00, 0x00, 0x16, 0x63, 0x6f, 0x75, 0x72, 0x69, 0x65, 0x72, 0x2e, 0x70,
    0x75, 0x73, 0x68, 0x2e, 0x61, 0x70, 0x70, 0x6c, 0x65, 0x2e, 0x63, 0x6f, 0x6d, 0x00, 0x0a, 0x00,
    0x08, 0x00, 0x06, 0x00, 0x17, 0x00, 0x18, 0x00, 0x19, 0x00, 0x0b, 0x00, 0x02, 0x01, 0x00, 0x00,
    0x0d, 0x00, 0x12, 0x00, 0x10, 0x04, 0x01, 0x02, 0x01, 0x05, 0x01, 0x06, 0x01, 0x04, 0x03, 0x02,
    0x03, 0x05, 0x03, 0x06, 0x03, 0x33, 0x74, 0x00, 0x00, 0x00, 0x10, 0x00, 0x20, 0x00, 0x1e, 0x10,
    0x61, 0x70, 0x6e, 0x73, 0x2d, 0x73, 0x65, 0x63, 0x75, 0x72, 0x69, 0x74, 0x79, 0x2d, 0x76, 0x33,
    0x0c, 0x61, 0x70, 0x6e, 0x73, 0x2d, 0x70, 0x61, 0x63, 0x6b, 0x2d, 0x76, 0x31, 0x00, 0x05, 0x00,
    0x05, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x12, 0x00, 0x00, 0x00, 0x17, 0x00, 0x00};

static const uint8_t courier_server_hello[] = {
    0x16, 0x03, 0x03, 0x00, 0x56, 0x02, 0x00, 0x00, 0x52, 0x03, 0x03, 0x62, 0xe2, 0x6f, 0xf2, 0xb6,
    0x8d, 0xd8, 0x2a, 0x3f, 0x6d, 0xa4, 0xa1, 0x52, 0xee, 0xc7, 0x1d, 0x9e, 0x74, 0x39, 0x90, 0x80,
    0x40, 0xcd, 0xba, 0xe1, 0xde, 0x82, 0x7c, 0x56, 0xb8, 0x24, 0x2d, 0x00, 0xc0, 0x09, 0x00, 0x00,
    0x2a, 0xff, 0x01, 0x00, 0x01, 0x00, 0x00, 0x0b, 0x00, 0x04, 0x03, 0x00, 0x01, 0x02, 0x00, 0x10,
    0x00, 0x19, 0x00, 0x17, 0x16, 0x61, 0x70, 0x6e, 0x73, 0x2d, 0x70, 0x61, 0x63, 0x6b, 0x2d, 0x76,
    0x31, 0x3a, 0x34, 0x30, 0x39, 0x36, 0x3a, 0x34, 0x30, 0x39, 0x36};

/* Its padding (RFC 7685) is the zeros that are not written out. */
static const uint8_t mesu_client_hello[517] = {
    0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 0x81, 0x4c, 0x1c, 0xde, 0xbb,
    0x9c, 0x35, 0x56, 0x9f, 0xb8, 0x81, 0xe1, 0x88, 0xa4, 0x52, 0x75, 0xec, 0x55, 0x9a, 0x75, 0x0d,
    0xe5, 0xd6, 0xce, 0x47, 0x2c, 0x07, 0x3a, 0x2f, 0x67, 0xb9, 0x83, 0x20, 0xff, 0x60, 0xb9, 0x8c,
    0x5b, 0xcd, 0xae, 0xbb, 0x06, 0xdb, 0x28, 0x46, 0x24, 0x01, 0x18, 0xe6, 0xf7, 0xfb, 0x15, 0xbc,
    0xa8, 0xef, 0x4e, 0x61, 0xda, 0x8e, 0x52, 0x7d, 0xdf, 0x2f, 0xf3, 0xb3, 0x00, 0x34, 0x13, 0x01,
    0x13, 0x02, 0x13, 0x03, 0xc0, 0x2c, 0xc0, 0x2b, 0xc0, 0x24, 0xc0, 0x23, 0xc0, 0x0a, 0xc0, 0x09,
    0xcc, 0xa9, 0xc0, 0x30, 0xc0, 0x2f, 0xc0, 0x28, 0xc0, 0x27, 0xc0, 0x14, 0xc0, 0x13, 0xcc, 0xa8,
    0x00, 0x9d, 0x00, 0x9c, 0x00, 0x3d, 0x00, 0x3c, 0x00, 0x35, 0x00, 0x2f, 0xc0, 0x08, 0xc0, 0x12,
    0x00, 0x0a, 0x01, 0x00, 0x01, 0x7f, 0xff, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x13, 0x00,
    0x11, 0x00, 0x00, 0x0e, 0x6d, 0x65, 0x73, 0x75, 0x2e, 0x61, 0x70, 0x70, 0x6c, 0x65, 0x2e, 0x63,
    0x6f, 0x6d, 0x00, 0x17, 0x00, 0x00, 0x00, 0x0d, 0x00, 0x18, 0x00, 0x16, 0x04, 0x03, 0x08, 0x04,
    0x04, 0x01, 0x05, 0x03, 0x02, 0x03, 0x08, 0x05, 0x08, 0x05, 0x05, 0x01, 0x08, 0x06, 0x06, 0x01,
    0x02, 0x01, 0x00, 0x05, 0x00, 0x05, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x12, 0x00, 0x00, 0x00,
    0x10, 0x00, 0x0e, 0x00, 0x0c, 0x02, 0x68, 0x32, 0x08, 0x68, 0x74, 0x74, 0x70, 0x2f, 0x31, 0x2e,
    0x31, 0x00, 0x0b, 0x00, 0x02, 0x01, 0x00, 0x00, 0x33, 0x00, 0x26, 0x00, 0x24, 0x00, 0x1d, 0x00,
    0x20, 0xfa, 0x74, 0x1c, 0x99, 0x36, 0xe8, 0xda, 0xa1, 0x92, 0xe1, 0x2e, 0x59, 0x23, 0xa9, 0x1d,
    0x4d, 0xa5, 0x2f, 0xdb, 0x65, 0xff, 0x82, 0xaf, 0xc0, 0x47, 0x02, 0x70, 0x88, 0x21, 0x4b, 0x7e,
    0x2d, 0x00, 0x2d, 0x00, 0x02, 0x01, 0x01, 0x00, 0x2b, 0x00, 0x09, 0x08, 0x03, 0x04, 0x03, 0x03,
    0x03, 0x02, 0x03, 0x01, 0x00, 0x0a, 0x00, 0x0a, 0x00, 0x08, 0x00, 0x1d, 0x00, 0x17, 0x00, 0x18,
    0x00, 0x19, 0x00, 0x15, 0x00, 0xcf};

static const uint8_t mesu_server_hello[] = {
    0x16, 0x03, 0x03, 0x00, 0x7a, 0x02, 0x00, 0x00, 0x76, 0x03, 0x03, 0x32, 0x28, 0x5f, 0x43, 0x38,
    0xab, 0x8b, 0xc3, 0x96, 0xc1, 0x27, 0xd3, 0x55, 0x16, 0xba, 0xc5, 0xe9, 0x50, 0xc2, 0x54, 0x13,
    0xb0, 0x67, 0xaf, 0x2b, 0x62, 0x9b, 0xc2, 0x85, 0xc6, 0x56, 0xcd, 0x20, 0xff, 0x60, 0xb9, 0x8c,
    0x5b, 0xcd, 0xae, 0xbb, 0x06, 0xdb, 0x28, 0x46, 0x24, 0x01, 0x18, 0xe6, 0xf7, 0xfb, 0x15, 0xbc,
    0xa8, 0xef, 0x4e, 0x61, 0xda, 0x8e, 0x52, 0x7d, 0xdf, 0x2f, 0xf3, 0xb3, 0x13, 0x01, 0x00, 0x00,
    0x2e, 0x00, 0x2b, 0x00, 0x02, 0x03, 0x04, 0x00, 0x33, 0x00, 0x24, 0x00, 0x1d, 0x00, 0x20, 0xa4,
    0xb7, 0x88, 0xfc, 0x0d, 0xf6, 0x7b, 0x60, 0xa4, 0x94, 0x7e, 0x5a, 0x9f, 0x5b, 0x50, 0xd8, 0xb9,
    0xdc, 0x7a, 0x34, 0x53, 0xa0, 0x39, 0x61, 0xbb, 0xf8, 0x2a, 0x7d, 0xe3, 0xaf, 0xe8, 0x57};

#define BYTES(array) bytes_of(array, sizeof array)
#define RECORD_HEADER 5

enum { CCS = 20, ALERT = 21, HANDSHAKE = 22, DATA = 23 };

static int begin(void **state)
{
    struct dissection *dissection = malloc(sizeof *dissection);
    assert_non_null(dissection);
    dissection_begin(dissection, &dissector_tls, 443);
    *state = dissection;
    return 0;
}

static int end(void **state)
{
    dissection_end(*state);
    free(*state);
    return 0;
}

/* A record of this type and length, all of whose bytes are `fill`. */
static enum dissector_answer record(struct dissection *dissection, int side, uint64_t number,
                                    uint8_t type, uint16_t length, uint8_t fill)
{
    size_t size = RECORD_HEADER + (size_t)length;
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    memset(bytes, fill, size);
    bytes[0] = type;
    bytes[1] = 3;
    bytes[2] = 3;
    bytes[3] = (uint8_t)(length >> 8);
    bytes[4] = (uint8_t)length;
    enum dissector_answer answer =
        dissection_segment(dissection, side, number, bytes_of(bytes, size));
    free(bytes);
    return answer;
}

static void alert(struct dissection *dissection, int side, uint64_t number, uint8_t level,
                  uint8_t description)
{
    const uint8_t bytes[] = {ALERT, 3, 3, 0, 2, level, description};
    assert_int_equal(dissection_segment(dissection, side, number, BYTES(bytes)), DISSECTOR_MORE);
}

static const struct fact_tls *last(const struct dissection *dissection)
{
    return &dissection_last(dissection, FACT_TLS)->as.tls;
}

static void hellos_of_12(struct dissection *dissection)
{
    assert_int_equal(dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(courier_client_hello)),
                     DISSECTOR_MORE);
    assert_int_equal(dissection_segment(dissection, SIDE_SERVER, 2, BYTES(courier_server_hello)),
                     DISSECTOR_MORE);
}

/* Both hellos, and the server's encrypted flight. */
static void server_flight_of_13(struct dissection *dissection)
{
    assert_int_equal(dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(mesu_client_hello)),
                     DISSECTOR_MORE);
    assert_int_equal(dissection_segment(dissection, SIDE_SERVER, 2, BYTES(mesu_server_hello)),
                     DISSECTOR_MORE);
    record(dissection, SIDE_SERVER, 2, CCS, 1, 1);
    record(dissection, SIDE_SERVER, 3, DATA, 2500, 0xee);
    record(dissection, SIDE_SERVER, 3, DATA, 69, 0xee);
}

static void test_claims(void **state)
{
    struct dissection *dissection = *state;
    static const uint8_t http[] = "HTTP/1.1 400 Bad Request";
    static const uint8_t empty_record[] = {22, 3, 1, 0, 0};
    static const uint8_t data_record[] = {23, 3, 3, 0, 20};
    const struct flow *flow = &dissection->flow;
    assert_true(dissector_tls.claims(flow, BYTES(courier_client_hello)));
    for (size_t length = 1; length <= sizeof courier_client_hello; length++)
        assert_true(dissector_tls.claims(flow, bytes_first(BYTES(courier_client_hello), length)));
    assert_false(dissector_tls.claims(flow, BYTES(http)));
    assert_false(dissector_tls.claims(flow, BYTES(empty_record)));
    assert_false(dissector_tls.claims(flow, BYTES(data_record)));
    assert_false(dissector_tls.claims(flow, bytes_of(NULL, 0)));
}

static void test_hellos(void **state)
{
    struct dissection *dissection = *state;
    assert_int_equal(dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(courier_client_hello)),
                     DISSECTOR_MORE);
    assert_true(dissection->flow.of_interest);
    assert_string_equal(dissection->detail.server_name, "courier.push.apple.com");
    assert_int_equal(dissection->fact_count, 0);
    assert_false(dissection->detail.tls_started);
    dissection_segment(dissection, SIDE_SERVER, 2, BYTES(courier_server_hello));
    assert_int_equal(dissection->fact_count, 1);
    assert_true(dissection->detail.tls_started);
    assert_false(dissection->detail.tls_handshake_complete);
    const struct fact_tls *tls = last(dissection);
    assert_int_equal(tls->flow, 1);
    assert_string_equal(tls->server_name, "courier.push.apple.com");
    assert_string_equal(tls->client_alpn, "apns-security-v3,apns-pack-v1");
    assert_string_equal(tls->server_alpn, "apns-pack-v1:4096:4096");
    assert_int_equal(tls->client_version, TLS_VERSION_1_2);
    assert_int_equal(tls->server_version, TLS_VERSION_1_2);
    assert_int_equal(tls->cipher, 0xc009);
    assert_int_equal(tls->client_hello_bytes, sizeof courier_client_hello - RECORD_HEADER);
    assert_int_equal(tls->client_hello_packet, packet_identity(1, 1));
    assert_int_equal(tls->server_hello_packet, packet_identity(1, 2));
    assert_int_equal(tls->server_hello_time, DISSECTION_EPOCH + 2 * NANOSECONDS_PER_MILLISECOND);
    assert_int_equal(tls->alert_from, PARTY_NONE);
    assert_int_equal(tls->alert_time, TIMESTAMP_NONE);
    dissection_finish(dissection);
    assert_int_equal(dissection->fact_count, 2);
}

/* A ClientHello in two and in three segments, cut anywhere. */
static void test_segments(void **state)
{
    (void)state;
    struct bytes whole = BYTES(courier_client_hello);
    for (size_t cut = 1; cut < whole.length; cut++) {
        struct dissection dissection;
        dissection_begin(&dissection, &dissector_tls, 443);
        size_t second = cut / 2;
        dissection_segment(&dissection, SIDE_CLIENT, 1, bytes_first(whole, second));
        dissection_segment(&dissection, SIDE_CLIENT, 2,
                           bytes_from(bytes_first(whole, cut), second));
        assert_null(dissection.detail.server_name);
        dissection_segment(&dissection, SIDE_CLIENT, 3, bytes_from(whole, cut));
        assert_string_equal(dissection.detail.server_name, "courier.push.apple.com");
        dissection_finish(&dissection);
        assert_int_equal(last(&dissection)->client_hello_packet, packet_identity(1, 3));
        assert_int_equal(last(&dissection)->server_hello_time, TIMESTAMP_NONE);
        dissection_end(&dissection);
    }
}

/* Cut off anywhere: no name, no fact, no byte read too far. */
static void test_cut_at_every_length(void **state)
{
    (void)state;
    struct bytes whole = BYTES(mesu_client_hello);
    for (size_t length = 0; length < whole.length; length++) {
        struct dissection dissection;
        dissection_begin(&dissection, &dissector_tls, 443);
        assert_int_equal(
            dissection_segment(&dissection, SIDE_CLIENT, 1, bytes_first(whole, length)),
            DISSECTOR_MORE);
        assert_int_equal(dissection.unread[SIDE_CLIENT].length, length);
        dissection_end(&dissection);
        assert_int_equal(dissection.fact_count, 0);
    }
}

/* RFC 8446 section 5.1: a message may span records, its header as well. */
static void test_hello_over_records(void **state)
{
    (void)state;
    struct bytes message = bytes_from(BYTES(courier_client_hello), RECORD_HEADER);
    for (size_t part = 1; part < message.length; part++) {
        struct dissection dissection;
        uint8_t records[8192];
        size_t length = 0;
        for (size_t at = 0; at < message.length; at += part) {
            struct bytes piece = bytes_first(bytes_from(message, at), part);
            const uint8_t header[] = {HANDSHAKE, 3, 1, 0, (uint8_t)piece.length};
            memcpy(records + length, header, sizeof header);
            memcpy(records + length + sizeof header, piece.data, piece.length);
            length += sizeof header + piece.length;
        }
        dissection_begin(&dissection, &dissector_tls, 443);
        assert_int_equal(
            dissection_segment(&dissection, SIDE_CLIENT, 1, bytes_of(records, length)),
            DISSECTOR_MORE);
        assert_string_equal(dissection.detail.server_name, "courier.push.apple.com");
        dissection_finish(&dissection);
        assert_int_equal(last(&dissection)->client_hello_bytes, message.length);
        dissection_end(&dissection);
        /* The end may come in the middle of a message. */
        dissection_begin(&dissection, &dissector_tls, 443);
        dissection_segment(&dissection, SIDE_CLIENT, 1, bytes_of(records, length - 1));
        dissection_end(&dissection);
    }
}

/* The whole of a connection of TLS 1.2, message by message. */
static void flow_of_12(struct dissection *dissection)
{
    hellos_of_12(dissection);
    record(dissection, SIDE_SERVER, 3, HANDSHAKE, 4000, 0x0b); /* a long message: skipped */
    record(dissection, SIDE_CLIENT, 4, CCS, 1, 1);
    record(dissection, SIDE_CLIENT, 4, HANDSHAKE, 40, 1);
    record(dissection, SIDE_SERVER, 5, CCS, 1, 1);
    record(dissection, SIDE_SERVER, 5, HANDSHAKE, 40, 2);
}

static void test_flow_of_12(void **state)
{
    struct dissection *dissection = *state;
    flow_of_12(dissection);
    assert_false(dissection->detail.tls_handshake_complete);
    assert_int_equal(record(dissection, SIDE_CLIENT, 6, DATA, 300, 7), DISSECTOR_MORE);
    assert_true(dissection->detail.tls_handshake_complete);
    record(dissection, SIDE_CLIENT, 6, DATA, 16384, 7);
    record(dissection, SIDE_CLIENT, 6, DATA, 0, 7);
    record(dissection, SIDE_SERVER, 7, DATA, 30, 7);
    record(dissection, SIDE_SERVER, 7, ALERT, 26, 7); /* encrypted: nobody knows which */
    assert_int_equal(record(dissection, SIDE_SERVER, 8, DATA, 31, 7), DISSECTOR_MORE);
    assert_int_equal(record(dissection, SIDE_SERVER, 9, DATA, 32, 7), DISSECTOR_DONE);
    dissection_finish(dissection);
    assert_int_equal(last(dissection)->client_data_records, 3);
    assert_int_equal(last(dissection)->server_data_records, 3);
    assert_int_equal(last(dissection)->alert_packet, PACKET_NONE);
}

static void test_flow_of_13(void **state)
{
    struct dissection *dissection = *state;
    server_flight_of_13(dissection);
    assert_int_equal(last(dissection)->server_version, TLS_VERSION_1_3);
    record(dissection, SIDE_CLIENT, 4, CCS, 1, 1);
    record(dissection, SIDE_CLIENT, 4, DATA, 53, 0xee);
    assert_false(dissection->detail.tls_handshake_complete);
    record(dissection, SIDE_CLIENT, 5, DATA, 53, 0xee);
    assert_true(dissection->detail.tls_handshake_complete);
    record(dissection, SIDE_SERVER, 6, DATA, 200, 0xee);
    dissection_finish(dissection);
    assert_int_equal(last(dissection)->client_data_records, 1);
    assert_int_equal(last(dissection)->server_data_records, 1);
    assert_string_equal(last(dissection)->server_name, "mesu.apple.com");
    assert_null(last(dissection)->server_alpn);
}

/* 19 bytes where a Finished should be: an alert, whoever reads it. */
static void test_refusal_in_13(void **state)
{
    struct dissection *dissection = *state;
    server_flight_of_13(dissection);
    record(dissection, SIDE_CLIENT, 4, CCS, 1, 1);
    record(dissection, SIDE_CLIENT, 4, DATA, 19, 0xee);
    record(dissection, SIDE_SERVER, 5, DATA, 19, 0xee);
    dissection_finish(dissection);
    assert_false(dissection->detail.tls_handshake_complete);
    assert_true(dissection->detail.tls_started);
    assert_int_equal(last(dissection)->client_data_records, 0);
    assert_int_equal(last(dissection)->server_data_records, 0);
}

/* The same after the Finished: still no data; after data it is a farewell. */
static void test_alert_after_finished_in_13(void **state)
{
    struct dissection *dissection = *state;
    server_flight_of_13(dissection);
    record(dissection, SIDE_CLIENT, 4, DATA, 69, 0xee);
    record(dissection, SIDE_CLIENT, 5, DATA, 19, 0xee);
    assert_false(dissection->detail.tls_handshake_complete);
    record(dissection, SIDE_CLIENT, 6, DATA, 20, 0xee);
    assert_true(dissection->detail.tls_handshake_complete);
}

/* A client with a certificate: Finished on its own, or in one record with it. */
static void test_client_certificate_in_13(void **state)
{
    (void)state;
    for (int joined = 0; joined < 2; joined++) {
        struct dissection dissection;
        dissection_begin(&dissection, &dissector_tls, 443);
        server_flight_of_13(&dissection);
        record(&dissection, SIDE_CLIENT, 4, DATA, 900, 0xee);
        record(&dissection, SIDE_CLIENT, 4, DATA, joined ? 901 : 69, 0xee);
        assert_false(dissection.detail.tls_handshake_complete);
        record(&dissection, SIDE_SERVER, 5, DATA, 100, 0xee);
        assert_true(dissection.detail.tls_handshake_complete);
        record(&dissection, SIDE_CLIENT, 6, DATA, 100, 0xee);
        dissection_finish(&dissection);
        assert_int_equal(last(&dissection)->client_data_records, 1);
        assert_int_equal(last(&dissection)->server_data_records, 1);
        dissection_end(&dissection);
    }
}

/* RFC 8446 section 2.3: data sent before the server has spoken proves nothing. */
static void test_early_data(void **state)
{
    struct dissection *dissection = *state;
    static const uint8_t early[] = {DATA, 3, 3, 0, 4, 1, 2, 3, 4};
    dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(mesu_client_hello));
    record(dissection, SIDE_CLIENT, 1, CCS, 1, 1);
    dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(early));
    dissection_segment(dissection, SIDE_SERVER, 2, BYTES(mesu_server_hello));
    record(dissection, SIDE_CLIENT, 2, DATA, 53, 1); /* by chance: before the flight */
    record(dissection, SIDE_SERVER, 3, DATA, 300, 1);
    record(dissection, SIDE_CLIENT, 4, DATA, 21, 1); /* EndOfEarlyData */
    record(dissection, SIDE_SERVER, 5, DATA, 300, 1);
    assert_false(dissection->detail.tls_handshake_complete);
    record(dissection, SIDE_CLIENT, 6, DATA, 53, 1);
    record(dissection, SIDE_SERVER, 7, DATA, 300, 1);
    assert_true(dissection->detail.tls_handshake_complete);
}

/* After a HelloRetryRequest the client's second hello follows its dummy CCS. */
static void test_hello_retry_request(void **state)
{
    struct dissection *dissection = *state;
    static const uint8_t retry[] = {
        HANDSHAKE, 3,    3,    0,    50,   2,    0,    0,    46,   3,    3,    0xcf, 0x21, 0xad,
        0x74,      0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
        0xa2,      0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33,
        0x9c,      0,    0x13, 0x01, 0,    0,    6,    0,    43,   0,    2,    3,    4};
    dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(mesu_client_hello));
    assert_int_equal(dissection_segment(dissection, SIDE_SERVER, 2, BYTES(retry)),
                     DISSECTOR_MORE);
    assert_false(dissection->detail.tls_started);
    record(dissection, SIDE_SERVER, 2, CCS, 1, 1);
    record(dissection, SIDE_CLIENT, 3, CCS, 1, 1);
    dissection_segment(dissection, SIDE_CLIENT, 3, BYTES(mesu_client_hello));
    dissection_segment(dissection, SIDE_SERVER, 4, BYTES(mesu_server_hello));
    assert_int_equal(last(dissection)->client_hello_packet, packet_identity(1, 1));
    assert_int_equal(last(dissection)->server_hello_packet, packet_identity(1, 4));
}

static void test_alerts(void **state)
{
    struct dissection *dissection = *state;
    dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(courier_client_hello));
    alert(dissection, SIDE_SERVER, 2, 1, 112); /* a warning, which a fatal one replaces */
    assert_int_equal(last(dissection)->alert, 112);
    assert_int_equal(last(dissection)->server_version, 0);
    dissection_segment(dissection, SIDE_SERVER, 3, BYTES(courier_server_hello));
    alert(dissection, SIDE_CLIENT, 4, 2, 48);
    alert(dissection, SIDE_CLIENT, 5, 1, 0);
    alert(dissection, SIDE_SERVER, 6, 2, 80);
    assert_int_equal(last(dissection)->alert_from, PARTY_CLIENT);
    assert_int_equal(last(dissection)->alert, 48);
    assert_int_equal(last(dissection)->alert_packet, packet_identity(1, 4));
    assert_int_equal(last(dissection)->alert_time,
                     DISSECTION_EPOCH + 4 * NANOSECONDS_PER_MILLISECOND);
}

/* No SNI: the address decides. Here it is of nobody's interest. */
static void test_no_server_name(void **state)
{
    (void)state;
    static const uint8_t plain[] = {HANDSHAKE, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3, 0, 0, 0,
                                    0,         0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0, 0, 0,
                                    0,         0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0, 0, 0,
                                    0,         0, 0, 2, 0,  5, 1, 0};
    for (int interest = 0; interest < 2; interest++) {
        struct dissection dissection;
        dissection_begin(&dissection, &dissector_tls, 443);
        dissection.flow.of_interest = interest == 1;
        assert_int_equal(dissection_segment(&dissection, SIDE_CLIENT, 1, BYTES(plain)),
                         interest ? DISSECTOR_MORE : DISSECTOR_DONE);
        dissection_end(&dissection);
        assert_int_equal(dissection.fact_count, interest);
        if (interest)
            assert_null(dissection.facts[0].as.tls.server_name);
    }
}

/* A name that is not about Apple ends the reading, unless all flows are wanted. */
static void test_other_name(void **state)
{
    (void)state;
    uint8_t other[sizeof courier_client_hello];
    memcpy(other, courier_client_hello, sizeof other);
    uint8_t *apple = other;
    while (memcmp(apple, "apple.com", 9) != 0)
        apple++;
    memcpy(apple, "zzzzz.org", 9);
    for (int all = 0; all < 2; all++) {
        struct dissection dissection;
        dissection_begin(&dissection, &dissector_tls, 443);
        dissection.observation.all_flows = all == 1;
        assert_int_equal(dissection_segment(&dissection, SIDE_CLIENT, 1, BYTES(other)),
                         all ? DISSECTOR_MORE : DISSECTOR_DONE);
        dissection_end(&dissection);
        assert_int_equal(dissection.fact_count, all);
    }
}

static void test_malformed(void **state)
{
    (void)state;
    struct dissection dissection;
    static const uint8_t http[] = "HTTP/1.1 403 Forbidden\r\n\r\n";
    static const uint8_t too_long[] = {HANDSHAKE, 3, 3, 0x48, 0x01};
    static const uint8_t endless[] = {HANDSHAKE, 3, 1, 0, 6, 1, 1, 0, 0, 0, 0};
    dissection_begin(&dissection, &dissector_tls, 443);
    assert_int_equal(dissection_segment(&dissection, SIDE_CLIENT, 1, BYTES(http)),
                     DISSECTOR_NOT_MINE);
    dissection_end(&dissection);
    dissection_begin(&dissection, &dissector_tls, 443);
    dissection_segment(&dissection, SIDE_CLIENT, 1, BYTES(courier_client_hello));
    assert_int_equal(dissection_segment(&dissection, SIDE_SERVER, 2, BYTES(http)),
                     DISSECTOR_MALFORMED);
    assert_int_equal(dissection_segment(&dissection, SIDE_CLIENT, 3, BYTES(too_long)),
                     DISSECTOR_MALFORMED);
    assert_int_equal(record(&dissection, SIDE_CLIENT, 4, HANDSHAKE, 0, 0), DISSECTOR_MALFORMED);
    dissection_end(&dissection);
    assert_int_equal(dissection.fact_count, 1); /* the name was seen */
    dissection_begin(&dissection, &dissector_tls, 443);
    assert_int_equal(dissection_segment(&dissection, SIDE_CLIENT, 1, BYTES(endless)),
                     DISSECTOR_MALFORMED);
    dissection_end(&dissection);
}

/* The fault lies behind the name, which is kept. */
static void test_name_before_fault(void **state)
{
    struct dissection *dissection = *state;
    uint8_t broken[sizeof courier_client_hello];
    memcpy(broken, courier_client_hello, sizeof broken);
    broken[sizeof broken - 1] = 9; /* the last extension is longer than the list */
    assert_int_equal(dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(broken)),
                     DISSECTOR_MALFORMED);
    assert_string_equal(dissection->detail.server_name, "courier.push.apple.com");
    dissection_finish(dissection);
    assert_string_equal(last(dissection)->server_name, "courier.push.apple.com");
}

struct recorded {
    uint8_t bytes[16384];
    size_t length;
};

static void recorded_add(struct recorded *recorded, struct bytes bytes)
{
    assert_true(recorded->length + bytes.length <= sizeof recorded->bytes);
    memcpy(recorded->bytes + recorded->length, bytes.data, bytes.length);
    recorded->length += bytes.length;
}

static void recorded_add_record(struct recorded *recorded, uint8_t type, uint8_t length)
{
    uint8_t bytes[RECORD_HEADER + 255] = {type, 3, 3, 0, length};
    recorded_add(recorded, bytes_of(bytes, RECORD_HEADER + (size_t)length));
}

/* The four flights of a TLS 1.3 connection, so many bytes at a time. */
static void deliver(struct dissection *dissection, size_t at_once)
{
    static struct recorded flights[4];
    memset(flights, 0, sizeof flights);
    recorded_add(&flights[0], BYTES(mesu_client_hello));
    recorded_add(&flights[1], BYTES(mesu_server_hello));
    recorded_add_record(&flights[1], CCS, 1);
    recorded_add_record(&flights[1], DATA, 250);
    recorded_add_record(&flights[1], DATA, 53);
    recorded_add_record(&flights[2], CCS, 1);
    recorded_add_record(&flights[2], DATA, 53);
    recorded_add_record(&flights[2], DATA, 100);
    recorded_add_record(&flights[3], DATA, 0);
    recorded_add_record(&flights[3], DATA, 101);
    for (uint64_t flight = 0; flight < 4; flight++) {
        struct bytes rest = bytes_of(flights[flight].bytes, flights[flight].length);
        while (!bytes_empty(rest)) {
            dissection_segment(dissection, flight % 2 == 0 ? SIDE_CLIENT : SIDE_SERVER,
                               flight + 1, bytes_first(rest, at_once));
            rest = bytes_from(rest, at_once);
        }
    }
    dissection_finish(dissection);
}

static void check_same(const struct fact_tls *one, const struct fact_tls *other)
{
    assert_int_equal(one->flow, other->flow);
    assert_string_equal(one->server_name, other->server_name);
    assert_string_equal(one->client_alpn, other->client_alpn);
    assert_int_equal(one->client_version, other->client_version);
    assert_int_equal(one->client_hello_bytes, other->client_hello_bytes);
    assert_int_equal(one->client_hello_packet, other->client_hello_packet);
    assert_int_equal(one->client_hello_time, other->client_hello_time);
    assert_int_equal(one->server_version, other->server_version);
    assert_int_equal(one->cipher, other->cipher);
    assert_int_equal(one->server_hello_packet, other->server_hello_packet);
    assert_int_equal(one->alert_packet, other->alert_packet);
    assert_int_equal(one->client_data_records, other->client_data_records);
    assert_int_equal(one->server_data_records, other->server_data_records);
}

static void test_delivery_does_not_matter(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 5, 7, 64, 517};
    struct dissection whole, pieces;
    dissection_begin(&whole, &dissector_tls, 443);
    deliver(&whole, SIZE_MAX);
    assert_int_equal(last(&whole)->client_data_records, 1);
    assert_int_equal(last(&whole)->server_data_records, 2);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        dissection_begin(&pieces, &dissector_tls, 443);
        deliver(&pieces, sizes[i]);
        assert_int_equal(pieces.fact_count, whole.fact_count);
        for (size_t j = 0; j < whole.fact_count; j++) {
            check_same(&whole.facts[j].as.tls, &pieces.facts[j].as.tls);
        }
        dissection_end(&pieces);
    }
    dissection_end(&whole);
}

/* Any byte of a connection may be anything: nothing may break but the reading. */
static void test_changed_bytes(void **state)
{
    (void)state;
    struct bytes hello = BYTES(courier_client_hello);
    for (size_t i = 0; i < 120; i++) {
        for (unsigned value = 0; value < 256; value += 51) {
            struct dissection dissection;
            uint8_t changed[sizeof courier_client_hello];
            memcpy(changed, hello.data, hello.length);
            changed[i] = (uint8_t)value;
            dissection_begin(&dissection, &dissector_tls, 443);
            dissection_segment(&dissection, SIDE_CLIENT, 1, BYTES(changed));
            dissection_end(&dissection);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_claims),
        TEST(test_hellos),
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_cut_at_every_length),
        cmocka_unit_test(test_hello_over_records),
        TEST(test_flow_of_12),
        TEST(test_flow_of_13),
        TEST(test_refusal_in_13),
        TEST(test_alert_after_finished_in_13),
        cmocka_unit_test(test_client_certificate_in_13),
        TEST(test_early_data),
        TEST(test_hello_retry_request),
        TEST(test_alerts),
        cmocka_unit_test(test_no_server_name),
        cmocka_unit_test(test_other_name),
        cmocka_unit_test(test_malformed),
        TEST(test_name_before_fault),
        cmocka_unit_test(test_delivery_does_not_matter),
        cmocka_unit_test(test_changed_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
