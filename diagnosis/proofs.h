/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was seen to work, and for whom: what a claim that something was mended, or
 * that it broke, is held against.
 */
#ifndef APPLEPATH_DIAGNOSIS_PROOFS_H
#define APPLEPATH_DIAGNOSIS_PROOFS_H

#include "diagnosis/builder.h"

/* This client reached that row of the list; text is the catalogue's. */
struct reached {
    struct address client;
    const char *host;
    uint16_t port; /* 0: any */
    uint8_t transport;
};

/* All in the diagnosis' arena. */
struct proofs {
    struct reached *reached; /* by client */
    size_t reached_count;
    const char **names; /* of the catalogue, answered as they should be; sorted */
    size_t name_count;
    struct address *resolvers; /* that answered anything; sorted */
    size_t resolver_count;
};

/* Gathers them into the diagnosis. False and a problem when database or memory fail. */
bool proofs_gather(struct builder *builder);

/* Did that client reach the row that the finding names? */
bool proofs_reached(const struct proofs *proofs, const struct address *client,
                    const struct finding *finding);
bool proofs_answered(const struct proofs *proofs, const char *name);
bool proofs_resolver(const struct proofs *proofs, const struct address *resolver);

#endif
