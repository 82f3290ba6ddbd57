/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose name does an issuer bear?  Products that inspect TLS, and authorities that are
 * known for genuine certificates.  A name is a claim: it proves nothing by itself.
 */
#ifndef APPLEPATH_CERTIFICATES_ISSUERS_H
#define APPLEPATH_CERTIFICATES_ISSUERS_H

#include <stdbool.h>
#include <stddef.h>

#define ISSUER_VALUE_SIZE 256

/* The product whose default certificates bear such a name (RFC 4514 text); NULL: none. */
const char *issuers_inspector(const char *name);

/* The public authority, or "Apple", whose certificates bear such a name; NULL: none. */
const char *issuers_authority(const char *name);

/* The first value of an attribute ("CN", "O", "OU"), unescaped and cut to the size;
 * false where the name has none. */
bool issuers_attribute(const char *name, const char *attribute, char value[ISSUER_VALUE_SIZE]);

#endif
