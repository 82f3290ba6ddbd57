/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nobody reads the connection and nothing is told of it (no detail), no segment is missing,
 * none waits for another: so there is no more to a segment than its numbers.
 */
#include "flows/header_prediction.h"

#include "flows/flow_history.h"
#include "flows/flow_trouble.h"

static bool flow_is_plain(const struct flow *flow)
{
    return flow->dissection_over && flow->detail == NULL && flow_missing(flow) == NULL &&
           flow->outcome == OUTCOME_ANSWERED && !flow->awaiting;
}

/* Does it go on where both sides are, and acknowledge only what the other one is known to have
 * sent? A side that has acknowledged anything, or sent bytes, has sequence numbers, too. */
static bool segment_is_next(const struct flow_side *sender, const struct flow_side *other,
                            const struct packet *packet)
{
    return sender->has_acknowledged && !sender->resets && other->bytes > 0 &&
           packet->sequence == sender->next_sequence && packet->sequence == sender->covered &&
           (int32_t)(packet->acknowledgment - other->covered) <= 0;
}

static void segment_count(struct observation *observation, struct flow *flow, int side,
                          const struct packet *packet)
{
    struct flow_side *sender = &flow->sides[side];
    uint32_t length = packet->payload_length;
    flow_history_add(flow, side, length > 0 ? HISTORY_DATA : HISTORY_ACK);
    if (length == 0)
        return;
    observation->totals.data_segments++;
    if (length > flow->largest[side])
        flow->largest[side] = (uint16_t)(length < UINT16_MAX ? length : UINT16_MAX);
    flow_side_sends(sender, length);
    sender->next_sequence += length;
    sender->covered = sender->next_sequence;
}

/* What records claim may be longer than sequence numbers can tell apart. */
static bool packet_is_plain(const struct packet *packet)
{
    return (packet->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK &&
           packet->window != 0 && packet->payload_length <= INT32_MAX;
}

bool header_prediction_packet(struct observation *observation, struct flow *flow, int side,
                              const struct packet *packet)
{
    struct flow_side *sender = &flow->sides[side];
    const struct flow_side *other = &flow->sides[!side];
    if (!packet_is_plain(packet) || !flow_is_plain(flow) ||
        !segment_is_next(sender, other, packet) ||
        flow->side_channels[side] != packet_channel(packet))
        return false;
    sender->packets++;
    if (packet->time > sender->last_time)
        sender->last_time = packet->time;
    bool advanced = (int32_t)(packet->acknowledgment - sender->acknowledged) > 0;
    if (advanced)
        sender->acknowledged = packet->acknowledgment;
    sender->heard = sender->heard || advanced || sender->syn;
    segment_count(observation, flow, side, packet);
    return true;
}
