/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names do the resolvers withhold, and who does it first?
 */
#ifndef APPLEPATH_DIAGNOSIS_NAME_VERDICTS_H
#define APPLEPATH_DIAGNOSIS_NAME_VERDICTS_H

#include "diagnosis/name_results.h"

/* Fills in what every group comes to, and where it came from. */
void name_verdicts(struct results *results);

bool name_group_has(const struct name_group *group, enum result_kind kind);

/* The row that the name belongs to; CATALOG_NO_SERVICE where nothing is to be said of
 * it. */
size_t name_row(const struct catalog *catalog, const char *name);

/* A resolver that gives errors only, to some client, and the rows that suffer. */
struct broken_resolver {
    struct address address;
    size_t row; /* one of them */
    size_t rows;
    bool several; /* services: what it fails is no zone or list of names, but everything */
};

struct broken_resolvers {
    struct broken_resolver *list; /* sorted */
    size_t count;
};

/* To be called after name_verdicts; the list is freed with free(). False when memory is
 * out. */
bool broken_resolvers_collect(const struct results *results, struct broken_resolvers *broken);

/* Does the group fail because its resolver fails everything? */
bool broken_resolvers_explain(const struct broken_resolvers *broken, const struct results *results,
                              const struct name_group *group);

#endif
