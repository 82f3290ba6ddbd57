/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far did this TLS connection come?  The bytes of both directions come in,
 * one fact goes out: the hellos, an alert in clear, and how much application
 * data followed (RFC 8446 sections 4 to 6; RFC 5246).
 *
 * Records are read whole only while they are in clear.  Later ones are counted
 * by their headers and passed over.  In TLS 1.3 the handshake goes on inside
 * records that look like application data; the client's Finished is known there
 * by its length alone, as its content and every overhead are fixed.
 */
#include <stdlib.h>
#include <string.h>

#include "dissectors/registry.h"
#include "dissectors/tls_hello.h"

#define RECORD_LIMIT (16384u + 2048u) /* RFC 5246 section 6.2.3 */
#define CLEAR_RECORD_LIMIT (16384u + 256u) /* RFC 8446 section 5.2, for a first record */
#define MESSAGE_LIMIT 65536u /* a hello with its header */
#define MESSAGE_HEADER_LENGTH 4
#define DATA_RECORDS_ENOUGH 3 /* of each side: then the connection works */

enum content_type {
    CONTENT_CHANGE_CIPHER_SPEC = 20,
    CONTENT_ALERT = 21,
    CONTENT_HANDSHAKE = 22,
    CONTENT_APPLICATION_DATA = 23,
    CONTENT_HEARTBEAT = 24
};

enum handshake_type { HANDSHAKE_CLIENT_HELLO = 1, HANDSHAKE_SERVER_HELLO = 2 };

enum alert_level { ALERT_FATAL = 2 };

/* Lengths of encrypted records: content, one byte of inner type, 16 of tag
 * (RFC 8446 sections 4.4.4, 5.2).  Finished is 4 + 32 or 4 + 48 bytes. */
enum {
    ALERT_LENGTH = 2,
    ENCRYPTED_ALERT_LENGTH = 2 + 1 + 16,
    FINISHED_SHA256_LENGTH = 36 + 1 + 16,
    FINISHED_SHA384_LENGTH = 52 + 1 + 16
};

struct record {
    uint8_t type;
    uint16_t length;
};

/* The handshake message that one side is sending. */
struct message {
    uint8_t header[MESSAGE_HEADER_LENGTH];
    uint8_t header_length;
    uint8_t *body; /* owned; NULL while no wanted message spans records */
    uint32_t gathered; /* bytes in `body` */
    uint32_t left; /* bytes of the message still to come */
};

struct tls_side {
    struct message message;
    uint32_t record_left; /* of a record that is passed over: bytes to come */
    bool changed_cipher;
    bool finished; /* sent a handshake record after ChangeCipherSpec: 1.2 or below */
};

/* Begins with all bytes zero. */
struct tls_state {
    struct tls_side sides[SIDE_COUNT];
    struct fact_tls fact; /* times count where the packet beside them is set */
    char *server_name; /* owned, as are the next two */
    char *client_alpn;
    char *server_alpn;
    bool record_seen;
    bool told; /* a fact was emitted */
    bool retried;
    bool alert_fatal;
    bool tls13;
    /* TLS 1.3, in encrypted records: */
    bool server_spoke;
    bool early_data; /* the client sent some before the server spoke */
    bool client_spoke; /* handshake messages of the client's that are not its Finished */
    bool client_finished;
};

static bool is_wanted(const struct dissector_call *call)
{
    return call->flow->of_interest || call->observation->all_flows;
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
    return record->type >= CONTENT_CHANGE_CIPHER_SPEC && record->type <= CONTENT_HEARTBEAT &&
           record->length <= RECORD_LIMIT &&
           (record->length > 0 || record->type == CONTENT_APPLICATION_DATA);
}

/* Of a first payload too short for a header, what is there must fit. */
static bool tls_claims(const struct flow *flow, struct bytes payload)
{
    (void)flow;
    uint8_t type, major, minor;
    struct record record;
    if (!bytes_peek_u8(payload, 0, &type) || (type != CONTENT_HANDSHAKE && type != CONTENT_ALERT) ||
        (bytes_peek_u8(payload, 1, &major) && major != 3) ||
        (bytes_peek_u8(payload, 2, &minor) && minor > 4))
        return false;
    return !record_read(&payload, &record) ||
           (record.length > 0 && record.length <= CLEAR_RECORD_LIMIT);
}

