/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When was another certificate shown, of names whose genuine one is shown at other times?
 * What each connection was shown comes in; periods of findings go out.
 */
#ifndef APPLEPATH_DIAGNOSIS_CHAIN_TIMES_H
#define APPLEPATH_DIAGNOSIS_CHAIN_TIMES_H

#include "diagnosis/builder.h"

/* What one client was shown for one name. */
struct chain_time {
    struct address client;
    const char *name;
    size_t row;
    int64_t time;
    struct draft *draft; /* NULL: it was genuine */
};

struct chain_times {
    struct chain_time *list; /* owned */
    size_t count, capacity;
};

/* False: memory is out. `name` is the arena's, or NULL. */
bool chain_times_note(struct chain_times *times, const struct chain_time *seen);

/* Gives each draft the periods of what it was shown for, where that is not all there is. */
void chain_times_settle(struct chain_times *times, struct builder *builder);

#endif
