/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asked whom, from the first packet that was seen; and patience, which is long for
 * what sleeps and short for what has ended.
 */
#include "flows/flow_life.h"

#include <string.h>

#include "flows/flow_channels.h"
#include "flows/flow_facts.h"

#define SECONDS(n) ((int64_t)(n)*NANOSECONDS_PER_SECOND)

/* How long a flow may be quiet. APNs connections sleep for an hour and more; and of what was
 * not seen from its beginning nobody knows that it is none. */
#define QUIET_PUSH SECONDS(7200)
#define QUIET_APPLE SECONDS(1800)
#define QUIET_TCP SECONDS(600)
#define QUIET_SILENT SECONDS(180)

/* Who asked whom? A SYN tells; else the lower port is taken for the server's
 * when it is a service's, as the beginning was not captured. */
static bool packet_is_from_server(const struct packet *packet)
{
    if (packet->transport == TRANSPORT_TCP) {
        if (packet->tcp_flags & TCP_SYN)
            return (packet->tcp_flags & TCP_ACK) != 0;
        return packet->source_port < packet->destination_port;
    }
    return packet->source_port < 1024 && packet->destination_port >= 1024;
}

void flow_begin(struct flow *flow, const struct packet *packet)
{
    bool from_server = packet_is_from_server(packet);
    struct endpoint *source = from_server ? &flow->server : &flow->client;
    struct endpoint *destination = from_server ? &flow->client : &flow->server;
    memset(flow, 0, sizeof *flow);
    *source = (struct endpoint){packet->source, packet->source_port};
    *destination = (struct endpoint){packet->destination, packet->destination_port};
    flow->transport = packet->transport & 0x1fu;
    flow->vlan = packet->vlan & 0xfffu;
    flow->side_channels[from_server ? SIDE_SERVER : SIDE_CLIENT] = packet_channel(packet);
    flow->side_channels[from_server ? SIDE_CLIENT : SIDE_SERVER] = CHANNEL_UNSEEN;
    flow->first_time = packet->time;
    flow->looked_at = flow_life_ticks(packet->time);
    flow->first_packet = packet->identity;
    if (packet->transport == TRANSPORT_TCP) {
        flow->midstream = (packet->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN;
        flow->outcome = flow->midstream ? OUTCOME_UNKNOWN : OUTCOME_SILENT;
        flow->client_guessed = from_server && flow->midstream;
    }
}

bool flow_was_busy(const struct flow *flow)
{
    return (int32_t)(flow_life_ticks(flow_last_time(flow)) - flow->looked_at) > 0;
}

int64_t flow_patience(const struct flow *flow)
{
    switch ((enum flow_outcome)flow->outcome) {
    case OUTCOME_CLOSED:
    case OUTCOME_RESET:
    case OUTCOME_REFUSED:
        return FLOW_QUIET_ENDED;
    case OUTCOME_SILENT:
    case OUTCOME_REJECTED:
        return flow->transport == TRANSPORT_UDP ? FLOW_QUIET_UDP : QUIET_SILENT;
    case OUTCOME_UNKNOWN:
    case OUTCOME_ANSWERED:
        break;
    }
    if (flow->transport == TRANSPORT_UDP)
        return FLOW_QUIET_UDP;
    if (!flow->of_interest)
        return QUIET_TCP;
    return flow->midstream || flow->detail == NULL || flow->detail->push != NULL ? QUIET_PUSH
                                                                                 : QUIET_APPLE;
}
