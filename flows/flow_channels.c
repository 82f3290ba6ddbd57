/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a packet that came by another VLAN or tunnel belong to this flow all the same?
 * TCP's own numbers tell (RFC 9293 section 3.4), of datagrams their time.
 */
#include "flows/flow_channels.h"

#define ANSWER_DISTANCE (1u << 16) /* sequence numbers, around what was seen */

/* Does this packet answer what the other side sent?  TCP's numbers tell, of a datagram
 * its time. */
static bool packet_answers(const struct flow *flow, int side, const struct packet *packet)
{
    const struct flow_side *other = &flow->sides[!side];
    if (flow->transport != TRANSPORT_TCP)
        return packet->time - flow->first_time <= FLOW_QUIET_UDP;
    uint32_t lowest = other->first_sequence - ANSWER_DISTANCE;
    return (packet->tcp_flags & TCP_ACK) && other->has_sequence &&
           packet->acknowledgment - lowest <= other->next_sequence + ANSWER_DISTANCE - lowest;
}

/* Does this packet go on where the side left off, in another channel than before? Two
 * mirrors may take turns, and the tunnel of a telephone changes as it moves. Both
 * numbers of TCP must be near; a SYN's begins another connection. */
static bool packet_continues(const struct flow *flow, int side, const struct packet *packet)
{
    const struct flow_side *sender = &flow->sides[side];
    return flow->transport == TRANSPORT_TCP && (packet->tcp_flags & TCP_SYN) == 0 &&
           sender->has_sequence &&
           packet->sequence - (sender->next_sequence - ANSWER_DISTANCE) <= 2 * ANSWER_DISTANCE &&
           packet_answers(flow, side, packet);
}

/* Is the packet one of this side? */
static bool channel_fits(const struct flow *flow, int side, const struct packet *packet)
{
    return flow->side_channels[side] == CHANNEL_UNSEEN ? packet_answers(flow, side, packet)
                                                       : packet_continues(flow, side, packet);
}

/* An ICMP error that quotes a packet of this side comes the way of the answers. */
static bool channel_fits_quotation(const struct flow *flow, int side, const struct packet *packet)
{
    uint32_t other = flow->side_channels[!side];
    return other == CHANNEL_UNSEEN || other == packet_channel(packet);
}

static void resort_note(struct flow_resort *resort, struct flow *flow, int side)
{
    *resort = (struct flow_resort){resort->found ? NULL : flow, side, true};
}

void flow_resorts_note(struct flow_resorts *resorts, struct flow *flow, int side,
                       const struct packet *packet)
{
    if (channel_fits(flow, side, packet))
        resort_note(&resorts->continued, flow, side);
    if (channel_fits_quotation(flow, side, packet))
        resort_note(&resorts->quoted, flow, side);
}