static void tls_emit(const struct dissector_call *call)
{
    struct tls_state *state = call->state;
    if (!is_wanted(call))
        return;
    struct fact fact = {.kind = FACT_TLS};
    struct fact_tls *tls = &fact.as.tls;
    *tls = state->fact;
    tls->flow = observation_flow_identity(call->observation, call->flow);
    tls->server_name = state->server_name;
    tls->client_alpn = state->client_alpn;
    tls->server_alpn = state->server_alpn;
    if (tls->client_hello_packet == PACKET_NONE)
        tls->client_hello_time = TIMESTAMP_NONE;
    if (tls->server_hello_packet == PACKET_NONE)
        tls->server_hello_time = TIMESTAMP_NONE;
    if (tls->alert_packet == PACKET_NONE)
        tls->alert_time = TIMESTAMP_NONE;
    observation_emit(call->observation, &fact);
    state->told = true;
}

/* A copy; NULL for "" and where there is no memory. */
static char *text_keep(const char *text)
{
    return text[0] == '\0' ? NULL : strdup(text);
}

static enum dissector_answer client_hello_seen(const struct dissector_call *call, struct bytes body)
{
    struct tls_state *state = call->state;
    struct tls_client_hello hello;
    bool good = tls_client_hello_read(body, &hello);
    state->fact.client_hello_time = call->packet->time;
    state->fact.client_hello_packet = call->packet->identity;
    state->fact.client_hello_bytes = (uint32_t)body.length + MESSAGE_HEADER_LENGTH;
    state->fact.client_version = hello.version;
    if (hello.server_name[0] != '\0')
        observation_name_flow(call->observation, call->flow, hello.server_name);
    if (!is_wanted(call))
        return DISSECTOR_DONE;
    state->server_name = text_keep(hello.server_name);
    state->client_alpn = text_keep(hello.alpn);
    return good ? DISSECTOR_MORE : DISSECTOR_MALFORMED;
}

static enum dissector_answer server_hello_seen(const struct dissector_call *call, struct bytes body)
{
    struct tls_state *state = call->state;
    struct tls_server_hello hello;
    if (!tls_server_hello_read(body, &hello))
        return DISSECTOR_MALFORMED;
    if (hello.retry_request) {
        state->retried = true;
        return DISSECTOR_MORE;
    }
    state->tls13 = hello.tls13;
    state->fact.server_hello_time = call->packet->time;
    state->fact.server_hello_packet = call->packet->identity;
    state->fact.server_version = hello.version;
    state->fact.cipher = hello.cipher;
    state->server_alpn = text_keep(hello.alpn);
    call->flow->detail->tls_started = true;
    tls_emit(call);
    return DISSECTOR_MORE;
}

/* Only the first hello of each side is read (a HelloRetryRequest is not one). */
static bool message_is_wanted(const struct dissector_call *call, uint8_t type)
{
    const struct fact_tls *fact = &((const struct tls_state *)call->state)->fact;
    if (call->side == SIDE_CLIENT)
        return type == HANDSHAKE_CLIENT_HELLO && fact->client_hello_packet == PACKET_NONE;
    return type == HANDSHAKE_SERVER_HELLO && fact->server_hello_packet == PACKET_NONE;
}

static enum dissector_answer message_seen(const struct dissector_call *call, struct bytes body)
{
    return call->side == SIDE_CLIENT ? client_hello_seen(call, body)
                                     : server_hello_seen(call, body);
}

static void message_reset(struct message *message)
{
    free(message->body);
    memset(message, 0, sizeof *message);
}

/* Adds to the message's header; true when it is complete. */
static bool message_header_read(struct message *message, struct bytes *from)
{
    uint8_t byte;
    while (message->header_length < MESSAGE_HEADER_LENGTH) {
        if (!bytes_read_u8(from, &byte))
            return false;
        message->header[message->header_length++] = byte;
        if (message->header_length == MESSAGE_HEADER_LENGTH)
            message->left = (uint32_t)message->header[1] << 16 | (uint32_t)message->header[2] << 8 |
                            message->header[3];
    }
    return true;
}

