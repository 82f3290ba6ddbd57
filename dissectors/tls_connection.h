/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of one TLS connection over TCP while it is read, and of all of them
 * together: the state that dissectors/tls.c (records), tls_handshake.c (messages in
 * clear) and tls_hidden.c (encrypted records) share.
 */
#ifndef APPLEPATH_DISSECTORS_TLS_CONNECTION_H
#define APPLEPATH_DISSECTORS_TLS_CONNECTION_H

#include "dissectors/dissector.h"
#include "dissectors/tls_certificates.h"
#include "dissectors/tls_message.h"

#define TLS_RECORDS_SIZE 400 /* 16 records as text */
#define TLS_WAITING_LIMIT 4

enum tls_content {
    TLS_CHANGE_CIPHER_SPEC = 20,
    TLS_ALERT = 21,
    TLS_HANDSHAKE = 22,
    TLS_APPLICATION_DATA = 23,
    TLS_HEARTBEAT = 24
};

/* Texts of the fact that outlive the hello they come from. */
enum tls_text {
    TLS_TEXT_SERVER_NAME,
    TLS_TEXT_CLIENT_ALPN,
    TLS_TEXT_CLIENT_GROUPS,
    TLS_TEXT_CLIENT_SHARES,
    TLS_TEXT_JA3,
    TLS_TEXT_JA4,
    TLS_TEXT_SERVER_ALPN,
    TLS_TEXT_JA3S,
    TLS_TEXT_CHAIN,
    TLS_TEXT_COUNT
};

struct tls_side {
    struct tls_message message;
    uint32_t record_left; /* bytes to come of a record whose header was read */
    bool record_clear; /* that record is part of the handshake and in clear */
    bool changed_cipher;
    bool finished; /* sent a handshake record after ChangeCipherSpec: 1.2 or below */
};

/* An encrypted record of the client's that was captured before the server's flight. */
struct tls_waiting {
    uint16_t length;
    int64_t time;
    uint64_t packet;
};

/* Begins with all bytes zero. */
struct tls_connection {
    struct tls_side sides[SIDE_COUNT];
    struct fact_tls fact; /* times count where the packet beside them is set */
    char *texts[TLS_TEXT_COUNT]; /* owned */
    size_t text_bytes; /* of all of them */
    bool record_seen;
    bool noted; /* more than a hello was seen, or a fact was emitted */
    bool alert_fatal;
    bool tls13;
    bool certificate_seen; /* the server's message, whole or not */
    bool hello_done; /* the server has said ServerHelloDone */
    /* TLS 1.3, in encrypted records: */
    bool server_spoke;
    bool server_refused; /* sent an alert before the client had finished */
    bool early_data; /* the client sent some before the server spoke */
    bool client_spoke; /* handshake messages of the client's that are not its Finished */
    bool client_finished;
    struct tls_waiting waiting[TLS_WAITING_LIMIT];
    uint8_t waiting_count;
    uint8_t record_count; /* in `records` */
    char records[TLS_RECORDS_SIZE];
};

/* What all connections of a run share. */
struct tls_run {
    uint64_t gathered; /* bytes of unfinished messages, of all connections */
    struct tls_certificates certificates;
    struct tls_fingerprinter *fingerprinter;
};

/* Keeps a copy, in place of the one before; NULL for NULL and without memory. */
const char *tls_connection_keep(struct tls_connection *connection, enum tls_text which,
                                const char *text);

/* Bytes that its texts and unfinished messages take. */
size_t tls_connection_held(const void *connection);

/* There is something to tell, if facts about the flow are kept: that is done once, when
 * reading is over or the flow ends, or before in a snapshot. The flow takes its number. */
void tls_connection_note(const struct dissector_call *call);

/* Tells what is known so far, if facts about the flow are kept. */
void tls_connection_emit(const struct dissector_call *call);

/* Gives back all that the connection holds; its fact's texts are gone then. */
void tls_connection_release(struct tls_connection *connection, struct tls_run *run);

#endif
