/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does dissectors/tls.c see how far a connection came, however its bytes are cut
 * into segments and records?  Real hellos; what follows them is made by hand.
 */
#include "dissectors/tls_hello.h"
#include "tests/support/tls_records.h"

static void alert(struct dissection *dissection, int side, uint64_t number, uint8_t level,
                  uint8_t description)
{
    const uint8_t bytes[] = {ALERT, 3, 3, 0, 2, level, description};
    assert_int_equal(dissection_segment(dissection, side, number, BYTES(bytes)), DISSECTOR_MORE);
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
    assert_int_equal(dissection->fact_count, 0); /* told once, at the end */
    assert_true(dissection->detail.tls_started);
    assert_false(dissection->detail.tls_handshake_complete);
    const struct fact_tls *tls = tls_so_far(dissection);
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
    assert_int_equal(dissection->fact_count, 1);
    dissection_finish(dissection);
    assert_int_equal(dissection->fact_count, 2);
}

/* Where its client has had its share of failures, a hello alone is not told any more; one
 * that was answered, if only by an alert, is. */
static void test_client_over_its_share(void **state)
{
    (void)state;
    for (int answered = 0; answered < 2; answered++) {
        struct dissection dissection;
        dissection_begin(&dissection, &dissector_tls, 443);
        dissection.flow.outcome = OUTCOME_SILENT;
        dissection.flow.sides[SIDE_CLIENT].packets = 2;
        dissection.detail.admission = ADMISSION_DENIED;
        dissection_segment(&dissection, SIDE_CLIENT, 1, BYTES(courier_client_hello));
        if (answered)
            alert(&dissection, SIDE_SERVER, 2, 2, 40);
        dissection_finish(&dissection);
        assert_int_equal(dissection.fact_count, answered);
        dissection_end(&dissection);
    }
}

/* Where the capture has one direction, or lost the hellos: at its end, and in snapshots. */
static void test_alert_without_hellos(void **state)
{
    struct dissection *dissection = *state;
    dissection->flow.of_interest = true;
    alert(dissection, SIDE_SERVER, 1, 2, 40);
    assert_int_equal(dissection->fact_count, 0);
    assert_int_equal(tls_so_far(dissection)->alert, 40);
    dissection_finish(dissection);
    assert_int_equal(dissection->fact_count, 2);
    const struct fact_tls *tls = last_tls(dissection);
    assert_int_equal(tls->alert_from, PARTY_SERVER);
    assert_int_equal(tls->alert_packet, packet_identity(1, 1));
    assert_int_equal(tls->client_hello_time, TIMESTAMP_NONE);
    assert_int_equal(tls->server_hello_time, TIMESTAMP_NONE);
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
        assert_int_equal(last_tls(&dissection)->client_hello_packet, packet_identity(1, 3));
        assert_int_equal(last_tls(&dissection)->server_hello_time, TIMESTAMP_NONE);
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
        assert_null(dissection.detail.server_name);
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
        assert_int_equal(dissection_segment(&dissection, SIDE_CLIENT, 1, bytes_of(records, length)),
                         DISSECTOR_MORE);
        assert_string_equal(dissection.detail.server_name, "courier.push.apple.com");
        dissection_finish(&dissection);
        assert_int_equal(last_tls(&dissection)->client_hello_bytes, message.length);
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
    assert_int_equal(last_tls(dissection)->client_data_records, 3);
    assert_int_equal(last_tls(dissection)->server_data_records, 3);
    assert_int_equal(last_tls(dissection)->alert_packet, PACKET_NONE);
}

