/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do the handshake messages in clear say?  Pieces of records come in, the
 * connection's fact is filled (RFC 8446 section 4; RFC 5246 section 7.4).
 */
#ifndef APPLEPATH_DISSECTORS_TLS_HANDSHAKE_H
#define APPLEPATH_DISSECTORS_TLS_HANDSHAKE_H

#include "dissectors/tls_connection.h"

/* Reads what one side sent of its handshake; all of `body` is used up. */
enum dissector_answer tls_handshake_read(const struct dissector_call *call, struct bytes body);

/* The side changes to its new keys: before a certificate, a session goes on. */
void tls_handshake_change_cipher(const struct dissector_call *call);

/* Has a chain begun to come that is not whole yet? */
bool tls_handshake_awaits_certificate(const struct tls_connection *connection);

/* No more comes: tells what there is of a chain that broke off. */
void tls_handshake_end(const struct dissector_call *call);

#endif
