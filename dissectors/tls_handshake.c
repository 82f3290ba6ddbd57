/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handshake in clear, message by message: hellos and a retry (RFC 8446 sections
 * 4.1.2 to 4.1.4), the server's certificates and what goes with them up to TLS 1.2
 * (RFC 5246 section 7.4).  Other messages are passed over, their kind is noted.
 */
#include "dissectors/tls_handshake.h"

#include "dissectors/tls_facts.h"

enum handshake_type {
    HANDSHAKE_CLIENT_HELLO = 1,
    HANDSHAKE_SERVER_HELLO = 2,
    HANDSHAKE_NEW_SESSION_TICKET = 4,
    HANDSHAKE_CERTIFICATE = 11,
    HANDSHAKE_SERVER_KEY_EXCHANGE = 12,
    HANDSHAKE_CERTIFICATE_REQUEST = 13,
    HANDSHAKE_SERVER_HELLO_DONE = 14,
    HANDSHAKE_CERTIFICATE_STATUS = 22
};

enum { CURVE_NAMED = 3 }; /* RFC 8422 section 5.4 */

static const char *text_keep(const struct dissector_call *call, enum tls_text which,
                             const char *text)
{
    const char *kept = tls_connection_keep(call->state, which, text);
    if (kept == NULL && text != NULL)
        call->observation->memory_out = true;
    return kept;
}

/* The texts of a hello go with it: the connection keeps copies. */
static void client_texts_keep(const struct dissector_call *call)
{
    struct tls_connection *connection = call->state;
    struct fact_tls *fact = &connection->fact;
    const struct {
        enum tls_text which;
        const char **text;
    } kept[] = {{TLS_TEXT_SERVER_NAME, &fact->server_name},
                {TLS_TEXT_CLIENT_ALPN, &fact->client_alpn},
                {TLS_TEXT_CLIENT_GROUPS, &fact->client_groups},
                {TLS_TEXT_CLIENT_SHARES, &fact->client_shares},
                {TLS_TEXT_JA3, &fact->ja3},
                {TLS_TEXT_JA4, &fact->ja4}};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        *kept[i].text = text_keep(call, kept[i].which, *kept[i].text);
}

static enum dissector_answer client_hello_seen(const struct dissector_call *call, struct bytes body)
{
    struct tls_connection *connection = call->state;
    struct tls_run *run = call->common;
    struct fact_tls *fact = &connection->fact;
    struct tls_client_hello hello;
    bool sound = tls_client_hello_read(body, &hello);
    fact->client_hello_time = call->packet->time;
    fact->client_hello_packet = call->packet->identity;
    fact->client_hello_bytes = (uint32_t)body.length + TLS_MESSAGE_HEADER;
    if (hello.server_name[0] != '\0')
        observation_name_flow(call->observation, call->flow, hello.server_name);
    observation_offer_flow(call->observation, call->flow,
                           hello.alpn[0] == '\0' ? NULL : hello.alpn);
    if (!observation_keeps(call->observation, call->flow))
        return DISSECTOR_DONE;
    tls_facts_client_hello(run->fingerprinter, &hello, TLS_OVER_TCP, fact);
    client_texts_keep(call);
    return sound ? DISSECTOR_MORE : DISSECTOR_MALFORMED;
}

static enum dissector_answer server_hello_seen(const struct dissector_call *call, struct bytes body)
{
    struct tls_connection *connection = call->state;
    struct tls_run *run = call->common;
    struct fact_tls *fact = &connection->fact;
    struct tls_server_hello hello;
    if (!tls_server_hello_read(body, &hello))
        return DISSECTOR_MALFORMED;
    if (hello.retry_request) {
        fact->retry_time = call->packet->time;
        fact->retry_packet = call->packet->identity;
        return DISSECTOR_MORE;
    }
    tls_facts_server_hello(run->fingerprinter, &hello, fact);
    fact->server_alpn = text_keep(call, TLS_TEXT_SERVER_ALPN, fact->server_alpn);
    fact->ja3s = text_keep(call, TLS_TEXT_JA3S, fact->ja3s);
    fact->server_hello_time = call->packet->time;
    fact->server_hello_packet = call->packet->identity;
    connection->tls13 = hello.tls13;
    call->flow->detail->tls_started = true;
    tls_connection_note(call);
    return DISSECTOR_MORE;
}

