/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One X.509 certificate as a server sent it (RFC 5280), read by libcrypto: what it
 * says of itself.  Nothing is verified here; see certificates/chain.h.
 */
#ifndef APPLEPATH_CERTIFICATES_CERTIFICATE_H
#define APPLEPATH_CERTIFICATES_CERTIFICATE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/fact.h"

#define CERTIFICATE_SHA256_SIZE 65 /* hexadecimal digits and a terminator */

struct certificate;

/* The SHA-256 of a certificate's DER, as lower-case hexadecimal digits. False when
 * libcrypto fails. */
bool certificate_fingerprint(struct bytes der, char hexadecimal[CERTIFICATE_SHA256_SIZE]);

/* Reads one certificate; NULL when there is no memory. One that cannot be read is a
 * result: it has its fingerprint and DER, all else is unknown. The DER is copied. */
struct certificate *certificate_read(struct bytes der);
void certificate_release(struct certificate *certificate);

/* Sets all of the fact but its packet and time; texts and DER are borrowed from
 * `certificate`. */
void certificate_describe(const struct certificate *certificate, struct fact_certificate *fact);

#endif
