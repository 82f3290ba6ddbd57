/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the flow table: which flows may be meant by a hash?  An open-addressing
 * index of 8 bytes a slot, of which three quarters are in use at most.
 */
#ifndef APPLEPATH_FLOWS_FLOW_SLOTS_H
#define APPLEPATH_FLOWS_FLOW_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "flows/flow_blocks.h"

struct flow_slot {
    uint32_t flow; /* by its index in the table; NO_FLOW: empty */
    uint32_t hash;
};

struct flow_slots {
    struct flow_slot *at;
    uint32_t mask; /* their number, a power of two, less 1 */
};

/* False when there is no memory. Released by flow_slots_release. */
bool flow_slots_create(struct flow_slots *slots, uint32_t count);
void flow_slots_release(struct flow_slots *slots);

/* Makes room for one more than `used`; false, and all as it was, when there is no memory
 * and no slot to spare; `grown` says whether there are more. */
bool flow_slots_reserve(struct flow_slots *slots, uint32_t used, bool *grown);

void flow_slots_insert(struct flow_slots *slots, uint32_t flow, uint32_t hash);

/* As if none were in use. */
void flow_slots_clear(struct flow_slots *slots);

/* Takes out a flow, which is there under that hash. */
void flow_slots_remove(struct flow_slots *slots, uint32_t flow, uint32_t hash);

/* A search goes from the first slot of its hash on to an empty one. */
static inline uint32_t flow_slots_first(const struct flow_slots *slots, uint32_t hash)
{
    return hash & slots->mask;
}

static inline uint32_t flow_slots_next(const struct flow_slots *slots, uint32_t at)
{
    return (at + 1) & slots->mask;
}

#endif