static void certificate_seen(const struct dissector_call *call, struct bytes body, bool whole,
                             int64_t time, uint64_t packet)
{
    struct tls_connection *connection = call->state;
    struct tls_run *run = call->common;
    char chain[TLS_CHAIN_SIZE] = "";
    connection->certificate_seen = true;
    if (!observation_keeps(call->observation, call->flow))
        return;
    if (!tls_certificates_read(&run->certificates, call->observation, body, time, packet, chain))
        whole = false;
    connection->fact.chain = text_keep(call, TLS_TEXT_CHAIN, chain[0] == '\0' ? NULL : chain);
    connection->fact.chain_incomplete = !whole;
    connection->fact.certificate_time = time;
    connection->fact.certificate_packet = packet;
    tls_connection_note(call);
}

/* RFC 5289, RFC 8422, RFC 7905: ECDHE, where parameters begin with the curve. */
static bool cipher_names_curve(uint16_t cipher)
{
    return (cipher >= 0xc006 && cipher <= 0xc00a) || (cipher >= 0xc010 && cipher <= 0xc014) ||
           (cipher >= 0xc023 && cipher <= 0xc024) || (cipher >= 0xc027 && cipher <= 0xc028) ||
           (cipher >= 0xc02b && cipher <= 0xc02c) || (cipher >= 0xc02f && cipher <= 0xc030) ||
           (cipher >= 0xcca8 && cipher <= 0xcca9);
}

static void key_exchange_seen(struct fact_tls *fact, struct bytes body)
{
    uint8_t type;
    uint16_t curve;
    if (cipher_names_curve(fact->cipher) && bytes_read_u8(&body, &type) && type == CURVE_NAMED &&
        bytes_read_u16(&body, &curve))
        fact->group = curve;
}

/* Only the first hello of each side is read (a HelloRetryRequest is not one). */
static bool message_is_wanted(const struct dissector_call *call, uint8_t type)
{
    const struct tls_connection *connection = call->state;
    const struct fact_tls *fact = &connection->fact;
    if (call->side == SIDE_CLIENT)
        return type == HANDSHAKE_CLIENT_HELLO && fact->client_hello_packet == PACKET_NONE;
    if (type == HANDSHAKE_SERVER_HELLO)
        return fact->server_hello_packet == PACKET_NONE;
    return fact->server_hello_packet != PACKET_NONE &&
           ((type == HANDSHAKE_CERTIFICATE && !connection->certificate_seen) ||
            type == HANDSHAKE_SERVER_KEY_EXCHANGE);
}

/* The server goes on without a certificate and without having ended its flight:
 * RFC 5246 section 7.3, figure 2; RFC 5077 section 3.1. */
static void session_goes_on(struct tls_connection *connection)
{
    if (connection->fact.server_hello_packet != PACKET_NONE && !connection->tls13 &&
        !connection->certificate_seen && !connection->hello_done)
        connection->fact.resumed = true;
}

static void server_message_noted(struct tls_connection *connection, uint8_t type)
{
    if (type == HANDSHAKE_CERTIFICATE_REQUEST)
        connection->fact.certificate_requested = true;
    else if (type == HANDSHAKE_CERTIFICATE_STATUS)
        connection->fact.stapled = true;
    else if (type == HANDSHAKE_SERVER_HELLO_DONE)
        connection->hello_done = true;
    else if (type == HANDSHAKE_NEW_SESSION_TICKET)
        session_goes_on(connection);
}

