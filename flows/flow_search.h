/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the flow table: which flow is this a packet of?  The one between its ends that
 * is in its channel; where there is none, others between these ends may do
 * (flows/flow_channels.h).
 */
#ifndef APPLEPATH_FLOWS_FLOW_SEARCH_H
#define APPLEPATH_FLOWS_FLOW_SEARCH_H

#include "flows/flow_blocks.h"
#include "flows/flow_channels.h"
#include "flows/flow_slots.h"

/* Where the table's flows are. */
struct flow_places {
    const struct flow_slots *slots;
    const struct flow_blocks *blocks;
};

#define NO_SLOT UINT32_MAX

/* From slot `at` on, the next one of a flow between the packet's ends, whatever its channels;
 * sets who sent it. NO_SLOT: there is none. */
static ALWAYS_INLINE uint32_t slot_between(struct flow_places places, uint32_t at, uint32_t hash,
                                           const struct packet *packet, int *side)
{
    const struct flow_slots *slots = places.slots;
    for (at &= slots->mask; slots->at[at].flow != NO_FLOW; at = flow_slots_next(slots, at))
        if (slots->at[at].hash == hash &&
            flow_is_between(flow_at(places.blocks, slots->at[at].flow), packet, side))
            return at;
    return NO_SLOT;
}

/* What is found for a packet. */
struct flow_found {
    struct flow *flow; /* between its ends, in its channel; NULL: none is */
    uint32_t index; /* valid with `flow`, like this: */
    int side; /* who sent it */
    bool others; /* without `flow`: there are flows between its ends */
};

static ALWAYS_INLINE struct flow_found flow_in_channel(struct flow_places places, uint32_t hash,
                                                       const struct packet *packet)
{
    struct flow_found found = {.flow = NULL, .others = false};
    for (uint32_t at = slot_between(places, hash, hash, packet, &found.side); at != NO_SLOT;
         at = slot_between(places, at + 1, hash, packet, &found.side)) {
        found.index = places.slots->at[at].flow;
        struct flow *flow = flow_at(places.blocks, found.index);
        if (flow_is_in(flow, packet_channel(packet))) {
            found.flow = flow;
            return found;
        }
        found.others = true;
    }
    return found;
}

/* All flows between a packet's ends, of which none is in its channel. */
struct flow_others {
    uint32_t count;
    uint32_t quietest; /* for longest; NO_FLOW: there is none */
    struct flow_resorts resorts;
};

struct flow_others flow_others_find(struct flow_places places, uint32_t hash,
                                    const struct packet *packet);

/* The one of them that is meant: by an answer in the channel of its direction, or by what an
 * ICMP error quotes. NULL: none. */
struct flow *flow_in_other_channel(struct flow_places places, uint32_t hash,
                                   const struct packet *packet, int *side);

#endif
