/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates of a database, to be found by their SHA-256 while handshakes are
 * exported.  A run keeps a bounded number of them.
 */
#ifndef APPLEPATH_PROGRAM_EXPORT_CERTIFICATES_H
#define APPLEPATH_PROGRAM_EXPORT_CERTIFICATES_H

#include "base/arena.h"
#include "storage/facts.h"

#define EXPORT_CERTIFICATE_LIMIT 65536u /* those beyond are not found */

/* Begins with all bytes zero. */
struct export_certificates {
    struct arena arena;
    struct fact_certificate *certificates; /* sorted by SHA-256; owned */
    size_t count;
    size_t capacity;
    bool failed;
};

/* False and a problem when the database or memory fails. */
bool export_certificates_load(struct export_certificates *certificates, struct store *store,
                              struct problem *problem);
void export_certificates_release(struct export_certificates *certificates);

/* Fits export_run.certificate. */
const struct fact_certificate *export_certificates_find(const void *owner, const char *sha256);

#endif
