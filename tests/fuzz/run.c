/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the program do with a packet once its layers are off?  The same here, and
 * every fact's texts and records are read, so that a dangling one shows.
 */
#include "tests/fuzz/run.h"

#include <stdlib.h>
#include <string.h>

#include "flows/flow_facts.h"
#include "flows/missing_segments.h"
#include "flows/resolved_names.h"
#include "flows/tcp_outcome.h"

#define RUN_FLOW_LIMIT 64
#define RUN_EPOCH (INT64_C(1700000000) * NANOSECONDS_PER_SECOND)

static uint64_t sum_text(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

static uint64_t sum_dns(const struct fact_dns *dns)
{
    uint64_t sum = sum_text(dns->name) + sum_text(dns->extended_text);
    for (size_t i = 0; i < dns->record_count; i++)
        sum += sum_text(dns->records[i].owner) + sum_text(dns->records[i].data);
    return sum;
}

static uint64_t sum_tls(const struct fact_tls *tls)
{
    return sum_text(tls->server_name) + sum_text(tls->client_alpn) + sum_text(tls->client_groups) +
           sum_text(tls->client_shares) + sum_text(tls->ja3) + sum_text(tls->ja4) +
           sum_text(tls->server_alpn) + sum_text(tls->ja3s) + sum_text(tls->chain) +
           sum_text(tls->records) + sum_text(tls->quic_versions);
}

static uint64_t sum_http(const struct fact_http *http)
{
    return sum_text(http->method) + sum_text(http->host) + sum_text(http->path) +
           sum_text(http->user_agent) + sum_text(http->authenticate) + sum_text(http->location) +
           sum_text(http->software) + sum_text(http->via) + sum_text(http->content_type) +
           sum_text(http->body);
}

static bool run_take(void *owner, const struct fact *fact)
{
    struct fuzz_run *run = owner;
    if (fact->kind == FACT_DNS)
        run->sum += sum_dns(&fact->as.dns);
    else if (fact->kind == FACT_TLS)
        run->sum += sum_tls(&fact->as.tls);
    else if (fact->kind == FACT_HTTP)
        run->sum += sum_http(&fact->as.http);
    else if (fact->kind == FACT_FLOW)
        run->sum += sum_text(fact->as.flow.server_name) + sum_text(fact->as.flow.resolved_name) +
                    sum_text(fact->as.flow.protocol) + sum_text(fact->as.flow.history);
    return true;
}

static void run_flow_ended(void *owner, struct flow *flow, bool evicted)
{
    struct fuzz_run *run = owner;
    (void)evicted;
    dispatch_flow_end(run->dispatcher, flow);
    missing_segments_end(&run->observation, flow);
    if (flow_table_detail(run->flows, flow) != NULL)
        flow_facts_emit(&run->observation, flow);
}

/* Loaded once and kept, as it is only read: it takes longer than all else in a run. */
static const struct catalog *loaded_catalog(void)
{
    static const struct catalog *catalog;
    struct problem problem = {""};
    if (catalog == NULL)
        catalog = catalog_load(NULL, 0, &problem);
    return catalog;
}

bool fuzz_run_begin(struct fuzz_run *run)
{
    struct observation *observation = &run->observation;
    memset(run, 0, sizeof *run);
    run->time = RUN_EPOCH;
    observation->sink = (struct fact_sink){run_take, run};
    observation->all_flows = true;
    observation->catalog = loaded_catalog();
    observation->names = resolved_names_create(64);
    run->flows = flow_table_create(RUN_FLOW_LIMIT, run_flow_ended, run);
    run->dispatcher = dispatcher_create(observation);
    return observation->catalog != NULL && observation->names != NULL && run->flows != NULL &&
           run->dispatcher != NULL;
}

static void run_conversation(struct fuzz_run *run, const struct packet *packet)
{
    struct observation *observation = &run->observation;
    int side;
    bool created;
    struct flow *flow = flow_table_packet(run->flows, packet, &side, &created);
    if (flow == NULL)
        return;
    if (created)
        observation_begin_flow(observation, run->flows, flow, packet);
    dispatch_packet(run->dispatcher, run->flows, flow, side, packet);
    if (packet->transport != TRANSPORT_TCP) {
        udp_outcome_packet(observation, flow, side, packet);
        return;
    }
    missing_segments_packet(observation, flow, side, packet);
    tcp_outcome_packet(observation, flow, side, packet);
}

void fuzz_run_packet(struct fuzz_run *run, struct packet *packet)
{
    run->time += NANOSECONDS_PER_MILLISECOND;
    packet->time = run->time;
    packet->identity = packet_identity(1, ++run->number);
    run->observation.latest_time = packet->time;
    dispatch_message(run->dispatcher, packet);
    if (packet->transport == TRANSPORT_TCP || packet->transport == TRANSPORT_UDP)
        run_conversation(run, packet);
    flow_table_expire(run->flows, packet->time);
}

void fuzz_run_end(struct fuzz_run *run)
{
    flow_table_finish(run->flows);
    dispatch_finish(run->dispatcher);
    dispatcher_release(run->dispatcher);
    flow_table_release(run->flows);
    resolved_names_release(run->observation.names);
}
