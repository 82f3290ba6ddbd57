/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TLS connection by hand: records and handshake messages of one flow, given to the
 * dissector one at a time, and the fact that came of them.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_TLS_RECORDS_H
#define APPLEPATH_TESTS_SUPPORT_TLS_RECORDS_H

#include "tests/support/dissection.h"
#include "tests/support/tls_hellos.h"

#define BYTES(array) bytes_of(array, sizeof array)
#define RECORD_HEADER 5

enum { CCS = 20, ALERT = 21, HANDSHAKE = 22, DATA = 23 };

static inline int tls_records_begin(void **state)
{
    struct dissection *dissection = malloc(sizeof *dissection);
    assert_non_null(dissection);
    dissection_begin(dissection, &dissector_tls, 443);
    *state = dissection;
    return 0;
}

static inline int tls_records_end(void **state)
{
    dissection_end(*state);
    free(*state);
    return 0;
}

/* One record with this body. */
static inline enum dissector_answer record_of(struct dissection *dissection, int side,
                                              uint64_t number, uint8_t type, struct bytes body)
{
    size_t size = RECORD_HEADER + body.length;
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    const uint8_t header[RECORD_HEADER] = {type, 3, 3, (uint8_t)(body.length >> 8),
                                           (uint8_t)body.length};
    memcpy(bytes, header, sizeof header);
    if (body.length > 0)
        memcpy(bytes + RECORD_HEADER, body.data, body.length);
    enum dissector_answer answer =
        dissection_segment(dissection, side, number, bytes_of(bytes, size));
    free(bytes);
    return answer;
}

/* A record of this type and length, all of whose bytes are `fill`. */
static inline enum dissector_answer record(struct dissection *dissection, int side, uint64_t number,
                                           uint8_t type, uint16_t length, uint8_t fill)
{
    uint8_t *bytes = malloc((size_t)length + 1);
    assert_non_null(bytes);
    memset(bytes, fill, (size_t)length + 1);
    enum dissector_answer answer =
        record_of(dissection, side, number, type, bytes_of(bytes, length));
    free(bytes);
    return answer;
}

/* A handshake message in a record of its own. */
static inline enum dissector_answer message(struct dissection *dissection, int side,
                                            uint64_t number, uint8_t type, struct bytes body)
{
    uint8_t *bytes = malloc(4 + body.length);
    assert_non_null(bytes);
    const uint8_t header[] = {type, (uint8_t)(body.length >> 16), (uint8_t)(body.length >> 8),
                              (uint8_t)body.length};
    memcpy(bytes, header, sizeof header);
    if (body.length > 0)
        memcpy(bytes + sizeof header, body.data, body.length);
    enum dissector_answer answer =
        record_of(dissection, side, number, HANDSHAKE, bytes_of(bytes, 4 + body.length));
    free(bytes);
    return answer;
}

static inline const struct fact_tls *last_tls(const struct dissection *dissection)
{
    return &dissection_last(dissection, FACT_TLS)->as.tls;
}

/* As a snapshot shows it before the flow ends. */
static inline const struct fact_tls *tls_so_far(struct dissection *dissection)
{
    struct dissector_call call = dissection_call(dissection, SIDE_CLIENT, NULL);
    dissector_tls.flow_stand(&call);
    return last_tls(dissection);
}

static inline void hellos_of_12(struct dissection *dissection)
{
    assert_int_equal(dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(courier_client_hello)),
                     DISSECTOR_MORE);
    assert_int_equal(dissection_segment(dissection, SIDE_SERVER, 2, BYTES(courier_server_hello)),
                     DISSECTOR_MORE);
}

/* The ClientHello of 1.3 with early data on offer, in place of some padding. */
static inline void early_hello(struct dissection *dissection)
{
    static const uint8_t extensions[] = {0, 42, 0, 0, 0, 21, 0, 0xcb};
    uint8_t hello[sizeof mesu_client_hello];
    memcpy(hello, mesu_client_hello, sizeof hello);
    memcpy(hello + sizeof hello - 0xcf - 4, extensions, sizeof extensions);
    assert_int_equal(dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(hello)), DISSECTOR_MORE);
}

/* Both hellos, and the server's encrypted flight. */
static inline void server_flight_of_13(struct dissection *dissection)
{
    assert_int_equal(dissection_segment(dissection, SIDE_CLIENT, 1, BYTES(mesu_client_hello)),
                     DISSECTOR_MORE);
    assert_int_equal(dissection_segment(dissection, SIDE_SERVER, 2, BYTES(mesu_server_hello)),
                     DISSECTOR_MORE);
    record(dissection, SIDE_SERVER, 2, CCS, 1, 1);
    record(dissection, SIDE_SERVER, 3, DATA, 2500, 0xee);
    record(dissection, SIDE_SERVER, 3, DATA, 69, 0xee);
}

#endif
