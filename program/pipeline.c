/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One frame after the other: decapsulate, drop the SPAN's second copy, find the
 * flow, let its dissector read, move its outcome on.  A flow's facts are told
 * when it ends, the run's when the sources do.
 */
#include "program/pipeline.h"

#include <stdlib.h>

#include "capture/decapsulate.h"
#include "capture/duplicates.h"
#include "dissectors/dispatch.h"
#include "flows/flow_facts.h"
#include "flows/flow_table.h"
#include "flows/host_table.h"
#include "flows/icmp_outcome.h"
#include "flows/resolved_names.h"
#include "flows/tcp_outcome.h"

#define PIPELINE_HOST_LIMIT 65536u
#define PIPELINE_NAME_LIMIT 131072u /* two for each pair: by address and by MAC */
#define PIPELINE_PROGRESS_PACKETS 16384u

struct source_counts {
    uint64_t undecoded;
    uint64_t duplicates;
};

struct pipeline {
    struct observation observation;
    struct decapsulator *decapsulator;
    struct duplicate_filter *duplicates;
    struct flow_table *flows;
    struct host_table *hosts;
    struct dispatcher *dispatcher;
    struct source_counts *counts; /* per source */
};

static void count_sides(struct fact_totals *totals, const struct flow *flow)
{
    if (flow->transport != TRANSPORT_TCP)
        return;
    totals->two_sided_tcp +=
        flow->sides[SIDE_CLIENT].packets > 0 && flow->sides[SIDE_SERVER].packets > 0;
    totals->client_only_tcp += flow_only_seen_from(flow, SIDE_CLIENT);
    totals->server_only_tcp += flow_only_seen_from(flow, SIDE_SERVER);
}

static void pipeline_flow_ended(void *owner, struct flow *flow, bool evicted)
{
    struct pipeline *pipeline = owner;
    struct observation *observation = &pipeline->observation;
    struct fact_totals *totals = &observation->totals;
    dispatch_flow_end(pipeline->dispatcher, flow);
    host_table_flow_ended(pipeline->hosts, flow);
    totals->flows++;
    totals->apple_flows += flow->of_interest;
    totals->midstream_flows += flow->midstream;
    totals->evicted_flows += evicted;
    count_sides(totals, flow);
    if (observation_keeps(observation, flow) && flow_table_detail(pipeline->flows, flow) != NULL)
        flow_facts_emit(observation, flow);
}

static bool pipeline_create(struct pipeline *pipeline, const struct pipeline_settings *settings,
                            struct fact_sink sink, size_t source_count)
{
    struct observation *observation = &pipeline->observation;
    uint32_t flow_limit = settings->flow_limit == 0 ? PIPELINE_FLOW_LIMIT : settings->flow_limit;
    observation->sink = sink;
    observation->catalog = settings->catalog;
    observation->all_flows = settings->all_flows;
    observation->names = resolved_names_create(PIPELINE_NAME_LIMIT);
    pipeline->decapsulator = decapsulator_create();
    pipeline->duplicates = duplicate_filter_create();
    pipeline->flows = flow_table_create(flow_limit, pipeline_flow_ended, pipeline);
    pipeline->hosts = host_table_create(PIPELINE_HOST_LIMIT);
    pipeline->dispatcher = dispatcher_create(observation);
    pipeline->counts = calloc(source_count + 1, sizeof *pipeline->counts);
    return observation->names != NULL && pipeline->decapsulator != NULL &&
           pipeline->duplicates != NULL && pipeline->flows != NULL && pipeline->hosts != NULL &&
           pipeline->dispatcher != NULL && pipeline->counts != NULL;
}

static void pipeline_release(struct pipeline *pipeline)
{
    free(pipeline->counts);
    dispatcher_release(pipeline->dispatcher);
    host_table_release(pipeline->hosts);
    flow_table_release(pipeline->flows);
    duplicate_filter_release(pipeline->duplicates);
    decapsulator_release(pipeline->decapsulator);
    resolved_names_release(pipeline->observation.names);
}

/* Broadcast and multicast have no other side that could answer or refuse. */
static bool packet_is_conversation(const struct packet *packet)
{
    return (packet->transport == TRANSPORT_TCP || packet->transport == TRANSPORT_UDP) &&
           !address_is_multicast(&packet->destination) && !address_is_unspecified(&packet->source);
}

static void pipeline_conversation(struct pipeline *pipeline, const struct packet *packet)
{
    struct observation *observation = &pipeline->observation;
    int side;
    bool created;
    struct flow *flow = flow_table_packet(pipeline->flows, packet, &side, &created);
    if (flow != NULL && !created && packet->transport == TRANSPORT_TCP &&
        tcp_outcome_is_new_connection(flow, packet)) {
        flow_table_end(pipeline->flows, packet);
        flow = flow_table_packet(pipeline->flows, packet, &side, &created);
    }
    if (flow == NULL)
        return;
    if (created) {
        observation_begin_flow(observation, pipeline->flows, flow, packet);
        host_table_flow_began(pipeline->hosts, flow, packet);
    }
    dispatch_packet(pipeline->dispatcher, pipeline->flows, flow, side, packet);
    if (packet->transport == TRANSPORT_TCP)
        tcp_outcome_packet(observation, flow, side, packet);
    else
        udp_outcome_packet(observation, flow, side, packet);
}

