/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far did this TLS connection come?  The bytes of both directions come in, as
 * records (RFC 8446 section 5; RFC 5246 section 6.2); facts go out.
 *
 * Records are read only while they are in clear: the handshake's by
 * dissectors/tls_handshake.c, alerts here.  Later ones are passed over, and what
 * their headers show is told by dissectors/tls_hidden.c.
 */
#include <stdlib.h>

#include "dissectors/registry.h"
#include "dissectors/tls_fingerprint.h"
#include "dissectors/tls_handshake.h"
#include "dissectors/tls_hidden.h"
#include "flows/flow_facts.h"

#define RECORD_LIMIT (16384u + 2048u) /* RFC 5246 section 6.2.3 */
#define CLEAR_RECORD_LIMIT (16384u + 256u) /* RFC 8446 section 5.2, for a first record */
#define DATA_RECORDS_ENOUGH 3 /* of each side: then the connection works */

enum { ALERT_LENGTH = 2, ALERT_FATAL = 2 };

struct record {
    uint8_t type;
    uint16_t length;
};

static void *tls_create(void)
{
    struct tls_run *run = calloc(1, sizeof *run);
    if (run == NULL)
        return NULL;
    run->fingerprinter = tls_fingerprinter_create();
    if (run->fingerprinter != NULL)
        return run;
    free(run);
    return NULL;
}

static void tls_release(void *common)
{
    struct tls_run *run = common;
    tls_certificates_release(&run->certificates);
    tls_fingerprinter_release(run->fingerprinter);
    free(run);
}

static bool record_read(struct bytes *from, struct record *record)
{
    uint16_t version;
    return bytes_read_u8(from, &record->type) && bytes_read_u16(from, &version) &&
           bytes_read_u16(from, &record->length);
}

/* RFC 8446 section 5.1: only application data may be of no length. */
static bool record_is_sound(const struct record *record)
{
    return record->type >= TLS_CHANGE_CIPHER_SPEC && record->type <= TLS_HEARTBEAT &&
           record->length <= RECORD_LIMIT &&
           (record->length > 0 || record->type == TLS_APPLICATION_DATA);
}

/* Of a first payload too short for a header, what is there must fit. */
static bool tls_claims(const struct flow *flow, struct bytes payload)
{
    (void)flow;
    uint8_t type, major, minor;
    struct record record;
    if (!bytes_peek_u8(payload, 0, &type) || (type != TLS_HANDSHAKE && type != TLS_ALERT) ||
        (bytes_peek_u8(payload, 1, &major) && major != 3) ||
        (bytes_peek_u8(payload, 2, &minor) && minor > 4))
        return false;
    return !record_read(&payload, &record) ||
           (record.length > 0 && record.length <= CLEAR_RECORD_LIMIT);
}

/* Keeps the first alert, unless a fatal one follows one that was not. */
static enum dissector_answer alert_read(const struct dissector_call *call, struct bytes body)
{
    struct tls_connection *connection = call->state;
    struct fact_tls *fact = &connection->fact;
    uint8_t level, description;
    if (!bytes_read_u8(&body, &level) || !bytes_read_u8(&body, &description))
        return DISSECTOR_MALFORMED;
    if (fact->alert_packet != PACKET_NONE && (connection->alert_fatal || level != ALERT_FATAL))
        return DISSECTOR_MORE;
    connection->alert_fatal = level == ALERT_FATAL;
    fact->alert_from = flow_party(call->side);
    fact->alert = description;
    fact->alert_packet = call->packet->identity;
    fact->alert_time = call->packet->time;
    tls_connection_note(call);
    return DISSECTOR_MORE;
}

/* Is it a record whose content nobody can or need read?  After a HelloRetryRequest
 * the client's ChangeCipherSpec changes nothing (RFC 8446 appendix D.4). */
static bool record_is_opaque(const struct tls_connection *connection, int side,
                             const struct record *record)
{
    bool hello_awaited = connection->fact.retry_packet != PACKET_NONE &&
                         connection->fact.server_hello_packet == PACKET_NONE;
    switch ((enum tls_content)record->type) {
    case TLS_CHANGE_CIPHER_SPEC:
        return false;
    case TLS_ALERT:
        return record->length != ALERT_LENGTH;
    case TLS_HANDSHAKE:
        return connection->sides[side].changed_cipher && !connection->tls13 && !hello_awaited;
    case TLS_APPLICATION_DATA:
    case TLS_HEARTBEAT:
        break;
    }
    return true;
}