/* Takes what `from` holds of a hello, which is copied only if it spans records. */
static enum dissector_answer hello_gather(const struct dissector_call *call,
                                          struct message *message, struct bytes *from)
{
    enum dissector_answer answer = DISSECTOR_MORE;
    struct bytes part;
    if (message->body == NULL) {
        if (bytes_take(from, message->left, &part)) {
            message_reset(message);
            return message_seen(call, part);
        }
        if (message->left > MESSAGE_LIMIT - MESSAGE_HEADER_LENGTH)
            return DISSECTOR_MALFORMED;
        message->body = malloc(message->left);
        if (message->body == NULL)
            return DISSECTOR_DONE;
    }
    if (!bytes_take(from, from->length < message->left ? from->length : message->left, &part))
        return DISSECTOR_MALFORMED;
    if (!bytes_empty(part))
        memcpy(message->body + message->gathered, part.data, part.length);
    message->gathered += (uint32_t)part.length;
    message->left -= (uint32_t)part.length;
    if (message->left == 0) {
        answer = message_seen(call, bytes_of(message->body, message->gathered));
        message_reset(message);
    }
    return answer;
}

/* RFC 8446 section 5.1: a record may hold several messages, and a message may
 * span several records. */
static enum dissector_answer handshake_read(const struct dissector_call *call, struct bytes body)
{
    struct tls_state *state = call->state;
    struct message *message = &state->sides[call->side].message;
    while (message_header_read(message, &body)) {
        if (message_is_wanted(call, message->header[0])) {
            bool all_here = body.length >= message->left;
            enum dissector_answer answer = hello_gather(call, message, &body);
            if (answer != DISSECTOR_MORE || !all_here)
                return answer;
        } else {
            uint32_t count = body.length < message->left ? (uint32_t)body.length : message->left;
            body = bytes_from(body, count);
            message->left -= count;
            if (message->left > 0)
                return DISSECTOR_MORE;
            message_reset(message);
        }
    }
    return DISSECTOR_MORE;
}

/* Keeps the first alert, unless a fatal one follows one that was not. */
static enum dissector_answer alert_read(const struct dissector_call *call, struct bytes body)
{
    struct tls_state *state = call->state;
    uint8_t level, description;
    if (!bytes_read_u8(&body, &level) || !bytes_read_u8(&body, &description))
        return DISSECTOR_MALFORMED;
    if (state->fact.alert_packet != PACKET_NONE && (state->alert_fatal || level != ALERT_FATAL))
        return DISSECTOR_MORE;
    state->alert_fatal = level == ALERT_FATAL;
    state->fact.alert_from = flow_party(call->side);
    state->fact.alert = description;
    state->fact.alert_packet = call->packet->identity;
    state->fact.alert_time = call->packet->time;
    tls_emit(call);
    return DISSECTOR_MORE;
}

/* Is this encrypted record of TLS 1.3 the client's data?  A record of an alert's
 * length before any data is a refusal, not data. */
static bool client_record_is_data(struct tls_state *state, uint16_t length)
{
    if (state->client_finished)
        return length != ENCRYPTED_ALERT_LENGTH || state->fact.client_data_records > 0;
    if (!state->server_spoke)
        state->early_data = true; /* RFC 8446 section 2.3 */
    else if (length == FINISHED_SHA256_LENGTH || length == FINISHED_SHA384_LENGTH)
        state->client_finished = true;
    else if (length != ENCRYPTED_ALERT_LENGTH)
        state->client_spoke = true;
    return false;
}

/* Is this encrypted record of TLS 1.3 the server's data?  A client with a
 * certificate may send its Finished in one record with it: then the server's
 * next word shows that it has come. */
static bool server_record_is_data(struct tls_state *state)
{
    state->server_spoke = true;
    if (state->client_spoke && !state->early_data)
        state->client_finished = true;
    return state->client_finished;
}

static bool record_is_data(struct tls_state *state, int side, uint16_t length)
{
    if (state->tls13)
        return side == SIDE_CLIENT ? client_record_is_data(state, length)
                                   : server_record_is_data(state);
    return state->fact.server_hello_packet != PACKET_NONE || state->sides[side].finished;
}

