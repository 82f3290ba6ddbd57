/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What worked and what failed, by time and category, over the time of the captures;
 * added up while the ledger reads the flows.
 */
#ifndef APPLEPATH_DIAGNOSIS_TIMELINE_H
#define APPLEPATH_DIAGNOSIS_TIMELINE_H

#include "diagnosis/builder.h"

/* Where the rows of the catalogue stand in the timeline. */
struct timeline_tally {
    struct timeline *timeline;
    uint8_t *row_of; /* by catalogue row; in the arena */
    size_t row_of_count;
};

/* Sets the time's span by the diagnosis' sources and the selection, and has the ledger
 * note flows from then on. Memory that is out shows in the arena. */
void timeline_begin(struct diagnosis *diagnosis, struct ledger *ledger);

/* Notes what was tried of a catalogue row: nothing where the ledger has no timeline, the
 * attempt decides nothing, or the time lies outside. */
void timeline_note(const struct ledger *ledger, size_t row, int64_t time, enum attempt attempt);

/* Leaves the rows that have anything in them. */
void timeline_finish(struct diagnosis *diagnosis);

#endif
