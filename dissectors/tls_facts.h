/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do the hellos tell the fact of a handshake, fingerprints included?  The same
 * for TLS over TCP and inside QUIC: a hello that was read comes in, its fields of
 * the fact go out (JA3, JA3S: MD5 of numbers; JA4: its published format).
 */
#ifndef APPLEPATH_DISSECTORS_TLS_FACTS_H
#define APPLEPATH_DISSECTORS_TLS_FACTS_H

#include "base/fact.h"
#include "dissectors/tls_fingerprint.h"

enum tls_carrier { TLS_OVER_TCP, TLS_OVER_QUIC };

/* Sets the fact's fields of the ClientHello but its packet, time and length; texts
 * are borrowed from `hello`, NULL where there are none. The body that the hello was
 * read from must still be there: its fingerprints are made now. */
void tls_facts_client_hello(struct tls_fingerprinter *fingerprinter, struct tls_client_hello *hello,
                            enum tls_carrier carrier, struct fact_tls *fact);

/* The same of a ServerHello that is no retry_request. */
void tls_facts_server_hello(struct tls_fingerprinter *fingerprinter, struct tls_server_hello *hello,
                            struct fact_tls *fact);

#endif
