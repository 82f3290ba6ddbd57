/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In steps, as each must have come before it tells where the next one is: the packet, the
 * slots by its hashes, what stands in those.
 */
#include "program/foresight.h"

#include "base/fetch.h"

#define FETCH_PACKET 12 /* packets ahead */
#define FETCH_FLOW 4

/* Is there likely more to it than its numbers: a connection's beginning or end, a datagram? */
static bool is_unusual(const struct packet *packet)
{
    return packet->transport != TRANSPORT_TCP ||
           (packet->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0;
}

static void fetch_slots(struct foresight *foresight, const struct examined *examined,
                        struct beginning *beginning)
{
    const struct packet *packet = &examined->packet;
    flow_table_fetch_slot(foresight->flows, packet->flow_hash);
    beginning->likely = false;
    if (!is_unusual(packet))
        return;
    fetch_to_read((const char *)examined + EXAMINED_USUAL,
                  offsetof(struct examined, signature) - EXAMINED_USUAL);
    if (packet->question_hash != 0)
        dispatch_fetch(foresight->dispatcher, packet, false);
    beginning->likely =
        packet->transport == TRANSPORT_TCP
            ? (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN
            : packet->transport == TRANSPORT_UDP && packet->destination_port < packet->source_port;
    if (!beginning->likely)
        return;
    beginning->host = host_table_fetch_slot(foresight->hosts, &packet->source);
    beginning->names =
        resolved_names_fetch_bucket(foresight->names, &packet->source, &packet->destination);
}

static void fetch_flow(const struct foresight *foresight, const struct examined *examined,
                       const struct beginning *beginning)
{
    const struct packet *packet = &examined->packet;
    if (packet->question_hash != 0)
        dispatch_fetch(foresight->dispatcher, packet, true);
    if (examined->answer != DECAPSULATED || packet->flow_hash == 0 ||
        flow_table_fetch_flow(foresight->flows, packet->flow_hash) || !beginning->likely)
        return;
    host_table_fetch(foresight->hosts, beginning->host);
    resolved_names_fetch_pair(foresight->names, beginning->names);
}

void foresight_packet(struct foresight *foresight, const struct batch *batch, size_t at)
{
    struct beginning *beginnings = foresight->beginnings;
    if (at == 0)
        for (size_t i = 0; i < FORESIGHT_SLOT; i++)
            beginnings[i].likely = false;
    if (at + FETCH_PACKET < batch->count)
        fetch_to_read(&batch->packets[at + FETCH_PACKET], EXAMINED_USUAL);
    if (at + FETCH_FLOW < batch->count)
        fetch_flow(foresight, &batch->packets[at + FETCH_FLOW],
                   &beginnings[(at + FETCH_FLOW) % FORESIGHT_SLOT]);
    if (at + FORESIGHT_SLOT < batch->count)
        fetch_slots(foresight, &batch->packets[at + FORESIGHT_SLOT],
                    &beginnings[at % FORESIGHT_SLOT]);
}

void foresight_end(const struct foresight *foresight, const struct flow *flow)
{
    host_table_fetch_client(foresight->hosts, flow);
    if (flow->detail != NULL)
        fetch_to_write(flow->detail, sizeof *flow->detail);
}
