/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What software says hello like this?  Fingerprints of hellos as others publish
 * them: JA3 and JA3S (MD5 of decimal numbers) and JA4 (counts in clear, two cut
 * SHA-256).  Only JA4 itself of its family is freely licensed, so only it is here.
 */
#ifndef APPLEPATH_DISSECTORS_TLS_FINGERPRINT_H
#define APPLEPATH_DISSECTORS_TLS_FINGERPRINT_H

#include "dissectors/tls_hello.h"

/* What makes them, for all hellos of a run. NULL when memory is out. */
struct tls_fingerprinter;
struct tls_fingerprinter *tls_fingerprinter_create(void);
void tls_fingerprinter_release(struct tls_fingerprinter *fingerprinter);

/* Each reads the hello's borrowed bytes, which must still be there, and writes "" when
 * libcrypto fails or the hello holds more numbers than any software sends. */
void tls_fingerprint_ja3(struct tls_fingerprinter *fingerprinter,
                         const struct tls_client_hello *hello, char text[TLS_MD5_SIZE]);
void tls_fingerprint_ja3s(struct tls_fingerprinter *fingerprinter,
                          const struct tls_server_hello *hello, char text[TLS_MD5_SIZE]);

/* `carrier`: 't' over TCP, 'q' inside QUIC. */
void tls_fingerprint_ja4(struct tls_fingerprinter *fingerprinter,
                         const struct tls_client_hello *hello, char carrier,
                         char text[TLS_JA4_SIZE]);

#endif
