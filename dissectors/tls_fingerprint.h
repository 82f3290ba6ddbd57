/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What software says hello like this?  Fingerprints of hellos as others publish
 * them: JA3 and JA3S (MD5 of decimal numbers) and JA4 (counts in clear, two cut
 * SHA-256).  Only JA4 itself of its family is freely licensed, so only it is here.
 */
#ifndef APPLEPATH_DISSECTORS_TLS_FINGERPRINT_H
#define APPLEPATH_DISSECTORS_TLS_FINGERPRINT_H

#include "dissectors/tls_hello.h"

/* Each reads the hello's borrowed bytes, which must still be there, and writes "" when
 * libcrypto fails or the hello holds more numbers than any software sends. False, and "",
 * when memory is out. */
bool tls_fingerprint_ja3(const struct tls_client_hello *hello, char text[TLS_MD5_SIZE]);
bool tls_fingerprint_ja3s(const struct tls_server_hello *hello, char text[TLS_MD5_SIZE]);

/* `carrier`: 't' over TCP, 'q' inside QUIC. */
bool tls_fingerprint_ja4(const struct tls_client_hello *hello, char carrier,
                         char text[TLS_JA4_SIZE]);

#endif
