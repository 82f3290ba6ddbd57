/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sequence numbers and times decide; the same addresses and ports alone do not, as two
 * networks may use the same.
 */
#include "flows/channel_fit.h"

#define ANSWER_DISTANCE (1u << 16) /* sequence numbers, around what was seen */

/* Does this packet answer what the other side sent?  TCP's numbers tell, of a datagram
 * its time. */
static bool packet_answers(const struct flow *flow, int side, const struct packet *packet)
{
    const struct flow_side *other = &flow->sides[!side];
    if (flow->transport != TRANSPORT_TCP)
        return packet->time - flow->first_time <= CHANNEL_FIT_DATAGRAM;
    uint32_t lowest = other->first_sequence - ANSWER_DISTANCE;
    return (packet->tcp_flags & TCP_ACK) && other->has_sequence &&
           packet->acknowledgment - lowest <= other->next_sequence + ANSWER_DISTANCE - lowest;
}

/* An ICMP error that quotes a packet comes the way of the answers. */
bool channel_fit_quotation(const struct flow *flow, int side, const struct packet *packet)
{
    uint32_t other = flow->side_channels[!side];
    return other == CHANNEL_UNSEEN || other == packet_channel(packet);
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

bool channel_fit_packet(const struct flow *flow, int side, const struct packet *packet)
{
    return flow->side_channels[side] == CHANNEL_UNSEEN ? packet_answers(flow, side, packet)
                                                       : packet_continues(flow, side, packet);
}
