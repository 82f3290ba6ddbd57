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

/* The one flow that would do where none has the packet's own channel; begins as zeros. */
struct flow_resort {
    struct flow *flow; /* NULL: none, or several */
    int side;
    bool found;
};

/* Some mirrors deliver each direction in a VLAN or a tunnel of its own. Where no flow is in
 * the packet's channel, the only one between the two whose `side` was not seen, and which this
 * packet answers, is meant, or the only one that it continues. */
struct flow_resorts {
    struct flow_resort continued; /* by this packet */
    struct flow_resort quoted; /* by an ICMP error, of which this packet is all that is known */
};

/* The flow is one between the packet's ends, of another channel; `side` sent the packet. */
void flow_resorts_note(struct flow_resorts *resorts, struct flow *flow, int side,
                       const struct packet *packet);

#endif
