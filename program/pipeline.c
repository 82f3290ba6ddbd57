/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One frame after the other: decapsulate, drop the SPAN's second copy, find the
 * flow, let its dissector read, move its outcome on.  A flow's facts are told
 * when it ends, the run's when the sources do; a snapshot tells both as they stand,
 * from copies, so that what comes later does not depend on whether one was taken.
 */
#include "program/pipeline.h"

#include <stdlib.h>

#include "dissectors/dispatch.h"
#include "flows/fact_limits.h"
#include "flows/capture_signs.h"
#include "flows/flow_facts.h"
#include "flows/flow_table.h"
#include "flows/header_prediction.h"
#include "flows/host_table.h"
#include "flows/icmp_outcome.h"
#include "flows/flow_trouble.h"
#include "flows/packet_order.h"
#include "flows/resolved_names.h"
#include "flows/tcp_outcome.h"
#include "program/examiner.h"
#include "program/foresight.h"
#include "program/memory.h"
#include "program/read_ahead.h"

#define PIPELINE_PROGRESS_PACKETS 16384u

#define STRETCH_PAUSE (3 * NANOSECONDS_PER_SECOND)
#define REUSE_FASTEST (100 * NANOSECONDS_PER_MILLISECOND) /* of a port */
#define FORGOTTEN_AFTER (24 * 3600 * NANOSECONDS_PER_SECOND) /* where there is no more room */
#define RENEWAL_INTERVAL (3600 * NANOSECONDS_PER_SECOND)
#define TICK_EXPIRIES 512 /* looks at the oldest flows, two at each */
#define TICK_LIMIT_SECONDS (366 * 86400.0)
#define CLOCK_TOLERANCE NANOSECONDS_PER_SECOND /* queues of one card differ by less */

struct source_counts {
    uint64_t undecoded;
    uint64_t duplicates[DUPLICATE_FORM_COUNT];
    int64_t last_time; /* of its packets; valid once there is one */
    bool begun;
};

struct pipeline {
    struct pipeline_settings settings;
    struct observation observation;
    struct flow_table *flows;
    struct examiner *examiner;
    struct packet_order *order;
    struct host_table *hosts;
    struct dispatcher *dispatcher;
    struct foresight foresight;
    struct source_counts *counts; /* per source */
    int64_t renewed; /* by the clock of ticks; 0: there was none */
};

/* While a snapshot is taken. */
struct snapshot {
    struct pipeline *pipeline;
    struct host_table *hosts; /* a copy, in which the open flows count */
};

static void count_sides(struct fact_totals *totals, const struct flow *flow)
{
    if (flow->transport != TRANSPORT_TCP)
        return;
    bool client_only = flow_only_seen_from(flow, SIDE_CLIENT);
    bool server_only = flow_only_seen_from(flow, SIDE_SERVER);
    bool first = totals->client_only_tcp == 0 && totals->server_only_tcp == 0;
    totals->two_sided_tcp +=
        flow->sides[SIDE_CLIENT].packets > 0 && flow->sides[SIDE_SERVER].packets > 0;
    totals->client_only_tcp += client_only;
    totals->server_only_tcp += server_only;
    if (!client_only && !server_only)
        return;
    if (first || flow->first_time < totals->one_sided_first_time)
        totals->one_sided_first_time = flow->first_time;
    if (first || flow_last_time(flow) > totals->one_sided_last_time)
        totals->one_sided_last_time = flow_last_time(flow);
}

static void count_flow(struct fact_totals *totals, const struct flow *flow)
{
    totals->flows++;
    totals->apple_flows += flow->of_interest;
    totals->midstream_flows += flow->midstream;
    count_sides(totals, flow);
}

static void pipeline_flow_ended(void *owner, struct flow *flow, bool evicted)
{
    struct pipeline *pipeline = owner;
    struct observation *observation = &pipeline->observation;
    if (flow_is_stray_reset(flow))
        flow->of_interest = flow->noted = false;
    /* What a lone packet asked for has a share of its own: it is told, or not, by itself. */
    bool lone = flow_is_lone_packet(flow);
    if (!lone)
        flow_facts_admit(observation, flow);
    dispatch_flow_end(pipeline->dispatcher, flow);
    if (lone)
        flow_facts_admit(observation, flow);
    missing_segments_end(observation, flow);
    host_table_flow_ended(pipeline->hosts, flow);
    count_flow(&observation->totals, flow);
    observation->totals.evicted_flows += evicted;
    if (observation_keeps(observation, flow) &&
        observation_end_flow(observation, pipeline->flows, flow))
        flow_facts_emit(observation, flow);
}

