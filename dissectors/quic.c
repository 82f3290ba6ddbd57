/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far did this QUIC connection come?  Datagrams of both directions come in, one
 * fact goes out: the hellos, a Retry, the versions that a server offers instead, a
 * refusal in clear, and whether the handshake was completed (RFC 9000, 9001, 9369).
 *
 * Only Initial packets are opened, and only the first few of a flow; all that is
 * told of the hellos comes from packets whose tag was right.  Versions that are not
 * known are told by their number; Google's own and older drafts are nDPI's to name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissectors/quic_crypto_stream.h"
#include "dissectors/quic_initial.h"
#include "dissectors/quic_packet.h"
#include "dissectors/registry.h"
#include "dissectors/tls_facts.h"
#include "flows/flow_facts.h"

#define QUIC_PORT 443
#define INITIAL_LIMIT 32 /* Initials that are tried in a flow */
#define DATAGRAM_LIMIT 64 /* datagrams of a flow that are looked at */
#define PLAIN_SIZE 65536 /* an Initial in clear, whatever UDP can carry */
#define VERSION_LIST_SIZE 128
#define MESSAGE_HEADER_LENGTH 4
#define CRYPTO_ERROR 0x100 /* RFC 9000 section 20.1: a TLS alert in the lower byte */

enum frame_type {
    FRAME_PADDING = 0x00,
    FRAME_PING = 0x01,
    FRAME_ACK = 0x02,
    FRAME_ACK_ECN = 0x03,
    FRAME_CRYPTO = 0x06,
    FRAME_CLOSE = 0x1c
};

enum handshake_type { HANDSHAKE_CLIENT_HELLO = 1, HANDSHAKE_SERVER_HELLO = 2 };

/* What all flows of a run share. */
struct quic_run {
    struct tls_fingerprinter *fingerprinter;
    struct quic_opener *opener;
    uint8_t plain[PLAIN_SIZE]; /* the Initial that is being read */
};

struct connection_id {
    uint8_t length;
    uint8_t bytes[QUIC_CONNECTION_ID_LIMIT];
};

/* Begins with all bytes zero. */
struct quic_state {
    struct quic_keys keys[SIDE_COUNT];
    struct quic_crypto_stream streams[SIDE_COUNT];
    struct connection_id origin; /* the keys come from it */
    struct connection_id client_id; /* the client's name for the connection */
    struct connection_id server_id;
    struct fact_tls fact; /* times count where the packet beside them is set */
    struct tls_client_hello *client_hello; /* owned, as is the next; the fact's texts */
    struct tls_server_hello *server_hello;
    char version_list[VERSION_LIST_SIZE]; /* of a Version Negotiation; "" if none */
    uint8_t initials; /* tried so far */
    uint8_t datagrams;
    bool client_spoke; /* the origin and the client's ID are set */
    bool server_spoke; /* one of the server's Initials opened: its ID is set */
};

static void quic_release(void *common)
{
    struct quic_run *run = common;
    tls_fingerprinter_release(run->fingerprinter);
    quic_opener_release(run->opener);
    free(run);
}

static void *quic_create(void)
{
    struct quic_run *run = calloc(1, sizeof *run);
    if (run == NULL)
        return NULL;
    run->fingerprinter = tls_fingerprinter_create();
    run->opener = quic_opener_create();
    if (run->fingerprinter != NULL && run->opener != NULL)
        return run;
    quic_release(run);
    return NULL;
}

static bool is_wanted(const struct dissector_call *call)
{
    return observation_keeps(call->observation, call->flow);
}

static void connection_id_set(struct connection_id *id, struct bytes value)
{
    value = bytes_first(value, QUIC_CONNECTION_ID_LIMIT);
    id->length = (uint8_t)value.length;
    if (value.length > 0)
        memcpy(id->bytes, value.data, value.length);
}

static struct bytes connection_id_get(const struct connection_id *id)
{
    return bytes_of(id->bytes, id->length);
}

/* A known version's number is proof enough on any port, and where the capture has only
 * the packet's beginning.  Of the other versions only those that nobody else reads:
 * reserved ones, and what the IETF may number next. */