static void test_flow_of_13(void **state)
{
    struct dissection *dissection = *state;
    server_flight_of_13(dissection);
    assert_int_equal(tls_so_far(dissection)->server_version, TLS_VERSION_1_3);
    record(dissection, SIDE_CLIENT, 4, CCS, 1, 1);
    record(dissection, SIDE_CLIENT, 4, DATA, 53, 0xee);
    assert_false(dissection->detail.tls_handshake_complete);
    record(dissection, SIDE_CLIENT, 5, DATA, 53, 0xee);
    assert_true(dissection->detail.tls_handshake_complete);
    record(dissection, SIDE_SERVER, 6, DATA, 200, 0xee);
    dissection_finish(dissection);
    assert_int_equal(last_tls(dissection)->client_data_records, 1);
    assert_int_equal(last_tls(dissection)->server_data_records, 1);
    assert_string_equal(last_tls(dissection)->server_name, "mesu.apple.com");
    assert_null(last_tls(dissection)->server_alpn);
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
    assert_int_equal(last_tls(dissection)->client_data_records, 0);
    assert_int_equal(last_tls(dissection)->server_data_records, 0);
}

/* The same after the Finished: still no data; after data it is a farewell. */
static void test_alert_after_finished_in_13(void **state)
{
    struct dissection *dissection = *state;
    server_flight_of_13(dissection);
    record(dissection, SIDE_CLIENT, 4, DATA, 53, 0xee);
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
        record(&dissection, SIDE_CLIENT, 4, DATA, joined ? 901 : 53, 0xee);
        assert_false(dissection.detail.tls_handshake_complete);
        record(&dissection, SIDE_SERVER, 5, DATA, 100, 0xee);
        assert_true(dissection.detail.tls_handshake_complete);
        record(&dissection, SIDE_CLIENT, 6, DATA, 100, 0xee);
        dissection_finish(&dissection);
        assert_int_equal(last_tls(&dissection)->client_data_records, 1);
        assert_int_equal(last_tls(&dissection)->server_data_records, 1);
        dissection_end(&dissection);
    }
}

/* RFC 8446 section 2.3: data sent before the server has spoken proves nothing. */
static void test_early_data(void **state)
{
    struct dissection *dissection = *state;
    static const uint8_t early[] = {DATA, 3, 3, 0, 4, 1, 2, 3, 4};
    early_hello(dissection);
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
    dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(mesu_client_hello));
    assert_int_equal(dissection_segment(dissection, SIDE_SERVER, 2, BYTES(retry_request)),
                     DISSECTOR_MORE);
    assert_false(dissection->detail.tls_started);
    record(dissection, SIDE_SERVER, 2, CCS, 1, 1);
    record(dissection, SIDE_CLIENT, 3, CCS, 1, 1);
    dissection_segment(dissection, SIDE_CLIENT, 3, BYTES(mesu_client_hello));
    dissection_segment(dissection, SIDE_SERVER, 4, BYTES(mesu_server_hello));
    assert_int_equal(tls_so_far(dissection)->client_hello_packet, packet_identity(1, 1));
    assert_int_equal(tls_so_far(dissection)->retry_packet, packet_identity(1, 2));
    assert_int_equal(tls_so_far(dissection)->retry_time,
                     DISSECTION_EPOCH + 2 * NANOSECONDS_PER_MILLISECOND);
    assert_int_equal(tls_so_far(dissection)->server_hello_packet, packet_identity(1, 4));
    assert_int_equal(tls_so_far(dissection)->group, 0x001d); /* of the answer, not of the retry */
}

static void test_alerts(void **state)
{
    struct dissection *dissection = *state;
    dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(courier_client_hello));
    alert(dissection, SIDE_SERVER, 2, 1, 112); /* a warning, which a fatal one replaces */
    assert_int_equal(tls_so_far(dissection)->alert, 112);
    assert_int_equal(tls_so_far(dissection)->server_version, 0);
    dissection_segment(dissection, SIDE_SERVER, 3, BYTES(courier_server_hello));
    alert(dissection, SIDE_CLIENT, 4, 2, 48);
    alert(dissection, SIDE_CLIENT, 5, 1, 0);
    alert(dissection, SIDE_SERVER, 6, 2, 80);
    assert_int_equal(tls_so_far(dissection)->alert_from, PARTY_CLIENT);
    assert_int_equal(tls_so_far(dissection)->alert, 48);
    assert_int_equal(tls_so_far(dissection)->alert_packet, packet_identity(1, 4));
    assert_int_equal(tls_so_far(dissection)->alert_time,
                     DISSECTION_EPOCH + 4 * NANOSECONDS_PER_MILLISECOND);
}

