/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows whose two directions come by different VLANs or tunnels, as some mirrors
 * deliver them: which packets go with which flow.
 */
#ifndef APPLEPATH_FLOWS_FLOW_CHANNELS_H
#define APPLEPATH_FLOWS_FLOW_CHANNELS_H

#include "capture/packet.h"
#include "flows/flow.h"

#define FLOW_QUIET_UDP (60 * NANOSECONDS_PER_SECOND)

static inline bool flow_goes_from(const struct endpoint *source, const struct endpoint *destination,
                                  const struct packet *packet)
{
    return source->port == packet->source_port && destination->port == packet->destination_port &&
           address_equal(&source->address, &packet->source) &&
           address_equal(&destination->address, &packet->destination);
}

/* Has the packet the flow's ends, whatever its channels? `side`: who sent it. */
static inline bool flow_is_between(const struct flow *flow, const struct packet *packet, int *side)
{
    if (flow->transport != packet->transport)
        return false;
    *side = flow_goes_from(&flow->client, &flow->server, packet) ? SIDE_CLIENT : SIDE_SERVER;
    return *side == SIDE_CLIENT || flow_goes_from(&flow->server, &flow->client, packet);
}

/* Is the packet, of another channel than the flow's, one of this side? It answers what the
 * other side sent, where this one was not seen; else it goes on where this one left off. */
bool flow_channel_fits(const struct flow *flow, int side, const struct packet *packet);

/* An ICMP error that quotes a packet of this side comes the way of the answers. */
bool flow_channel_fits_quotation(const struct flow *flow, int side, const struct packet *packet);

/* The one flow that would do where none has the packet's own channel; begins as zeros. */
struct flow_resort {
    struct flow *flow; /* NULL: none, or several */
    int side;
    bool found;
};

static inline void flow_resort_note(struct flow_resort *resort, struct flow *flow, int side)
{
    *resort = (struct flow_resort){resort->found ? NULL : flow, side, true};
}

#endif