/* Does what is left of a record whose header was read; all of it that came is taken. */
static enum dissector_answer record_go_on(const struct dissector_call *call,
                                          struct bytes *available)
{
    struct tls_connection *connection = call->state;
    struct tls_side *side = &connection->sides[call->side];
    struct bytes piece = bytes_first(*available, side->record_left);
    *available = bytes_from(*available, piece.length);
    side->record_left -= (uint32_t)piece.length;
    if (!side->record_clear || bytes_empty(piece))
        return DISSECTOR_MORE;
    return tls_handshake_read(call, piece);
}

/* An encrypted record, or one of the handshake: its bytes are taken as they come. */
static enum dissector_answer record_begin(const struct dissector_call *call,
                                          const struct record *record, bool opaque)
{
    struct tls_connection *connection = call->state;
    const struct fact_tls *fact = &connection->fact;
    struct tls_side *side = &connection->sides[call->side];
    side->record_left = record->length;
    side->record_clear = !opaque;
    if (opaque)
        tls_hidden_record(call, (enum tls_content)record->type, record->length);
    bool enough = fact->client_data_records >= DATA_RECORDS_ENOUGH &&
                  fact->server_data_records >= DATA_RECORDS_ENOUGH;
    return enough ? DISSECTOR_DONE : DISSECTOR_MORE;
}

/* An alert in clear or a ChangeCipherSpec, whole. */
static enum dissector_answer short_record_seen(const struct dissector_call *call,
                                               const struct record *record, struct bytes body)
{
    if (record->type == TLS_ALERT)
        return alert_read(call, body);
    tls_handshake_change_cipher(call);
    return DISSECTOR_MORE;
}

static enum dissector_answer tls_stream(const struct dissector_call *call, struct bytes *available)
{
    struct tls_connection *connection = call->state;
    for (;;) {
        enum dissector_answer answer = record_go_on(call, available);
        struct bytes cursor = *available, body;
        struct record record;
        uint8_t major;
        if (answer != DISSECTOR_MORE)
            return answer;
        if (bytes_peek_u8(cursor, 1, &major) && major != 3)
            return connection->record_seen ? DISSECTOR_MALFORMED : DISSECTOR_NOT_MINE;
        if (!record_read(&cursor, &record))
            return DISSECTOR_MORE;
        if (!record_is_sound(&record))
            return connection->record_seen ? DISSECTOR_MALFORMED : DISSECTOR_NOT_MINE;
        bool opaque = record_is_opaque(connection, call->side, &record);
        if (opaque || record.type == TLS_HANDSHAKE)
            answer = record_begin(call, &record, opaque);
        else if (bytes_take(&cursor, record.length, &body))
            answer = short_record_seen(call, &record, body);
        else
            return DISSECTOR_MORE;
        connection->record_seen = true;
        *available = cursor;
        if (answer != DISSECTOR_MORE)
            return answer;
    }
}

/* Than the client's, that is. Where the capture has no hello an alert is told all the same. */
static bool has_more_than_hello(const struct tls_connection *connection)
{
    return connection->noted || connection->fact.server_hello_packet != PACKET_NONE;
}

static void tls_flow_end(const struct dissector_call *call)
{
    struct tls_connection *connection = call->state;
    tls_handshake_end(call);
    const struct fact_tls *fact = &connection->fact;
    if (has_more_than_hello(connection) || (fact->client_hello_packet != PACKET_NONE &&
                                            flow_facts_admit_early(call->observation, call->flow)))
        tls_connection_emit(call);
    tls_connection_release(connection, call->common);
}

/* Of a certificate that has come in part only so much is told. */
static void tls_flow_stand(const struct dissector_call *call)
{
    struct tls_connection *connection = call->state;
    struct fact_tls *fact = &connection->fact;
    bool incomplete = fact->chain_incomplete;
    if (fact->client_hello_packet == PACKET_NONE && !has_more_than_hello(connection))
        return;
    fact->chain_incomplete = incomplete || tls_handshake_awaits_certificate(connection);
    tls_connection_emit(call);
    fact->chain_incomplete = incomplete;
}

const struct dissector dissector_tls = {
    .name = "tls",
    .transport = TRANSPORT_TCP,
    .state_size = sizeof(struct tls_connection),
    .create = tls_create,
    .release = tls_release,
    .claims = tls_claims,
    .stream = tls_stream,
    .held = tls_connection_held,
    .flow_end = tls_flow_end,
    .flow_stand = tls_flow_stand,
};
