/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In steps, as each must have come before it tells where the next one is: the packet, the
 * slots by its hashes, what stands in those.
 */
#include "program/foresight.h"

#include "base/fetch.h"

#define FETCH_PACKET 12 /* packets ahead */
#define FETCH_FLOW 4

static void fetch_slots(struct foresight *foresight, const struct packet *packet,
                        struct beginning *beginning)
{
    flow_table_fetch_slot(foresight->flows, packet->flow_hash);
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
        fetch_to_read(&batch->packets[at + FETCH_PACKET], offsetof(struct examined, question));
    if (at + FETCH_FLOW < batch->count)
        fetch_flow(foresight, &batch->packets[at + FETCH_FLOW],
                   &beginnings[(at + FETCH_FLOW) % FORESIGHT_SLOT]);
    if (at + FORESIGHT_SLOT < batch->count)
        fetch_slots(foresight, &batch->packets[at + FORESIGHT_SLOT].packet,
                    &beginnings[at % FORESIGHT_SLOT]);
}

void foresight_end(const struct foresight *foresight, const struct flow *flow)
{
    host_table_fetch_client(foresight->hosts, flow);
    if (flow->detail != NULL)
        fetch_to_write(flow->detail, sizeof *flow->detail);
}