static void pipeline_flow_soon(void *owner, const struct flow *flow)
{
    const struct pipeline *pipeline = owner;
    foresight_end(&pipeline->foresight, flow);
}

static packet_order_next pipeline_in_order;

static bool pipeline_set_up(struct pipeline *pipeline, const struct pipeline_settings *settings,
                            struct fact_sink sink, size_t source_count)
{
    struct observation *observation = &pipeline->observation;
    struct memory_shares shares = memory_share(settings->max_memory);
    uint32_t flow_limit = settings->flow_limit == 0 ? shares.flow_count : settings->flow_limit;
    pipeline->settings = *settings;
    observation->sink = sink;
    observation->catalog = settings->catalog;
    observation->all_flows = settings->all_flows;
    observation->question_limit = shares.questions;
    observation->lease_limit = shares.leases;
    observation->certificate_bytes = shares.certificates;
    observation->names = resolved_names_create(shares.names);
    observation->limits = fact_limits_create();
    pipeline->flows = flow_table_create(flow_limit, pipeline_flow_ended, pipeline);
    if (pipeline->flows != NULL) {
        flow_table_foretell(pipeline->flows, pipeline_flow_soon);
        if (flow_limit > shares.detail_count)
            flow_table_limit_details(pipeline->flows, shares.detail_count);
        flow_table_limit_memory(pipeline->flows, shares.flows);
        observation->owned = flow_table_owned(pipeline->flows);
    }
    pipeline->order = packet_order_create(pipeline->flows, pipeline_in_order, pipeline);
    pipeline->hosts = host_table_create(shares.hosts);
    pipeline->dispatcher = dispatcher_create(observation);
    if (pipeline->dispatcher != NULL)
        dispatcher_limit_kept(pipeline->dispatcher, shares.reading);
    if (pipeline->flows != NULL && pipeline->dispatcher != NULL)
        pipeline->examiner = examiner_create(settings->vxlan_ports, settings->vxlan_port_count,
                                             flow_table_key(pipeline->flows),
                                             dispatcher_question_key(pipeline->dispatcher));
    pipeline->foresight = (struct foresight){.flows = pipeline->flows,
                                             .dispatcher = pipeline->dispatcher,
                                             .hosts = pipeline->hosts,
                                             .names = observation->names};
    pipeline->counts = calloc(source_count + 1, sizeof *pipeline->counts);
    return observation->names != NULL && observation->limits != NULL &&
           pipeline->examiner != NULL && pipeline->flows != NULL && pipeline->order != NULL &&
           pipeline->hosts != NULL && pipeline->dispatcher != NULL && pipeline->counts != NULL;
}

struct pipeline *pipeline_create(const struct pipeline_settings *settings, struct fact_sink sink,
                                 size_t source_count, struct problem *problem)
{
    struct pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (pipeline != NULL && pipeline_set_up(pipeline, settings, sink, source_count))
        return pipeline;
    pipeline_release(pipeline);
    problem_set(problem, PIPELINE_MEMORY_OUT);
    return NULL;
}

void pipeline_release(struct pipeline *pipeline)
{
    if (pipeline == NULL)
        return;
    /* The sink is told no more, but flows let go of what they hold. */
    pipeline->observation.sink_failed = true;
    if (pipeline->flows != NULL)
        flow_table_finish(pipeline->flows);
    free(pipeline->counts);
    dispatcher_release(pipeline->dispatcher);
    host_table_release(pipeline->hosts);
    packet_order_release(pipeline->order);
    examiner_release(pipeline->examiner);
    flow_table_release(pipeline->flows);
    fact_limits_release(pipeline->observation.limits);
    resolved_names_release(pipeline->observation.names);
    free(pipeline);
}