static bool quic_claims(const struct flow *flow, struct bytes payload)
{
    struct quic_packet packet;
    uint8_t first;
    if (!bytes_peek_u8(payload, 0, &first) || (first & 0xc0) != 0xc0 ||
        !quic_header_read(&payload, &packet))
        return false;
    if (packet.kind != QUIC_UNKNOWN)
        return packet.kind != QUIC_VERSION_NEGOTIATION;
    return flow->server.port == QUIC_PORT &&
           packet.destination.length <= QUIC_CONNECTION_ID_LIMIT &&
           packet.source.length <= QUIC_CONNECTION_ID_LIMIT &&
           (quic_version_is_reserved(packet.version) || packet.version >> 16 == 0);
}

static void quic_emit(const struct dissector_call *call)
{
    struct quic_state *state = call->state;
    if (!is_wanted(call) || state->fact.quic_version == 0)
        return;
    struct fact fact = {.kind = FACT_TLS};
    struct fact_tls *tls = &fact.as.tls;
    *tls = state->fact;
    tls->flow = observation_flow_identity(call->observation, call->flow);
    if (state->version_list[0] != '\0')
        tls->quic_versions = state->version_list;
    if (tls->client_hello_packet == PACKET_NONE)
        tls->client_hello_time = TIMESTAMP_NONE;
    if (tls->retry_packet == PACKET_NONE)
        tls->retry_time = TIMESTAMP_NONE;
    if (tls->server_hello_packet == PACKET_NONE)
        tls->server_hello_time = TIMESTAMP_NONE;
    if (tls->alert_packet == PACKET_NONE)
        tls->alert_time = TIMESTAMP_NONE;
    tls->certificate_time = TIMESTAMP_NONE;
    tls->client_reply_time = TIMESTAMP_NONE;
    observation_emit(call->observation, &fact);
}

static enum dissector_answer client_hello_seen(const struct dissector_call *call, struct bytes body)
{
    const struct quic_run *run = call->common;
    struct quic_state *state = call->state;
    struct fact_tls *fact = &state->fact;
    struct tls_client_hello *hello = malloc(sizeof *hello);
    if (hello == NULL) {
        call->observation->memory_out = true;
        return DISSECTOR_DONE;
    }
    bool good = tls_client_hello_read(body, hello);
    if (hello->server_name[0] != '\0')
        observation_name_flow(call->observation, call->flow, hello->server_name);
    observation_offer_flow(call->observation, call->flow,
                           hello->alpn[0] != '\0' ? hello->alpn : NULL);
    if (!is_wanted(call)) {
        free(hello);
        return DISSECTOR_DONE;
    }
    tls_facts_client_hello(run->fingerprinter, hello, TLS_OVER_QUIC, fact);
    state->client_hello = hello;
    fact->client_hello_time = call->packet->time;
    fact->client_hello_packet = call->packet->identity;
    fact->client_hello_bytes = (uint32_t)body.length + MESSAGE_HEADER_LENGTH;
    return good ? DISSECTOR_MORE : DISSECTOR_MALFORMED;
}

static enum dissector_answer server_hello_seen(const struct dissector_call *call, struct bytes body)
{
    const struct quic_run *run = call->common;
    struct quic_state *state = call->state;
    struct fact_tls *fact = &state->fact;
    struct tls_server_hello *hello = malloc(sizeof *hello);
    if (hello == NULL) {
        call->observation->memory_out = true;
        return DISSECTOR_DONE;
    }
    if (!tls_server_hello_read(body, hello)) {
        free(hello);
        return DISSECTOR_MALFORMED;
    }
    if (hello->retry_request) {
        fact->retry_time = call->packet->time;
        fact->retry_packet = call->packet->identity;
        free(hello);
        return DISSECTOR_MORE;
    }
    tls_facts_server_hello(run->fingerprinter, hello, fact);
    state->server_hello = hello;
    fact->server_hello_time = call->packet->time;
    fact->server_hello_packet = call->packet->identity;
    call->flow->detail->tls_started = true;
    return DISSECTOR_MORE;
}

