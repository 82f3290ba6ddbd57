/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which certificate did this handshake show?  Those of the database come in once;
 * afterwards a SHA-256 finds one of them.
 */
#include "program/export_certificates.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static int compare_certificates(const void *left, const void *right)
{
    const struct fact_certificate *one = left, *other = right;
    return strcmp(one->sha256, other->sha256);
}

static const char *keep(struct arena *arena, const char *text)
{
    return text != NULL ? arena_copy(arena, text) : NULL;
}

static bool take_certificate(void *owner, const struct fact *fact)
{
    struct export_certificates *all = owner;
    struct arena *arena = &all->arena;
    struct fact_certificate kept = fact->as.certificate;
    if (kept.sha256 == NULL || all->count == EXPORT_CERTIFICATE_LIMIT)
        return true;
    void *grown =
        array_grow(all->certificates, all->count, &all->capacity, sizeof *all->certificates);
    if (grown == NULL) {
        all->failed = true;
        return false;
    }
    all->certificates = grown;
    kept.sha256 = keep(arena, kept.sha256);
    kept.subject = keep(arena, kept.subject);
    kept.issuer = keep(arena, kept.issuer);
    kept.serial = keep(arena, kept.serial);
    kept.names = kept.key = kept.markers = NULL;
    uint8_t *der = arena_allocate(arena, kept.der.length + 1);
    if (der == NULL || arena->failed) {
        all->failed = true;
        return false;
    }
    if (kept.der.length > 0)
        memcpy(der, kept.der.data, kept.der.length);
    kept.der = bytes_of(der, kept.der.length);
    all->certificates[all->count++] = kept;
    return true;
}

bool export_certificates_load(struct export_certificates *certificates, struct store *store,
                              struct problem *problem)
{
    if (!facts_read(store, FACT_CERTIFICATE, NULL, take_certificate, certificates, problem))
        return false;
    if (certificates->failed)
        return problem_set(problem, "memory is out; close some programs");
    if (certificates->count > 1)
        qsort(certificates->certificates, certificates->count, sizeof *certificates->certificates,
              compare_certificates);
    return true;
}

void export_certificates_release(struct export_certificates *certificates)
{
    free(certificates->certificates);
    arena_release(&certificates->arena);
    memset(certificates, 0, sizeof *certificates);
}

const struct fact_certificate *export_certificates_find(const void *owner, const char *sha256)
{
    const struct export_certificates *all = owner;
    struct fact_certificate wanted = {.sha256 = sha256};
    if (all->count == 0)
        return NULL;
    return bsearch(&wanted, all->certificates, all->count, sizeof wanted, compare_certificates);
}