static NEVER_INLINE void pipeline_conversation(struct pipeline *pipeline,
                                               const struct packet *packet, struct flow *flow,
                                               int side)
{
    struct observation *observation = &pipeline->observation;
    bool created = false, torn_apart = false;
    if (flow != NULL && packet->transport == TRANSPORT_TCP &&
        tcp_outcome_is_new_connection(flow, packet)) {
        torn_apart = packet->time - flow_last_time(flow) < REUSE_FASTEST;
        flow->torn_apart = torn_apart;
        flow_table_end(pipeline->flows, packet);
        flow = NULL;
    }
    if (flow == NULL)
        flow = flow_table_packet(pipeline->flows, packet, &side, &created);
    if (flow == NULL)
        return;
    if (created) {
        flow->torn_apart = torn_apart;
        flow->crowded = !host_table_flow_began(pipeline->hosts, flow, packet);
        observation_begin_flow(observation, pipeline->flows, flow, packet);
    } else {
        if (flow_is_lone_packet(flow))
            host_table_flow_goes_on(pipeline->hosts, flow);
        observation_resume_flow(observation, pipeline->flows, flow, packet);
    }
    dispatch_packet(pipeline->dispatcher, pipeline->flows, flow, side, packet);
    if (packet->transport == TRANSPORT_TCP) {
        capture_signs_packet(observation, flow, side, packet);
        missing_segments_packet(observation, flow, side, packet);
        tcp_outcome_packet(observation, flow, side, packet);
    } else {
        udp_outcome_packet(observation, flow, side, packet);
    }
}

/* Packets, and ICMP errors about one of these ends, in the order they were sent in. */
static void pipeline_in_order(void *owner, const struct packet *packet, const struct packet *ends,
                              struct flow *flow, int side)
{
    struct pipeline *pipeline = owner;
    if (packet == ends)
        pipeline_conversation(pipeline, packet, flow, side);
    else if (flow != NULL)
        icmp_outcome(&pipeline->observation, flow, side, packet);
}

/* Most packets are of flows in which nothing waits, and go on at once; those that are as
 * predicted have come to their end here. */
static void pipeline_ordered(struct pipeline *pipeline, const struct packet *packet)
{
    int side = SIDE_CLIENT;
    struct flow *flow = flow_table_find(pipeline->flows, packet, &side);
    if (flow != NULL && packet->transport == TRANSPORT_TCP &&
        header_prediction_packet(&pipeline->observation, flow, side, packet))
        return;
    if (flow != NULL && !flow->awaiting && !packet_order_matters(flow, packet))
        pipeline_conversation(pipeline, packet, flow, side);
    else
        packet_order_packet(pipeline->order, packet, packet, flow, side);
}

static void pipeline_icmp(struct pipeline *pipeline, const struct packet *packet)
{
    struct packet quoted;
    int side = SIDE_CLIENT;
    host_table_received(pipeline->hosts, packet);
    if (!decapsulate_quoted(packet, &quoted)) {
        if (packet->truncated && icmp_rejects(packet))
            host_table_unread_error(pipeline->hosts, packet);
        return;
    }
    struct flow *flow = flow_table_find(pipeline->flows, &quoted, &side);
    packet_order_packet(pipeline->order, packet, &quoted, flow, side);
}

/* The clock of one source runs forwards, or it was set back. */
static void pipeline_time(struct pipeline *pipeline, struct source_counts *counts,
                          const struct packet *frame)
{
    struct observation *observation = &pipeline->observation;
    int64_t step = counts->begun ? frame->time - counts->last_time : 0;
    bool first = observation->totals.packets == 0;
    if (first || frame->time > observation->latest_time) {
        if (first || frame->time - observation->latest_time > STRETCH_PAUSE)
            observation->stretch_time = frame->time;
        observation->latest_time = observation->clock = frame->time;
    }
    if (step < -CLOCK_TOLERANCE)
        observation_clock_jump(observation, step, frame->identity);
    counts->begun = true;
    counts->last_time = frame->time;
}