static enum dissector_answer message_seen(const struct dissector_call *call, uint8_t type,
                                          struct bytes body, bool cut)
{
    struct tls_connection *connection = call->state;
    if (type == HANDSHAKE_CLIENT_HELLO)
        return client_hello_seen(call, body);
    if (type == HANDSHAKE_SERVER_HELLO)
        return server_hello_seen(call, body);
    if (type == HANDSHAKE_CERTIFICATE)
        certificate_seen(call, body, !cut, call->packet->time, call->packet->identity);
    else
        key_exchange_seen(&connection->fact, body);
    return DISSECTOR_MORE;
}

/* Takes what `body` holds of a message that is read. */
static enum dissector_answer message_gather(const struct dissector_call *call, struct bytes *body)
{
    struct tls_connection *connection = call->state;
    struct tls_run *run = call->common;
    struct tls_message *message = &connection->sides[call->side].message;
    uint8_t type = message->header[0];
    bool hello = type == HANDSHAKE_CLIENT_HELLO || type == HANDSHAKE_SERVER_HELLO;
    enum dissector_answer answer = DISSECTOR_MORE;
    struct bytes whole;
    if (hello && message->left > TLS_MESSAGE_LIMIT - TLS_MESSAGE_HEADER)
        return DISSECTOR_MALFORMED;
    switch (tls_message_gather(message, body, &run->gathered, &whole)) {
    case TLS_GATHERING_MORE:
        message->last_packet = call->packet->identity;
        message->last_time = call->packet->time;
        break;
    case TLS_GATHERING_MEMORY_OUT:
        call->observation->memory_out = true;
        answer = DISSECTOR_DONE;
        break;
    case TLS_GATHERING_FAILED:
        answer = DISSECTOR_DONE;
        break;
    case TLS_GATHERING_WHOLE:
        answer = message_seen(call, type, whole, message->cut);
        tls_message_reset(message, &run->gathered);
        break;
    }
    return answer;
}

enum dissector_answer tls_handshake_read(const struct dissector_call *call, struct bytes body)
{
    struct tls_connection *connection = call->state;
    struct tls_run *run = call->common;
    struct tls_message *message = &connection->sides[call->side].message;
    /* Not `while body`: a message without a body is whole with its header. */
    while (tls_message_begin(message, &body)) {
        uint8_t type = message->header[0];
        if (message_is_wanted(call, type)) {
            enum dissector_answer answer = message_gather(call, &body);
            if (answer != DISSECTOR_MORE)
                return answer;
        } else if (tls_message_skip(message, &body)) {
            if (call->side == SIDE_SERVER)
                server_message_noted(connection, type);
            tls_message_reset(message, &run->gathered);
        }
        if (message->header_length == TLS_MESSAGE_HEADER)
            break; /* its rest comes with the next piece */
    }
    return DISSECTOR_MORE;
}

void tls_handshake_change_cipher(const struct dissector_call *call)
{
    struct tls_connection *connection = call->state;
    connection->sides[call->side].changed_cipher = true;
    if (call->side == SIDE_SERVER)
        session_goes_on(connection);
}

bool tls_handshake_awaits_certificate(const struct tls_connection *connection)
{
    const struct tls_message *message = &connection->sides[SIDE_SERVER].message;
    return connection->fact.server_hello_packet != PACKET_NONE && !connection->tls13 &&
           !connection->certificate_seen && message->header_length == TLS_MESSAGE_HEADER &&
           message->header[0] == HANDSHAKE_CERTIFICATE;
}

void tls_handshake_end(const struct dissector_call *call)
{
    struct tls_connection *connection = call->state;
    const struct tls_message *message = &connection->sides[SIDE_SERVER].message;
    const struct fact_tls *fact = &connection->fact;
    bool begun =
        message->header_length == TLS_MESSAGE_HEADER && message->header[0] == HANDSHAKE_CERTIFICATE;
    bool lost = call->flow->detail->reading_lost && !connection->hello_done && !fact->resumed;
    if (fact->server_hello_packet == PACKET_NONE || connection->tls13 ||
        connection->certificate_seen)
        return;
    if (begun && message->gathered > 0)
        certificate_seen(call, bytes_of(message->body, message->gathered), false,
                         message->last_time, message->last_packet);
    else
        connection->fact.chain_incomplete = begun || lost;
}