static void pipeline_icmp(struct pipeline *pipeline, const struct packet *packet)
{
    struct packet quoted;
    int side;
    host_table_received(pipeline->hosts, packet);
    if (!decapsulate_quoted(packet, &quoted)) {
        if (packet->truncated && icmp_rejects(packet))
            host_table_unread_error(pipeline->hosts, packet);
        return;
    }
    quoted.vlan = packet->vlan;
    struct flow *flow = flow_table_find(pipeline->flows, &quoted, &side);
    if (flow != NULL)
        icmp_outcome(&pipeline->observation, flow, side, packet);
}

/* Packets in packets, which are not unwrapped: IP in IP, 6in4, GRE (IANA protocol
 * numbers), VXLAN, Geneve, GTP-U and TZSP by their UDP ports. */
static bool packet_is_tunnel(const struct packet *packet)
{
    static const uint8_t protocols[] = {4, 41, 47};
    static const uint16_t ports[] = {4789, 6081, 2152, 37008};
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++)
        if (packet->transport == protocols[i])
            return true;
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
        if (packet->transport == TRANSPORT_UDP && packet->destination_port == ports[i])
            return true;
    return false;
}

static void pipeline_frame(struct pipeline *pipeline, const struct frame *frame)
{
    struct packet packet;
    struct source_counts *counts = &pipeline->counts[packet_source(frame->packet)];
    pipeline->observation.totals.packets++;
    enum decapsulation answer = decapsulate(pipeline->decapsulator, frame, &packet);
    if (answer == DECAPSULATED_TRUNCATED || answer == DECAPSULATED_INVALID)
        counts->undecoded++;
    if (answer == DECAPSULATED_ARP_REPLY)
        host_table_received(pipeline->hosts, &packet);
    if (answer == DECAPSULATED_NOT_IP || (answer == DECAPSULATED && packet_is_tunnel(&packet)))
        pipeline->observation.totals.unread_packets++;
    if (answer != DECAPSULATED)
        return;
    if (duplicate_filter_seen(pipeline->duplicates, &packet)) {
        counts->duplicates++;
        return;
    }
    dispatch_message(pipeline->dispatcher, &packet);
    if (packet_is_conversation(&packet))
        pipeline_conversation(pipeline, &packet);
    else if (packet.transport == TRANSPORT_ICMP || packet.transport == TRANSPORT_ICMPV6)
        pipeline_icmp(pipeline, &packet);
    flow_table_expire(pipeline->flows, packet.time);
}

static void pipeline_finish(struct pipeline *pipeline, const struct source_set *sources)
{
    struct observation *observation = &pipeline->observation;
    flow_table_finish(pipeline->flows);
    dispatch_finish(pipeline->dispatcher);
    host_table_finish(pipeline->hosts, observation);
    for (size_t i = 0; i < source_set_count(sources); i++) {
        struct fact fact = {.kind = FACT_SOURCE};
        source_set_describe(sources, i, &fact.as.source);
        fact.as.source.undecoded_packets = pipeline->counts[fact.as.source.id].undecoded;
        fact.as.source.duplicate_packets = pipeline->counts[fact.as.source.id].duplicates;
        observation_emit(observation, &fact);
    }
    struct fact totals = {.kind = FACT_TOTALS};
    observation->totals.fragments_dropped = decapsulator_fragments_dropped(pipeline->decapsulator);
    totals.as.totals = observation->totals;
    observation_emit(observation, &totals);
}

bool pipeline_run(struct source_set *sources, const struct pipeline_settings *settings,
                  struct fact_sink sink, struct problem *problem)
{
    struct pipeline pipeline = {0};
    bool created = pipeline_create(&pipeline, settings, sink, source_set_count(sources));
    bool ok = created;
    if (!created)
        problem_set(problem, "memory is out; close other programs or read fewer captures at once");
    struct frame frame;
    while (ok && source_set_next(sources, &frame) == SOURCE_FRAME) {
        pipeline_frame(&pipeline, &frame);
        uint64_t packets = pipeline.observation.totals.packets;
        if (packets % PIPELINE_PROGRESS_PACKETS == 0 && settings->progress != NULL)
            settings->progress(settings->progress_owner, sources, packets);
        ok = !pipeline.observation.sink_failed;
    }
    /* A sink that has refused is told no more, but flows let go of what they hold. */
    if (created) {
        pipeline_finish(&pipeline, sources);
        ok = !pipeline.observation.sink_failed;
    }
    pipeline_release(&pipeline);
    return ok;
}
