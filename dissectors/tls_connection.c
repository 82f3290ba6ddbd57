/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of one TLS connection: its texts are kept and given back here, and its
 * fact, as far as it is known, goes out from here.
 */
#include "dissectors/tls_connection.h"

#include <stdlib.h>
#include <string.h>

const char *tls_connection_keep(struct tls_connection *connection, enum tls_text which,
                                const char *text)
{
    char *before = connection->texts[which];
    char *kept = text == NULL ? NULL : strdup(text);
    connection->text_bytes -= before != NULL ? strlen(before) + 1 : 0;
    connection->text_bytes += kept != NULL ? strlen(kept) + 1 : 0;
    free(before);
    connection->texts[which] = kept;
    return kept;
}

size_t tls_connection_held(const void *of)
{
    const struct tls_connection *connection = of;
    return connection->text_bytes + connection->sides[SIDE_CLIENT].message.capacity +
           connection->sides[SIDE_SERVER].message.capacity;
}

static void time_clear(uint64_t packet, int64_t *time)
{
    if (packet == PACKET_NONE)
        *time = TIMESTAMP_NONE;
}

void tls_connection_note(const struct dissector_call *call)
{
    struct tls_connection *connection = call->state;
    if (connection->noted || !observation_keeps(call->observation, call->flow))
        return;
    observation_flow_identity(call->observation, call->flow);
    connection->noted = true;
}

void tls_connection_emit(const struct dissector_call *call)
{
    struct tls_connection *connection = call->state;
    if (!observation_keeps(call->observation, call->flow))
        return;
    struct fact fact = {.kind = FACT_TLS};
    struct fact_tls *tls = &fact.as.tls;
    *tls = connection->fact;
    tls->flow = observation_flow_identity(call->observation, call->flow);
    tls->records = connection->record_count > 0 ? connection->records : NULL;
    time_clear(tls->client_hello_packet, &tls->client_hello_time);
    time_clear(tls->retry_packet, &tls->retry_time);
    time_clear(tls->server_hello_packet, &tls->server_hello_time);
    time_clear(tls->certificate_packet, &tls->certificate_time);
    time_clear(tls->alert_packet, &tls->alert_time);
    time_clear(tls->client_reply_packet, &tls->client_reply_time);
    observation_emit(call->observation, &fact);
    connection->noted = true;
}

void tls_connection_release(struct tls_connection *connection, struct tls_run *run)
{
    for (int side = 0; side < SIDE_COUNT; side++)
        tls_message_reset(&connection->sides[side].message, &run->gathered);
    if (connection->text_bytes == 0) /* of most connections nothing is kept */
        return;
    for (int i = 0; i < TLS_TEXT_COUNT; i++)
        free(connection->texts[i]);
    memset(connection->texts, 0, sizeof connection->texts);
    connection->text_bytes = 0;
    connection->fact = (struct fact_tls){0}; /* its texts were these */
}
