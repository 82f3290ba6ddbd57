/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When did something that works at other times fail?  An outage is a run of failed
 * attempts of one client at one catalogue row and port, with no success between.
 */
#ifndef APPLEPATH_DIAGNOSIS_OUTAGES_H
#define APPLEPATH_DIAGNOSIS_OUTAGES_H

#include "base/arena.h"
#include "diagnosis/builder.h"
#include "diagnosis/ledger.h"

#define OUTAGE_LIMIT 64 /* of one client, row and port; what follows joins the last */

struct outage {
    struct tally failures; /* as if there were no other flows; of the first server tried */
    uint64_t successes_before; /* of the client, at anything, when it began */
    bool reached_elsewhere; /* it had one at something else between two of the failures */
    bool over; /* a success followed */
    struct outage *next;
};

/* Notes a decided attempt, in the order of the flows' beginnings. `successes`: of the
 * client so far, at anything. Memory that is out shows in the arena. */
void outages_note(struct arena *arena, struct tally *tally, uint64_t successes,
                  const struct fact_flow *flow, const char *name, enum attempt attempt);

/* The same of connections that opened and did their work, or were torn down. */
void outages_note_torn(struct arena *arena, struct tally *tally, uint64_t successes,
                       const struct fact_flow *flow, enum attempt attempt);

/* Failed attempts in a row, of something that works at other times: do they last, or are
 * they one stroke of bad luck? The common measure of all kinds. */
bool outage_lasts(uint64_t attempts, int64_t first, int64_t last);

/* Says of each draft whether it still failed when the capture ended, where its rule has not
 * said so and the ledger can tell; after all rules. */
void outages_conclude(struct builder *builder);

/* Is it more than bad luck, and not the client's whole network: several attempts over
 * some time, while the client got through to something else? */
bool outage_is_sustained(const struct outage *outage);

#endif
