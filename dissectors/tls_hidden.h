/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do encrypted records still show?  Their direction, length and time come in;
 * whether the handshake was completed, refused or closed goes into the fact (RFC 8446
 * sections 4.4.4, 5.2 and 6).
 */
#ifndef APPLEPATH_DISSECTORS_TLS_HIDDEN_H
#define APPLEPATH_DISSECTORS_TLS_HIDDEN_H

#include "dissectors/tls_connection.h"

/* A record whose content nobody can read, by its header. */
void tls_hidden_record(const struct dissector_call *call, enum tls_content type, uint16_t length);

#endif
