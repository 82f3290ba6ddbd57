/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What few packets need: a flow in another channel than theirs.
 */
#include "flows/flow_search.h"

#include "flows/flow_facts.h"

struct flow_others flow_others_find(struct flow_places places, uint32_t slot,
                                    const struct packet *packet)
{
    struct flow_others others = {.quietest = NO_FLOW};
    uint32_t hash = places.slots->at[slot].hash;
    int64_t quiet_since = 0;
    int side;
    for (uint32_t at = slot_between(places, slot, hash, packet, &side); at != NO_SLOT;
         at = slot_between(places, at + 1, hash, packet, &side)) {
        uint32_t index = places.slots->at[at].flow;
        struct flow *flow = flow_at(places.blocks, index);
        if (flow_is_in(flow, packet_channel(packet))) {
            others.found = (struct flow_found){flow, at, side};
            return others;
        }
        others.count++;
        int64_t last_time = flow_last_time(flow);
        if (others.quietest == NO_FLOW || last_time < quiet_since) {
            quiet_since = last_time;
            others.quietest = index;
        }
        flow_resorts_note(&others.resorts, flow, side, packet);
    }
    return others;
}

NEVER_INLINE struct flow *flow_in_other_channel(struct flow_places places, uint32_t slot,
                                                const struct packet *packet, int *side)
{
    struct flow_others others = flow_others_find(places, slot, packet);
    const struct flow_resort *resort =
        others.resorts.continued.flow != NULL ? &others.resorts.continued : &others.resorts.quoted;
    *side = others.found.flow != NULL ? others.found.side : resort->side;
    return others.found.flow != NULL ? others.found.flow : resort->flow;
}
