/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ladder of a finding: the packets of the one connection or exchange that shows
 * it best, in their order, and the silence where something should have come.
 */
#ifndef APPLEPATH_DIAGNOSIS_LADDER_H
#define APPLEPATH_DIAGNOSIS_LADDER_H

#include "diagnosis/builder.h"

/* Gives findings their ladders, after builder_finish. False when the database fails. */
bool ladders_fill(struct builder *builder);

/* What the parts of a ladder are put together with. Steps may come in any order. */
#define LADDER_DRAFT_LIMIT 64

struct ladder_draft {
    struct builder *builder;
    const struct finding *finding;
    struct ladder_party parties[LADDER_PARTY_LIMIT];
    struct address addresses[LADDER_PARTY_LIMIT]; /* none: not seen */
    size_t party_count;
    struct ladder_step steps[LADDER_DRAFT_LIMIT];
    uint64_t packets[LADDER_DRAFT_LIMIT]; /* their identities, for the order */
    size_t step_count;
    uint64_t left_out;
};

/* The party of that address, made if need be; the last one where there is no room. */
size_t ladder_party_of(struct ladder_draft *ladder, const struct address *address,
                       const char *role);

/* The party whose address nobody saw, made if need be. */
size_t ladder_party_unseen(struct ladder_draft *ladder, const char *role);

/* Adds a packet; the step may be changed until the next is added. Never NULL. */
struct ladder_step *ladder_add(struct ladder_draft *ladder, uint64_t packet, int64_t time,
                               size_t from, size_t to, const char *label);

/* Adds what did not come. */
void ladder_add_silence(struct ladder_draft *ladder, size_t from, size_t to, const char *note);

/* "firewall", "proxy", ...: what the finding says of who stands on the way. */
const char *ladder_culprit_role(const struct finding *finding);

/* ladder_flow.c: one connection, by its number. */
bool ladder_take_flow(struct ladder_draft *ladder, uint64_t flow, uint64_t last_packet);

/* ladder_exchange.c: the question and answer (DNS, NTP, HTTP) that the finding's evidence
 * begins with; nothing where there is none. */
bool ladder_take_exchange(struct ladder_draft *ladder);

#endif
