/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One handshake message out of the records that carry it: a record may hold several
 * messages, and a message may span several records (RFC 8446 section 5.1).
 * What is kept grows with the bytes that came, whatever length is announced.
 */
#ifndef APPLEPATH_DISSECTORS_TLS_MESSAGE_H
#define APPLEPATH_DISSECTORS_TLS_MESSAGE_H

#include "base/bytes.h"

#define TLS_MESSAGE_HEADER 4
#define TLS_MESSAGE_LIMIT 65536u /* bytes of one body that are kept */
#define TLS_GATHERED_LIMIT (UINT64_C(64) << 20) /* bytes of all unfinished messages */

/* The message that one side is sending; begins with all bytes zero. */
struct tls_message {
    uint8_t header[TLS_MESSAGE_HEADER];
    uint8_t header_length;
    bool cut; /* its body is longer than what was kept of it */
    uint8_t *body; /* owned; NULL while no wanted message spans pieces */
    uint32_t gathered; /* bytes in `body` */
    uint32_t capacity;
    uint32_t left; /* bytes of the message still to come */
    uint64_t last_packet; /* that brought bytes of it; the reader sets both */
    int64_t last_time;
};

enum tls_gathering {
    TLS_GATHERING_MORE, /* the piece is used up, and the message is not whole */
    TLS_GATHERING_WHOLE,
    TLS_GATHERING_FAILED, /* all messages together keep too much */
    TLS_GATHERING_MEMORY_OUT
};

/* Takes header bytes off `from`; true when the header is complete. */
bool tls_message_begin(struct tls_message *message, struct bytes *from);

/* Takes bytes of the body off `from`. Sets `body` when the message is whole: it is
 * borrowed until the next call. `total` counts what all messages keep. */
enum tls_gathering tls_message_gather(struct tls_message *message, struct bytes *from,
                                      uint64_t *total, struct bytes *body);

/* Passes over bytes of the body; true when its end was reached. */
bool tls_message_skip(struct tls_message *message, struct bytes *from);

/* Gives back what is kept; the next message may begin. */
void tls_message_reset(struct tls_message *message, uint64_t *total);

#endif
