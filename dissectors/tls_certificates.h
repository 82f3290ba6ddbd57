/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's Certificate message up to TLS 1.2 (RFC 5246 section 7.4.2): which
 * certificates were sent, in their order, and each distinct one told once a run.
 * Nothing is verified here.
 */
#ifndef APPLEPATH_DISSECTORS_TLS_CERTIFICATES_H
#define APPLEPATH_DISSECTORS_TLS_CERTIFICATES_H

#include "base/bytes.h"
#include "flows/observation.h"

#define TLS_CHAIN_LIMIT 10 /* certificates of one message that are read */
#define TLS_CHAIN_SIZE (TLS_CHAIN_LIMIT * 65) /* their SHA-256 with commas, and a terminator */
#define TLS_CERTIFICATES_BYTES                                                                     \
    (UINT64_C(16) << 20) /* of them, unless the run allows another number */
#define TLS_CERTIFICATES_LIMIT 4096 /* distinct ones of a run that are told */

struct tls_certificate_slot;

/* Which certificates were told; begins with all bytes zero. */
struct tls_certificates {
    struct tls_certificate_slot *slots; /* owned; NULL until the first one */
    uint32_t count;
    uint64_t bytes; /* of those told */
    uint32_t renewals; /* the observation's, when they began to be told */
};

void tls_certificates_release(struct tls_certificates *told);

/* Writes the SHA-256 values of the certificates in `body`, the message without its
 * header, comma-separated; emits FACT_CERTIFICATE for new ones, dated as given.
 * False when some were not read: the body was cut or broken, or held too many. */
bool tls_certificates_read(struct tls_certificates *told, struct observation *observation,
                           struct bytes body, int64_t time, uint64_t packet,
                           char chain[TLS_CHAIN_SIZE]);

#endif