/* No SNI: the address decides. Here it is of nobody's interest. */
static void test_no_server_name(void **state)
{
    (void)state;
    static const uint8_t plain[] = {HANDSHAKE, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3, 0, 0, 0, 0, 0, 0,
                                    0,         0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,
                                    0,         0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 2, 0, 5, 1, 0};
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
    assert_string_equal(last_tls(dissection)->server_name, "courier.push.apple.com");
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
            dissection_segment(dissection, flight % 2 == 0 ? SIDE_CLIENT : SIDE_SERVER, flight + 1,
                               bytes_first(rest, at_once));
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
    assert_int_equal(last_tls(&whole)->client_data_records, 1);
    assert_int_equal(last_tls(&whole)->server_data_records, 2);
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

static size_t read_stream(void *owner, struct bytes available)
{
    struct dissection *dissection = owner;
    struct packet packet = dissection_packet(9, 9);
    struct dissector_call call = dissection_call(dissection, SIDE_CLIENT, &packet);
    struct bytes rest = available;
    assert_int_equal(dissector_tls.stream(&call, &rest), DISSECTOR_MORE);
    return available.length - rest.length;
}

/* With a key share of X25519MLKEM768 a hello needs two or three segments, which come
 * in any order. */
static void test_big_hello_out_of_order(void **state)
{
    (void)state;
    enum { KEY = 1216, SHARE = 4 + 2 + 4 + KEY, OLD = sizeof mesu_client_hello };
    static const uint8_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                        {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const uint8_t share[] = {0,
                                    51,
                                    (2 + 4 + KEY) >> 8,
                                    (2 + 4 + KEY) & 0xff,
                                    (4 + KEY) >> 8,
                                    (4 + KEY) & 0xff,
                                    0x11,
                                    0xec,
                                    KEY >> 8,
                                    KEY & 0xff};
    uint8_t hello[OLD + SHARE] = {0};
    /* The new share stands before the old list, of which it takes the place. */
    size_t list = 5 + 4 + 2 + 32 + 33 + 2 + 52 + 2;
    memcpy(hello, mesu_client_hello, list + 2);
    memcpy(hello + list + 2, share, sizeof share);
    memcpy(hello + list + 2 + SHARE, mesu_client_hello + list + 2, OLD - list - 2);
    for (size_t at = 3; at <= list; at += at == 3 ? 4 : list - 7) {
        size_t length = ((size_t)hello[at] << 8 | hello[at + 1]) + SHARE;
        hello[at] = (uint8_t)(length >> 8);
        hello[at + 1] = (uint8_t)length;
    }
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct dissection dissection;
        struct stream stream = {.buffer = NULL};
        dissection_begin(&dissection, &dissector_tls, 443);
        stream_start(&stream, 1000);
        for (size_t j = 0; j < 3; j++) {
            uint32_t start = orders[i][j] * 600u;
            struct bytes piece =
                bytes_first(bytes_from(BYTES(hello), start), orders[i][j] == 2 ? SIZE_MAX : 600);
            assert_null(dissection.detail.server_name);
            assert_true(stream_add(&stream, 1000 + start, piece, 0, read_stream, &dissection));
        }
        dissection_finish(&dissection);
        assert_string_equal(last_tls(&dissection)->server_name, "mesu.apple.com");
        assert_string_equal(last_tls(&dissection)->client_shares, "X25519MLKEM768");
        assert_int_equal(last_tls(&dissection)->client_hello_bytes, sizeof hello - 5);
        stream_release(&stream);
        dissection_end(&dissection);
    }
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, tls_records_begin, tls_records_end)
    const struct CMUnitTest tests[] = {
        TEST(test_claims),
        TEST(test_hellos),
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_client_over_its_share),
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
        TEST(test_alert_without_hellos),
        cmocka_unit_test(test_no_server_name),
        cmocka_unit_test(test_other_name),
        cmocka_unit_test(test_malformed),
        TEST(test_name_before_fault),
        cmocka_unit_test(test_delivery_does_not_matter),
        cmocka_unit_test(test_big_hello_out_of_order),
        cmocka_unit_test(test_changed_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
