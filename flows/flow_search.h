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

/* What is found first, and for most packets at all. */
struct flow_found {
    struct flow *flow; /* between the packet's ends, in its channel; NULL: not found first */
    uint32_t slot; /* its, or of another flow between these ends; NO_SLOT: there is none */
    int side; /* who sent it; valid with `flow` */
};

static ALWAYS_INLINE struct flow_found flow_find_first(struct flow_places places, uint32_t hash,
                                                       const struct packet *packet)
{
    struct flow_found found = {.flow = NULL};
    found.slot = slot_between(places, hash, hash, packet, &found.side);
    if (found.slot == NO_SLOT)
        return found;
    struct flow *flow = flow_at(places.blocks, places.slots->at[found.slot].flow);
    if (flow_is_in(flow, packet_channel(packet)))
        found.flow = flow;
    return found;
}

/* Where the flow that was found first is in another channel: the one that is in the packet's
 * after all, or what the others are. */
struct flow_others {
    struct flow_found found; /* with a flow nothing below is valid */
    uint32_t count;
    uint32_t quietest; /* for longest; NO_FLOW: there is none */
    struct flow_resorts resorts;
};

/* From the slot of the first one on: each is looked at once. */
struct flow_others flow_others_find(struct flow_places places, uint32_t slot,
                                    const struct packet *packet);

/* The one that is meant: in the packet's channel, by an answer in the channel of its direction,
 * or by what an ICMP error quotes. NULL: none. */
struct flow *flow_in_other_channel(struct flow_places places, uint32_t slot,
                                   const struct packet *packet, int *side);

#endif
