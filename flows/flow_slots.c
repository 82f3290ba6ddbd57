/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linear probing: flows lie near the slot that their hash names, and a search ends at the
 * first empty one.
 */
#include "flows/flow_slots.h"

#include <stdlib.h>
#include <string.h>

#include "base/large_pages.h"

bool flow_slots_create(struct flow_slots *slots, uint32_t count)
{
    const size_t size = (size_t)count * sizeof *slots->at;
    slots->at = malloc(size);
    if (slots->at == NULL)
        return false;
    large_pages_hint(slots->at, size);
    slots->mask = count - 1;
    flow_slots_clear(slots);
    return true;
}

void flow_slots_clear(struct flow_slots *slots)
{
    memset(slots->at, 0xff, ((size_t)slots->mask + 1) * sizeof *slots->at);
}

void flow_slots_release(struct flow_slots *slots)
{
    free(slots->at);
    slots->at = NULL;
}

void flow_slots_insert(struct flow_slots *slots, uint32_t flow, uint32_t hash)
{
    uint32_t at = flow_slots_first(slots, hash);
    while (slots->at[at].flow != NO_FLOW)
        at = flow_slots_next(slots, at);
    slots->at[at] = (struct flow_slot){flow, hash};
}

/* Closes the hole that it leaves, so that no search ends early. */
void flow_slots_remove(struct flow_slots *slots, uint32_t flow, uint32_t hash)
{
    uint32_t hole = flow_slots_first(slots, hash);
    while (slots->at[hole].flow != flow)
        hole = flow_slots_next(slots, hole);
    for (uint32_t at = flow_slots_next(slots, hole); slots->at[at].flow != NO_FLOW;
         at = flow_slots_next(slots, at)) {
        uint32_t home = flow_slots_first(slots, slots->at[at].hash);
        if (((at - home) & slots->mask) >= ((at - hole) & slots->mask)) {
            slots->at[hole] = slots->at[at];
            hole = at;
        }
    }
    slots->at[hole].flow = NO_FLOW;
}

bool flow_slots_reserve(struct flow_slots *slots, uint32_t used, bool *grown)
{
    struct flow_slots larger;
    uint32_t count = slots->mask + 1;
    *grown = false;
    if (used * UINT64_C(4) < count * UINT64_C(3))
        return true;
    if (!flow_slots_create(&larger, count * 2))
        return used + 1 < count;
    for (uint32_t i = 0; i < count; i++)
        if (slots->at[i].flow != NO_FLOW)
            flow_slots_insert(&larger, slots->at[i].flow, slots->at[i].hash);
    flow_slots_release(slots);
    *slots = larger;
    return *grown = true;
}
