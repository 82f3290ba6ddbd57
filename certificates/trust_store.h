/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roots that a chain may end in, each kind apart: Apple's own (shipped), the public
 * ones of this system, those the user declares as genuine (--trust), and those the
 * user declares as the site's own inspection.
 */
#ifndef APPLEPATH_CERTIFICATES_TRUST_STORE_H
#define APPLEPATH_CERTIFICATES_TRUST_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"

enum trust_kind { TRUST_NONE, TRUST_APPLE, TRUST_PUBLIC, TRUST_DECLARED, TRUST_INSPECTION };

/* Which files to take roots from; lists may be NULL where their count is 0. */
struct trust_files {
    const char *const *declared;
    size_t declared_count;
    const char *const *inspection;
    size_t inspection_count;
    const char *public_bundle; /* NULL: this system's, wherever it keeps it */
};

struct trust_store;

/* Reads Apple's roots and the declared ones; the public ones when first asked for.
 * NULL and a problem that names the file when a declared one cannot be read, is
 * broken or holds no certificate. Released by trust_store_release. */
struct trust_store *trust_store_load(const struct trust_files *files, struct problem *problem);
void trust_store_release(struct trust_store *store);

/* How many roots of a kind there are; of public ones 0 where this system has none. */
size_t trust_store_count(struct trust_store *store, enum trust_kind kind);

/* Does an issuer's O (or CN where it has none) belong to one of the public roots? */
bool trust_store_names_public(struct trust_store *store, const char *name);

/* The files and folders that the system's roots may be read from, which happens when
 * they are needed first: a sandbox must leave them in reach. Returns how many. */
#define TRUST_PLACE_LIMIT 16
size_t trust_store_public_places(const char *places[TRUST_PLACE_LIMIT]);

#endif
