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

#define RUNS_LIMIT 64 /* of one client, name and resolver */

/* A time in which a name was withheld that the same resolver serves the client at others. */
struct name_run {
    struct name_group group; /* of its results alone; its origin is NULL until it is traced */
    const struct result *good; /* a right answer at another time: the next, or the last before */
};

/* The first run of the group's that begins at `from` or later; false: none. */
bool name_run_next(const struct results *results, const struct name_group *group,
                   const struct result *from, struct name_run *run);

/* With both sides of a forwarder in the capture: who said it first? False where somebody
 * else than the resolver is at fault, and nothing shows that he does it for long. */
bool name_run_trace(const struct results *results, struct name_run *run);

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