/* For those who keep packets: what has become of the flow by this frame? */
static void pipeline_show(struct pipeline *pipeline, const struct frame *frame,
                          const struct examined *examined)
{
    const struct pipeline_settings *settings = &pipeline->settings;
    const struct packet *packet = examined->answer == DECAPSULATED ? &examined->packet : NULL;
    const struct flow *flow = NULL;
    int side;
    if (packet != NULL && examined->conversation)
        flow = flow_table_find(pipeline->flows, packet, &side);
    settings->looked_at(settings->looked_at_owner, frame, packet, flow);
}

/* What is no packet, or none that can be read. */
static void pipeline_undecoded(struct pipeline *pipeline, struct source_counts *counts,
                               const struct frame *frame, const struct examined *examined)
{
    enum decapsulation answer = examined->answer;
    if (answer == DECAPSULATED_TRUNCATED || answer == DECAPSULATED_INVALID)
        counts->undecoded++;
    if (answer == DECAPSULATED_ARP_REPLY)
        host_table_received(pipeline->hosts, &examined->packet);
    if (answer == DECAPSULATED_NOT_IP || answer == DECAPSULATED_UNREAD)
        pipeline->observation.totals.unread_packets++;
    if (answer == DECAPSULATED_FRAGMENT && pipeline->settings.looked_at != NULL)
        pipeline_show(pipeline, frame, examined);
}

static void pipeline_packet(struct pipeline *pipeline, struct source_counts *counts,
                            const struct frame *frame, const struct examined *examined)
{
    const struct packet *packet = &examined->packet;
    if (examined->answer != DECAPSULATED) {
        pipeline_undecoded(pipeline, counts, frame, examined);
        return;
    }
    if (examined->copy != DUPLICATE_NONE) {
        counts->duplicates[examined->copy]++;
        return;
    }
    packet_order_expire(pipeline->order, packet->time);
    dispatch_message(pipeline->dispatcher, packet);
    if (examined->conversation)
        pipeline_ordered(pipeline, packet);
    else if (packet->transport == TRANSPORT_ICMP || packet->transport == TRANSPORT_ICMPV6)
        pipeline_icmp(pipeline, packet);
    if (pipeline->settings.looked_at != NULL)
        pipeline_show(pipeline, frame, examined);
    flow_table_expire(pipeline->flows, packet->time);
}

/* `frame`: of those who are shown it; NULL where nobody is. */
static void pipeline_take(struct pipeline *pipeline, const struct frame *frame,
                          const struct examined *examined)
{
    const struct packet *packet = &examined->packet;
    struct source_counts *counts = &pipeline->counts[packet_source(packet->identity)];
    if (examined->begins_frame) {
        pipeline_time(pipeline, counts, packet);
        pipeline->observation.totals.packets++;
    }
    pipeline_packet(pipeline, counts, frame, examined);
}

static void emit_unread_layers(struct pipeline *pipeline)
{
    const struct unread_layers *layers = examiner_unread(pipeline->examiner);
    char name[UNREAD_LAYER_NAME_SIZE];
    struct fact fact = {.kind = FACT_LAYER};
    for (size_t i = 0; unread_layers_describe(layers, i, name, &fact.as.layer); i++)
        observation_emit(&pipeline->observation, &fact);
}

bool pipeline_frame(struct pipeline *pipeline, const struct frame *frame)
{
    struct examined examined;
    bool more = examiner_frame(pipeline->examiner, frame, &examined);
    do {
        examiner_sign(pipeline->examiner, &examined);
        examiner_compare(pipeline->examiner, &examined);
        pipeline_take(pipeline, frame, &examined);
    } while (more && examiner_next(pipeline->examiner, &examined));
    return !pipeline->observation.sink_failed;
}

/* Of what this thread has; the reader's belongs to who reads ahead. */
static bool memory_is_out(const struct pipeline *pipeline)
{
    const struct observation *observation = &pipeline->observation;
    return observation->memory_out || flow_table_memory_out(pipeline->flows) ||
           host_table_memory_out(pipeline->hosts) ||
           resolved_names_memory_out(observation->names) ||
           packet_order_memory_out(pipeline->order);
}

bool pipeline_memory_out(const struct pipeline *pipeline)
{
    return memory_is_out(pipeline) || examiner_memory_out(pipeline->examiner);
}

static bool all_told(const struct pipeline *pipeline)
{
    return !pipeline->observation.sink_failed && !pipeline_memory_out(pipeline);
}

