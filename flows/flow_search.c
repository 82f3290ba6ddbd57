/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What few packets need: a flow in another channel than theirs.
 */
#include "flows/flow_search.h"

#include "flows/flow_facts.h"

struct flow_others flow_others_find(struct flow_places places, uint32_t hash,
                                    const struct packet *packet)
{
    struct flow_others others = {.quietest = NO_FLOW};
    int side;
    for (uint32_t at = slot_between(places, hash, hash, packet, &side); at != NO_SLOT;
         at = slot_between(places, at + 1, hash, packet, &side)) {
        uint32_t index = places.slots->at[at].flow;
        struct flow *flow = flow_at(places.blocks, index);
        others.count++;
        if (others.quietest == NO_FLOW ||
            flow_last_time(flow) < flow_last_time(flow_at(places.blocks, others.quietest)))
            others.quietest = index;
        flow_resorts_note(&others.resorts, flow, side, packet);
    }
    return others;
}

NEVER_INLINE struct flow *flow_in_other_channel(struct flow_places places, uint32_t hash,
                                                const struct packet *packet, int *side)
{
    struct flow_others others = flow_others_find(places, hash, packet);
    const struct flow_resort *resort =
        others.resorts.continued.flow != NULL ? &others.resorts.continued : &others.resorts.quoted;
    *side = resort->side;
    return resort->flow;
}
