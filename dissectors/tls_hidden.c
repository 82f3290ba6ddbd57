/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lengths of encrypted records.  In TLS 1.3 the handshake goes on inside records
 * that look like application data: content, one byte of inner type, a tag (RFC 8446
 * section 5.2).  An alert and a Finished are of fixed size, so that a client that
 * refuses the server is told from one that goes on.  Who pads is neither.
 */
#include "dissectors/tls_hidden.h"

#include "base/text.h"

#define RECORDS_TOLD 16

enum { CIPHER_AES_256_GCM_SHA384 = 0x1302, CIPHER_AES_128_CCM_8_SHA256 = 0x1305 };

enum { INNER_TYPE_LENGTH = 1, TAG_LENGTH = 16, SHORT_TAG_LENGTH = 8 }; /* RFC 6655 */
enum { ALERT_LENGTH = 2, FINISHED_SHA256_LENGTH = 4 + 32, FINISHED_SHA384_LENGTH = 4 + 48 };

static uint16_t overhead_of(uint16_t cipher)
{
    return INNER_TYPE_LENGTH +
           (cipher == CIPHER_AES_128_CCM_8_SHA256 ? SHORT_TAG_LENGTH : TAG_LENGTH);
}

static bool is_alert(const struct tls_connection *connection, uint16_t length)
{
    return length == ALERT_LENGTH + overhead_of(connection->fact.cipher);
}

/* RFC 8446 section 4.4.4: as long as the hash of the cipher suite. */
static bool is_finished(const struct tls_connection *connection, uint16_t length)
{
    uint16_t cipher = connection->fact.cipher;
    return length ==
           (cipher == CIPHER_AES_256_GCM_SHA384 ? FINISHED_SHA384_LENGTH : FINISHED_SHA256_LENGTH) +
               overhead_of(cipher);
}

static void record_tell(const struct dissector_call *call, uint16_t length)
{
    struct tls_connection *connection = call->state;
    if (connection->record_count == RECORDS_TOLD ||
        connection->fact.client_hello_packet == PACKET_NONE)
        return;
    size_t used = strlen(connection->records);
    int64_t elapsed =
        (call->packet->time - connection->fact.client_hello_time) / NANOSECONDS_PER_MILLISECOND;
    uint64_t distance = elapsed < 0 ? (uint64_t)0 - (uint64_t)elapsed : (uint64_t)elapsed;
    char record[4 + 2 * TEXT_DECIMAL_SIZE], *at = record;
    if (used > 0)
        *at++ = ' ';
    *at++ = call->side == SIDE_CLIENT ? 'c' : 's';
    at += text_put_decimal(at, length);
    *at++ = elapsed < 0 ? '-' : '+';
    at += text_put_decimal(at, distance);
    size_t added = (size_t)(at - record);
    if (used + added >= sizeof connection->records)
        return; /* no half record */
    memcpy(connection->records + used, record, added + 1);
    connection->record_count++;
}

/* The client's first encrypted record after the server's flight. */
static void client_reply_note(const struct dissector_call *call, uint16_t length)
{
    struct tls_connection *connection = call->state;
    struct fact_tls *fact = &connection->fact;
    if (fact->client_reply_packet != PACKET_NONE)
        return;
    fact->client_reply_length = length;
    fact->client_reply_time = call->packet->time;
    fact->client_reply_packet = call->packet->identity;
}

/* Is this the client's data?  A record of an alert's length before any data is not.
 * Early data of two bytes looks like an alert, so where some was sent nothing is
 * called a refusal. */
static bool client_record_is_data(const struct dissector_call *call, uint16_t length)
{
    struct tls_connection *connection = call->state;
    bool alert = is_alert(connection, length);
    if (connection->client_finished)
        return !alert || connection->fact.client_data_records > 0;
    if (!connection->server_spoke) {
        connection->early_data = true; /* RFC 8446 section 2.3 */
        return false;
    }
    client_reply_note(call, length);
    if (is_finished(connection, length))
        connection->client_finished = true;
    else if (!alert)
        connection->client_spoke = true;
    connection->fact.client_refused =
        alert && !connection->early_data && !connection->server_refused;
    return false;
}

/* Is this the server's data?  A client with a certificate may send its Finished in one
 * record with it: then the server's next word shows that it has come. */
