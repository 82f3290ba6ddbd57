/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a certificate is inside; for certificate.c, which reads it, and chain.c,
 * which verifies it.
 */
#ifndef APPLEPATH_CERTIFICATES_CERTIFICATE_PRIVATE_H
#define APPLEPATH_CERTIFICATES_CERTIFICATE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "certificates/certificate.h"

#define CERTIFICATE_NAME_SIZE 513
#define CERTIFICATE_NAMES_SIZE 3001
#define CERTIFICATE_SERIAL_SIZE 132 /* a sign, 64 bytes; RFC 5280 allows 20 */
#define CERTIFICATE_KEY_SIZE 64
#define CERTIFICATE_MARKERS_SIZE 512

struct certificate {
    uint8_t *der;
    size_t length;
    X509 *x509; /* NULL: not a certificate; then all but the fingerprint is empty */
    char sha256[CERTIFICATE_SHA256_SIZE];
    bool has_subject;
    bool has_issuer;
    bool authority;
    int64_t not_before;
    int64_t not_after;
    char subject[CERTIFICATE_NAME_SIZE];
    char issuer[CERTIFICATE_NAME_SIZE];
    char serial[CERTIFICATE_SERIAL_SIZE];
    char names[CERTIFICATE_NAMES_SIZE];
    char key[CERTIFICATE_KEY_SIZE];
    char markers[CERTIFICATE_MARKERS_SIZE];
};

#endif