static void application_data_seen(const struct dissector_call *call, uint16_t length)
{
    struct tls_state *state = call->state;
    if (record_is_data(state, call->side, length)) {
        if (call->side == SIDE_CLIENT)
            state->fact.client_data_records++;
        else
            state->fact.server_data_records++;
        call->flow->detail->tls_handshake_complete = true;
    }
    if (call->side == SIDE_SERVER && !state->told)
        tls_emit(call);
}

/* Is it a record whose content nobody can or need read?  After a HelloRetryRequest
 * the client's ChangeCipherSpec changes nothing (RFC 8446 appendix D.4). */
static bool record_is_opaque(const struct tls_state *state, int side, const struct record *record)
{
    bool hello_awaited = state->retried && state->fact.server_hello_packet == PACKET_NONE;
    switch ((enum content_type)record->type) {
    case CONTENT_CHANGE_CIPHER_SPEC:
        return false;
    case CONTENT_ALERT:
        return record->length != ALERT_LENGTH;
    case CONTENT_HANDSHAKE:
        return state->sides[side].changed_cipher && !state->tls13 && !hello_awaited;
    case CONTENT_APPLICATION_DATA:
    case CONTENT_HEARTBEAT:
        break;
    }
    return true;
}

/* Notes an opaque record by its header and sees to it that its body is passed over. */
static enum dissector_answer opaque_record_seen(const struct dissector_call *call,
                                                const struct record *record)
{
    struct tls_state *state = call->state;
    struct tls_side *side = &state->sides[call->side];
    side->record_left = record->length;
    if (record->type == CONTENT_HANDSHAKE)
        side->finished = true;
    if (record->type == CONTENT_APPLICATION_DATA)
        application_data_seen(call, record->length);
    bool enough = state->fact.client_data_records >= DATA_RECORDS_ENOUGH &&
                  state->fact.server_data_records >= DATA_RECORDS_ENOUGH;
    return enough ? DISSECTOR_DONE : DISSECTOR_MORE;
}

static enum dissector_answer clear_record_seen(const struct dissector_call *call,
                                               const struct record *record, struct bytes body)
{
    struct tls_state *state = call->state;
    if (record->type == CONTENT_HANDSHAKE)
        return handshake_read(call, body);
    if (record->type == CONTENT_ALERT)
        return alert_read(call, body);
    state->sides[call->side].changed_cipher = true;
    return DISSECTOR_MORE;
}

static enum dissector_answer tls_stream(const struct dissector_call *call, struct bytes *available)
{
    struct tls_state *state = call->state;
    struct tls_side *side = &state->sides[call->side];
    for (;;) {
        struct bytes passed = bytes_first(*available, side->record_left);
        *available = bytes_from(*available, passed.length);
        side->record_left -= (uint32_t)passed.length;
        struct bytes cursor = *available, body;
        struct record record;
        uint8_t major;
        enum dissector_answer answer;
        if (bytes_peek_u8(cursor, 1, &major) && major != 3)
            return state->record_seen ? DISSECTOR_MALFORMED : DISSECTOR_NOT_MINE;
        if (!record_read(&cursor, &record))
            return DISSECTOR_MORE;
        if (!record_is_sound(&record))
            return state->record_seen ? DISSECTOR_MALFORMED : DISSECTOR_NOT_MINE;
        if (record_is_opaque(state, call->side, &record)) {
            answer = opaque_record_seen(call, &record);
        } else {
            if (!bytes_take(&cursor, record.length, &body))
                return DISSECTOR_MORE;
            answer = clear_record_seen(call, &record, body);
        }
        state->record_seen = true;
        *available = cursor;
        if (answer != DISSECTOR_MORE)
            return answer;
    }
}

static void tls_flow_end(const struct dissector_call *call)
{
    struct tls_state *state = call->state;
    if (state->fact.client_hello_packet != PACKET_NONE ||
        state->fact.server_hello_packet != PACKET_NONE)
        tls_emit(call);
    for (int side = 0; side < SIDE_COUNT; side++)
        message_reset(&state->sides[side].message);
    free(state->server_name);
    free(state->client_alpn);
    free(state->server_alpn);
    memset(state, 0, sizeof *state);
}

const struct dissector dissector_tls = {
    .name = "tls",
    .transport = TRANSPORT_TCP,
    .state_size = sizeof(struct tls_state),
    .claims = tls_claims,
    .stream = tls_stream,
    .flow_end = tls_flow_end,
};