/* The first hello of each side is read; a HelloRetryRequest is not one. */
static enum dissector_answer message_seen(const struct dissector_call *call, uint8_t type,
                                          struct bytes body)
{
    const struct quic_state *state = call->state;
    if (call->side == SIDE_CLIENT && type == HANDSHAKE_CLIENT_HELLO && state->client_hello == NULL)
        return client_hello_seen(call, body);
    if (call->side == SIDE_SERVER && type == HANDSHAKE_SERVER_HELLO && state->server_hello == NULL)
        return server_hello_seen(call, body);
    return DISSECTOR_MORE;
}

/* DISSECTOR_MALFORMED of this and the next ones: of the packet the rest is not read. */
static enum dissector_answer crypto_read(const struct dissector_call *call, struct bytes *frames)
{
    struct quic_state *state = call->state;
    struct quic_crypto_stream *stream = &state->streams[call->side];
    uint64_t offset, length;
    struct bytes content;
    if (!quic_read_number(frames, &offset) || !quic_read_number(frames, &length) ||
        length > frames->length || !bytes_take(frames, (size_t)length, &content))
        return DISSECTOR_MALFORMED;
    if (!quic_crypto_stream_add(stream, offset, content)) {
        call->observation->memory_out = call->observation->memory_out || stream->memory_out;
        return DISSECTOR_MALFORMED;
    }
    uint8_t type;
    struct bytes body;
    enum dissector_answer answer = DISSECTOR_MORE;
    while (answer == DISSECTOR_MORE && quic_crypto_stream_take(stream, &type, &body))
        answer = message_seen(call, type, body);
    return answer;
}

/* RFC 9000 section 19.3. Each range takes two bytes at least, so that the loop ends. */
static bool ack_skip(struct bytes *frames, bool ecn)
{
    uint64_t ignored, ranges;
    if (!quic_read_number(frames, &ignored) || !quic_read_number(frames, &ignored) ||
        !quic_read_number(frames, &ranges) || !quic_read_number(frames, &ignored))
        return false;
    for (; ranges > 0; ranges--)
        if (!quic_read_number(frames, &ignored) || !quic_read_number(frames, &ignored))
            return false;
    return !ecn || (quic_read_number(frames, &ignored) && quic_read_number(frames, &ignored) &&
                    quic_read_number(frames, &ignored));
}

/* RFC 9000 section 19.19; RFC 9001 section 4.8 for alerts. */
static enum dissector_answer close_read(const struct dissector_call *call, struct bytes *frames)
{
    struct quic_state *state = call->state;
    uint64_t error, ignored, length;
    if (!quic_read_number(frames, &error) || !quic_read_number(frames, &ignored) ||
        !quic_read_number(frames, &length) || length > frames->length)
        return DISSECTOR_MALFORMED;
    state->fact.has_quic_close = true;
    state->fact.quic_close = error;
    if (error >> 8 == CRYPTO_ERROR >> 8) {
        state->fact.alert_from = flow_party(call->side);
        state->fact.alert = (uint8_t)error;
        state->fact.alert_packet = call->packet->identity;
        state->fact.alert_time = call->packet->time;
    }
    return DISSECTOR_DONE;
}

/* RFC 9000 section 12.4: an Initial has no other frames than these.  Somebody on the
 * path can make Initials, so that one which is broken does not end the reading. */
static enum dissector_answer frames_read(const struct dissector_call *call, struct bytes frames)
{
    enum dissector_answer answer = DISSECTOR_MORE;
    uint8_t type;
    while (answer == DISSECTOR_MORE && bytes_read_u8(&frames, &type)) {
        if (type == FRAME_CRYPTO)
            answer = crypto_read(call, &frames);
        else if (type == FRAME_CLOSE)
            answer = close_read(call, &frames);
        else if (type == FRAME_ACK || type == FRAME_ACK_ECN)
            answer =
                ack_skip(&frames, type == FRAME_ACK_ECN) ? DISSECTOR_MORE : DISSECTOR_MALFORMED;
        else if (type != FRAME_PADDING && type != FRAME_PING)
            answer = DISSECTOR_MALFORMED;
    }
    return answer == DISSECTOR_MALFORMED ? DISSECTOR_MORE : answer;
}