static bool server_record_is_data(struct tls_connection *connection, uint16_t length)
{
    connection->server_spoke = true;
    if (is_alert(connection, length) && !connection->client_finished)
        connection->server_refused = true;
    if (connection->fact.client_reply_packet == PACKET_NONE)
        connection->fact.server_flight_bytes += length;
    if (connection->client_spoke && !connection->early_data && !connection->fact.client_refused)
        connection->client_finished = true;
    return connection->client_finished;
}

static bool record_is_data(const struct dissector_call *call, uint16_t length)
{
    struct tls_connection *connection = call->state;
    if (connection->tls13)
        return call->side == SIDE_CLIENT ? client_record_is_data(call, length)
                                         : server_record_is_data(connection, length);
    if (call->side == SIDE_CLIENT && connection->fact.server_hello_packet == PACKET_NONE)
        connection->early_data = true; /* if it is 1.3 that the server chooses */
    return connection->fact.server_hello_packet != PACKET_NONE ||
           connection->sides[call->side].finished;
}

static void application_data_seen(const struct dissector_call *call, uint16_t length)
{
    struct tls_connection *connection = call->state;
    if (record_is_data(call, length)) {
        if (call->side == SIDE_CLIENT)
            connection->fact.client_data_records++;
        else
            connection->fact.server_data_records++;
        call->flow->detail->tls_handshake_complete = true;
    }
    if (call->side == SIDE_SERVER)
        tls_connection_note(call);
}

static bool handshake_is_complete(const struct tls_connection *connection)
{
    if (connection->tls13)
        return connection->client_finished;
    return connection->fact.client_data_records + connection->fact.server_data_records > 0 ||
           (connection->sides[SIDE_CLIENT].finished && connection->sides[SIDE_SERVER].finished);
}

/* An alert ends what its side says: a record after it shows that it was none. */
static void closing_note(struct tls_connection *connection, int side, bool alert)
{
    enum party party = flow_party(side);
    if (!alert && connection->fact.closed_by == party)
        connection->fact.closed_by = PARTY_NONE;
    if (alert && connection->fact.closed_by == PARTY_NONE)
        connection->fact.closed_by = party;
}

static void record_judge(const struct dissector_call *call, enum tls_content type, uint16_t length)
{
    struct tls_connection *connection = call->state;
    struct tls_side *side = &connection->sides[call->side];
    bool was_complete = connection->fact.handshake_complete;
    if (type == TLS_HANDSHAKE)
        side->finished = true;
    if (type == TLS_APPLICATION_DATA)
        application_data_seen(call, length);
    connection->fact.handshake_complete = handshake_is_complete(connection);
    bool alert = connection->tls13 ? type == TLS_APPLICATION_DATA && is_alert(connection, length)
                                   : type == TLS_ALERT && side->changed_cipher;
    if (was_complete)
        closing_note(connection, call->side, alert);
}

/* Without early data the client can encrypt nothing before the server has spoken: the
 * capture has the two directions out of order. Then its record waits. */
static bool record_must_wait(const struct dissector_call *call, enum tls_content type,
                             uint16_t length)
{
    struct tls_connection *connection = call->state;
    bool below_13 = !connection->tls13 && connection->fact.server_hello_packet != PACKET_NONE;
    if (call->side != SIDE_CLIENT || type != TLS_APPLICATION_DATA || connection->server_spoke ||
        below_13 || connection->sides[SIDE_CLIENT].finished || connection->fact.early_data ||
        connection->waiting_count == TLS_WAITING_LIMIT)
        return false;
    connection->waiting[connection->waiting_count++] =
        (struct tls_waiting){length, call->packet->time, call->packet->identity};
    return true;
}

static void waiting_judge(const struct dissector_call *call)
{
    struct tls_connection *connection = call->state;
    for (uint8_t i = 0; i < connection->waiting_count; i++) {
        const struct tls_waiting *waiting = &connection->waiting[i];
        struct packet packet = {.identity = waiting->packet, .time = waiting->time};
        struct dissector_call earlier = *call;
        earlier.side = SIDE_CLIENT;
        earlier.packet = &packet;
        record_judge(&earlier, TLS_APPLICATION_DATA, waiting->length);
    }
    connection->waiting_count = 0;
}

void tls_hidden_record(const struct dissector_call *call, enum tls_content type, uint16_t length)
{
    const struct tls_connection *connection = call->state;
    record_tell(call, length);
    if (record_must_wait(call, type, length))
        return;
    record_judge(call, type, length);
    if (connection->server_spoke)
        waiting_judge(call);
}