uint64_t pipeline_packets(const struct pipeline *pipeline)
{
    return pipeline->observation.totals.packets;
}

uint32_t pipeline_open_flows(const struct pipeline *pipeline)
{
    return flow_table_count(pipeline->flows);
}

/* Only for those who watch, whose snapshots have told all that may be forgotten: what a
 * capture says of its times must not make bounds void. */
static void pipeline_renew(struct pipeline *pipeline, int64_t now)
{
    struct observation *observation = &pipeline->observation;
    observation->forget_before = now - FORGOTTEN_AFTER;
    host_table_forget_before(pipeline->hosts, observation->forget_before);
    if (pipeline->renewed == 0)
        pipeline->renewed = now;
    if (now - pipeline->renewed < RENEWAL_INTERVAL)
        return;
    pipeline->renewed = now;
    observation->renewals++;
    fact_limits_renew(observation->limits);
}

/* A clock that is ahead of the packets' by a year is another clock. */
bool pipeline_tick(struct pipeline *pipeline, int64_t now)
{
    struct observation *observation = &pipeline->observation;
    if (observation->totals.packets == 0 || now <= observation->clock ||
        timestamp_seconds_between(observation->latest_time, now) > TICK_LIMIT_SECONDS)
        return all_told(pipeline);
    observation->clock = now;
    pipeline_renew(pipeline, now);
    packet_order_expire(pipeline->order, now);
    for (int i = 0; i < TICK_EXPIRIES; i++)
        flow_table_expire(pipeline->flows, now);
    return all_told(pipeline);
}

static void describe_counts(const struct source_counts *counts, struct fact_source *fact)
{
    fact->undecoded_packets += counts->undecoded;
    fact->duplicates_tagged = counts->duplicates[DUPLICATE_TAGGED];
    fact->duplicates_routed = counts->duplicates[DUPLICATE_ROUTED];
    fact->duplicates_translated = counts->duplicates[DUPLICATE_TRANSLATED];
    fact->duplicate_packets = counts->duplicates[DUPLICATE_SAME] + fact->duplicates_tagged +
                              fact->duplicates_routed + fact->duplicates_translated;
}

/* What the run as a whole saw; with `hosts`, which may count more than are over. */
static void tell_run(struct pipeline *pipeline, const struct fact_source *sources, size_t count,
                     const struct host_table *hosts)
{
    struct observation *observation = &pipeline->observation;
    host_table_finish(hosts, observation);
    for (size_t i = 0; i < count; i++) {
        struct fact fact = {.kind = FACT_SOURCE, .as.source = sources[i]};
        describe_counts(&pipeline->counts[fact.as.source.id], &fact.as.source);
        observation_emit(observation, &fact);
    }
    emit_unread_layers(pipeline);
    struct fact fact = {.kind = FACT_TOTALS, .as.totals = observation->totals};
    struct fact_totals *totals = &fact.as.totals;
    totals->hosts_dropped = host_table_dropped(hosts);
    totals->overtaken_segments += packet_order_overtaken(pipeline->order);
    totals->fragments_dropped = examiner_fragments_dropped(pipeline->examiner);
    observation_emit(observation, &fact);
}

bool pipeline_finish(struct pipeline *pipeline, const struct fact_source *sources, size_t count)
{
    packet_order_finish(pipeline->order);
    flow_table_finish(pipeline->flows);
    dispatch_finish(pipeline->dispatcher);
    tell_run(pipeline, sources, count, pipeline->hosts);
    return all_told(pipeline);
}

/* What has just begun may look like a failure only because it is under way. */
static bool flow_is_settled(const struct observation *observation, const struct flow *flow)
{
    switch ((enum flow_outcome)flow->outcome) {
    case OUTCOME_CLOSED:
    case OUTCOME_RESET:
    case OUTCOME_REFUSED:
    case OUTCOME_REJECTED:
        return true;
    case OUTCOME_UNKNOWN:
    case OUTCOME_SILENT:
    case OUTCOME_ANSWERED:
        break;
    }
    return observation_is_settled(observation, flow->first_time);
}