static void streams_release(const struct dissector_call *call)
{
    struct quic_state *state = call->state;
    for (int side = 0; side < SIDE_COUNT; side++)
        quic_crypto_stream_release(&state->streams[side]);
}

static size_t quic_held(const void *of)
{
    const struct quic_state *state = of;
    return state->streams[SIDE_CLIENT].capacity + state->streams[SIDE_SERVER].capacity +
           (state->client_hello != NULL ? sizeof *state->client_hello : 0) +
           (state->server_hello != NULL ? sizeof *state->server_hello : 0);
}

/* Both sides' keys will be made of this ID. */
static void origin_set(struct quic_state *state, struct bytes id)
{
    connection_id_set(&state->origin, id);
    memset(state->keys, 0, sizeof state->keys);
}

static bool open_with(const struct dissector_call *call, const struct quic_keys *keys,
                      const struct quic_packet *packet, struct bytes *frames)
{
    struct quic_run *run = call->common;
    return quic_initial_open(run->opener, keys, packet, run->plain, sizeof run->plain, frames);
}

/* A server may change the version in its answer, and the client does so then, too,
 * while the connection ID behind the keys stays (RFC 9369 section 4.1). */
static bool open_known(const struct dissector_call *call, const struct quic_packet *packet,
                       struct bytes *frames)
{
    const struct quic_run *run = call->common;
    struct quic_state *state = call->state;
    struct quic_keys *keys = &state->keys[call->side];
    if (!state->client_spoke)
        return false;
    if (keys->version != packet->version &&
        !quic_keys_derive(run->opener, keys, packet->version,
                          call->side == SIDE_CLIENT ? QUIC_CLIENT : QUIC_SERVER,
                          connection_id_get(&state->origin)))
        return false;
    return open_with(call, keys, packet, frames);
}

/* The client begins: for the first time, with another version, or after a Retry that
 * was not captured.  Then the keys come from this packet's own connection ID. */
static bool open_first(const struct dissector_call *call, const struct quic_packet *packet,
                       struct bytes *frames)
{
    const struct quic_run *run = call->common;
    struct quic_state *state = call->state;
    struct quic_keys keys;
    if (call->side != SIDE_CLIENT ||
        !quic_keys_derive(run->opener, &keys, packet->version, QUIC_CLIENT, packet->destination))
        return false;
    if (!open_with(call, &keys, packet, frames))
        return false;
    streams_release(call);
    origin_set(state, packet->destination);
    state->keys[SIDE_CLIENT] = keys;
    state->client_spoke = true;
    return true;
}

static enum dissector_answer initial_seen(const struct dissector_call *call,
                                          const struct quic_packet *packet)
{
    struct quic_state *state = call->state;
    struct bytes frames;
    if (state->initials == INITIAL_LIMIT)
        return DISSECTOR_DONE;
    state->initials++;
    if (!open_known(call, packet, &frames) && !open_first(call, packet, &frames))
        return DISSECTOR_MORE;
    if (call->side == SIDE_SERVER) {
        state->fact.quic_version = packet->version; /* its choice is final */
        connection_id_set(&state->server_id, packet->source);
        state->server_spoke = true;
    } else {
        if (!state->server_spoke)
            state->fact.quic_version = packet->version;
        connection_id_set(&state->client_id, packet->source);
    }
    return frames_read(call, frames);
}

/* RFC 9000 section 17.2.5.2: one Retry counts, and none after the server's Initial. */
static void retry_seen(const struct dissector_call *call, const struct quic_packet *packet)
{
    const struct quic_run *run = call->common;
    struct quic_state *state = call->state;
    if (call->side != SIDE_SERVER || !state->client_spoke || state->server_spoke ||
        state->fact.quic_retry ||
        !quic_retry_is_genuine(run->opener, packet, connection_id_get(&state->origin)))
        return;
    state->fact.quic_retry = true;
    origin_set(state, packet->source);
}

