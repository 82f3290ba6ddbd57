/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a trust store is inside; for trust_store.c, which fills it, and chain.c, which
 * verifies by it.
 */
#ifndef APPLEPATH_CERTIFICATES_TRUST_STORE_PRIVATE_H
#define APPLEPATH_CERTIFICATES_TRUST_STORE_PRIVATE_H

#include <openssl/x509_vfy.h>

#include "certificates/trust_store.h"

#define TRUST_KINDS (TRUST_INSPECTION + 1)

struct trust_store {
    X509_STORE *roots[TRUST_KINDS];
    size_t counts[TRUST_KINDS];
    char *public_bundle; /* NULL: search for it */
    bool public_loaded; /* it was tried */
};

/* The roots of a kind, the public ones read if they were not yet. */
X509_STORE *trust_store_roots(struct trust_store *store, enum trust_kind kind);

#endif