static void flow_stands(void *owner, struct flow *flow)
{
    const struct snapshot *snapshot = owner;
    struct pipeline *pipeline = snapshot->pipeline;
    struct observation *observation = &pipeline->observation;
    struct flow_trouble trouble;
    struct missing_segments missing;
    if (!flow_is_settled(observation, flow))
        return;
    dispatch_flow_stand(pipeline->dispatcher, flow); /* which may give it its number */
    struct flow copy = *flow;
    if (flow_missing(flow) != NULL) {
        trouble = *flow->trouble;
        missing = *trouble.missing;
        trouble.missing = &missing;
        copy.trouble = &trouble;
    }
    missing_segments_stand(observation, &copy);
    host_table_flow_ended(snapshot->hosts, &copy);
    count_flow(&observation->totals, &copy);
    if (flow_facts_would_stand(observation, flow))
        flow_facts_stand(observation, &copy);
}

bool pipeline_snapshot(struct pipeline *pipeline, const struct fact_source *sources, size_t count)
{
    struct observation *observation = &pipeline->observation;
    const struct fact_totals totals = observation->totals;
    struct snapshot snapshot = {pipeline, host_table_copy(pipeline->hosts)};
    /* Without memory for it there is none this time. */
    if (snapshot.hosts == NULL)
        return all_told(pipeline);
    flow_table_visit(pipeline->flows, flow_stands, &snapshot);
    dispatch_stand(pipeline->dispatcher);
    tell_run(pipeline, sources, count, snapshot.hosts);
    host_table_release(snapshot.hosts);
    observation->totals = totals;
    return all_told(pipeline);
}

static bool finish_sources(struct pipeline *pipeline, const struct source_set *sources,
                           struct problem *problem)
{
    size_t count = source_set_count(sources);
    struct fact_source *facts = calloc(count + 1, sizeof *facts);
    for (size_t i = 0; facts != NULL && i < count; i++)
        source_set_describe(sources, i, &facts[i]);
    bool ok = pipeline_finish(pipeline, facts, facts != NULL ? count : 0);
    if (facts == NULL || pipeline_memory_out(pipeline))
        ok = problem_set(problem, PIPELINE_MEMORY_OUT);
    free(facts);
    return ok;
}

static void pipeline_batch(struct pipeline *pipeline, const struct batch *batch)
{
    for (size_t i = 0; i < batch->count && !pipeline->observation.sink_failed; i++) {
        const struct frame *frame = batch->frames != NULL ? &batch->frames[i] : NULL;
        foresight_packet(&pipeline->foresight, batch, i);
        pipeline_take(pipeline, frame, &batch->packets[i]);
    }
}

/* In batches, which a thread may have read ahead. */
static bool run_batches(struct pipeline *pipeline, struct source_set *sources,
                        struct problem *problem)
{
    const struct pipeline_settings *settings = &pipeline->settings;
    struct read_ahead_settings reading = {.sources = sources,
                                          .examiner = pipeline->examiner,
                                          .crew = settings->crew,
                                          .keeps_frames = settings->looked_at != NULL,
                                          .progress = settings->progress,
                                          .progress_owner = settings->progress_owner,
                                          .progress_packets = PIPELINE_PROGRESS_PACKETS};
    struct read_ahead *ahead = read_ahead_begin(&reading);
    const struct batch *batch;
    if (ahead == NULL)
        return problem_set(problem, PIPELINE_MEMORY_OUT);
    while (!pipeline->observation.sink_failed && !memory_is_out(pipeline) &&
           (batch = read_ahead_next(ahead)) != NULL)
        pipeline_batch(pipeline, batch);
    return (read_ahead_end(ahead) && !source_set_memory_out(sources)) ||
           problem_set(problem, PIPELINE_MEMORY_OUT);
}

bool pipeline_run(struct source_set *sources, const struct pipeline_settings *settings,
                  struct fact_sink sink, struct problem *problem)
{
    struct pipeline *pipeline = pipeline_create(settings, sink, source_set_count(sources), problem);
    if (pipeline == NULL)
        return false;
    bool ok = run_batches(pipeline, sources, problem);
    /* A sink that has refused is told no more, but flows let go of what they hold. */
    ok = finish_sources(pipeline, sources, problem) && ok;
    pipeline_release(pipeline);
    return ok;
}