/* RFC 9000 section 17.2.1: it repeats the client's connection IDs crosswise. */
static void versions_seen(const struct dissector_call *call, const struct quic_packet *packet)
{
    struct quic_state *state = call->state;
    struct bytes list = packet->list;
    uint32_t version;
    size_t length = 0;
    if (call->side != SIDE_SERVER || !state->client_spoke || state->server_spoke ||
        !bytes_equal(packet->source, connection_id_get(&state->origin)) ||
        !bytes_equal(packet->destination, connection_id_get(&state->client_id)))
        return;
    state->version_list[0] = '\0';
    while (bytes_read_u32(&list, &version)) {
        if (quic_version_is_reserved(version))
            continue;
        int written = snprintf(state->version_list + length, VERSION_LIST_SIZE - length, "%s0x%08x",
                               length > 0 ? "," : "", (unsigned)version);
        if (written < 0 || (size_t)written >= VERSION_LIST_SIZE - length) {
            state->version_list[length] = '\0';
            break;
        }
        length += (size_t)written;
    }
}

/* A client that asks for a version that nobody can read yet. */
static void unknown_seen(const struct dissector_call *call, const struct quic_packet *packet)
{
    struct quic_state *state = call->state;
    if (call->side != SIDE_CLIENT || quic_version_is_known(state->fact.quic_version))
        return;
    state->fact.quic_version = packet->version;
    origin_set(state, packet->destination);
    connection_id_set(&state->client_id, packet->source);
    state->client_spoke = true;
}

/* The client has 1-RTT keys to send with when it has sent its Finished and not before
 * (RFC 9001 section 4.1.1), and its packets name the server's connection ID. */
static void one_rtt_seen(const struct dissector_call *call, const struct quic_packet *packet)
{
    struct quic_state *state = call->state;
    struct bytes id = bytes_first(bytes_from(packet->whole, 1), state->server_id.length);
    if (call->side != SIDE_CLIENT || state->server_hello == NULL ||
        !bytes_equal(id, connection_id_get(&state->server_id)))
        return;
    state->fact.handshake_complete = true;
    call->flow->detail->tls_handshake_complete = true;
}

static enum dissector_answer packet_seen(const struct dissector_call *call,
                                         const struct quic_packet *packet)
{
    struct quic_state *state = call->state;
    switch (packet->kind) {
    case QUIC_INITIAL:
        return initial_seen(call, packet);
    case QUIC_RETRY:
        retry_seen(call, packet);
        break;
    case QUIC_VERSION_NEGOTIATION:
        versions_seen(call, packet);
        break;
    case QUIC_UNKNOWN:
        unknown_seen(call, packet);
        break;
    case QUIC_ONE_RTT:
        one_rtt_seen(call, packet);
        break;
    case QUIC_ZERO_RTT:
    case QUIC_HANDSHAKE:
        break;
    }
    return state->fact.handshake_complete ? DISSECTOR_DONE : DISSECTOR_MORE;
}

static enum dissector_answer quic_datagram(const struct dissector_call *call, struct bytes payload)
{
    struct quic_state *state = call->state;
    enum dissector_answer answer = DISSECTOR_MORE;
    struct quic_packet packet;
    if (state->datagrams++ == DATAGRAM_LIMIT)
        return DISSECTOR_DONE;
    /* What cannot be opened is told by its version, until something can. */
    struct bytes header = payload;
    if (call->side == SIDE_CLIENT && state->fact.quic_version == 0 &&
        quic_header_read(&header, &packet))
        state->fact.quic_version = packet.version;
    while (answer == DISSECTOR_MORE && quic_packet_read(&payload, &packet))
        answer = packet_seen(call, &packet);
    return answer;
}

static void quic_flow_end(const struct dissector_call *call)
{
    struct quic_state *state = call->state;
    if (state->server_spoke || flow_facts_admit_early(call->observation, call->flow))
        quic_emit(call);
    streams_release(call);
    free(state->client_hello);
    free(state->server_hello);
    state->client_hello = NULL;
    state->server_hello = NULL;
}

const struct dissector dissector_quic = {
    .name = "quic",
    .transport = TRANSPORT_UDP,
    .state_size = sizeof(struct quic_state),
    .create = quic_create,
    .release = quic_release,
    .claims = quic_claims,
    .datagram = quic_datagram,
    .held = quic_held,
    .flow_end = quic_flow_end,
    .flow_stand = quic_emit,
};
