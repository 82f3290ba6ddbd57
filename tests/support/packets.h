/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a flow when these packets come?  For the tests of flows/ and
 * of dissectors/dispatch.c: packets made by hand, the flow table and what a run
 * shares, the facts that come out and the flows that have ended, as copies.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_PACKETS_H
#define APPLEPATH_TESTS_SUPPORT_PACKETS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "flows/flow_facts.h"
#include "flows/flow_table.h"
#include "flows/resolved_names.h"
#include "flows/tcp_outcome.h"

#define PACKETS_FACT_LIMIT 64
#define PACKETS_ENDED_LIMIT 8
#define PACKETS_EPOCH (INT64_C(1500000000) * NANOSECONDS_PER_SECOND)

/* Where packets run; the flow goes from `client` to `server`. */
struct packets_path {
    struct endpoint client;
    struct endpoint server;
    uint8_t transport;
    uint16_t vlan;
};

/* What the whole program would do with a packet between finding its flow and
 * moving its outcome on; both NULL in tests that link no dissector. */
struct packets_reader {
    void (*packet)(void *owner, struct flow_table *table, struct flow *flow, int side,
                   const struct packet *packet);
    void (*end)(void *owner, struct flow *flow);
    void *owner;
};

struct packets_run {
    struct observation observation;
    struct flow_table *flows;
    struct packets_reader reader;
    struct arena arena;
    uint64_t number; /* of the last packet */
    struct fact facts[PACKETS_FACT_LIMIT]; /* all of them, in order */
    size_t fact_count;
    struct flow ended[PACKETS_ENDED_LIMIT]; /* the last ones, without detail and trouble */
    size_t ended_count;
    size_t evicted_count;
};

/* The same numbers in every run: a failure can be repeated. */
static inline uint32_t packets_random(uint64_t *seed, uint32_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)((*seed >> 16) % below);
}

static inline int64_t packets_time(int64_t milliseconds)
{
    return PACKETS_EPOCH + milliseconds * NANOSECONDS_PER_MILLISECOND;
}

static inline struct address packets_address(const char *text)
{
    struct address address;
    assert_true(address_parse(text, &address));
    return address;
}

static inline struct packets_path packets_path(const char *client, uint16_t client_port,
                                               const char *server, uint16_t server_port,
                                               uint8_t transport)
{
    struct packets_path path = {{packets_address(client), client_port},
                                {packets_address(server), server_port},
                                transport,
                                0};
    return path;
}

/* An IP packet of this side, without a word of its transport but the ports. */
static inline struct packet packets_from(const struct packets_path *path, int side,
                                         int64_t milliseconds)
{
    const struct endpoint *source = side == SIDE_CLIENT ? &path->client : &path->server;
    const struct endpoint *destination = side == SIDE_CLIENT ? &path->server : &path->client;
    struct packet packet = {.identity = packet_identity(1, 1),
                            .time = packets_time(milliseconds),
                            .source = source->address,
                            .destination = destination->address,
                            .source_port = source->port,
                            .destination_port = destination->port,
                            .vlan = path->vlan,
                            .transport = path->transport,
                            .ttl = side == SIDE_CLIENT ? 64 : 52,
                            .window = 1024};
    return packet;
}

static inline struct packet packets_tcp(const struct packets_path *path, int side,
                                        int64_t milliseconds, int flags, uint32_t sequence,
                                        uint32_t acknowledgment, struct bytes payload)
{
    struct packet packet = packets_from(path, side, milliseconds);
    packet.tcp_flags = (uint8_t)flags;
    packet.sequence = sequence;
    packet.acknowledgment = acknowledgment;
    packet.payload = payload;
    packet.payload_length = (uint32_t)payload.length;
    return packet;
}

static inline struct packet packets_udp(const struct packets_path *path, int side,
                                        int64_t milliseconds, struct bytes payload)
{
    struct packet packet = packets_from(path, side, milliseconds);
    packet.payload = payload;
    packet.payload_length = (uint32_t)payload.length;
    return packet;
}

static inline bool packets_take_fact(void *owner, const struct fact *fact)
{
    struct packets_run *run = owner;
    assert_true(run->fact_count < PACKETS_FACT_LIMIT);
    struct fact *copy = &run->facts[run->fact_count++];
    *copy = *fact;
    if (copy->kind == FACT_FLOW) {
        struct fact_flow *flow = &copy->as.flow;
        flow->server_name = arena_copy(&run->arena, flow->server_name);
        flow->resolved_name = arena_copy(&run->arena, flow->resolved_name);
        flow->protocol = arena_copy(&run->arena, flow->protocol);
        flow->history = arena_copy(&run->arena, flow->history);
        flow->client_marks.syn_options = arena_copy(&run->arena, flow->client_marks.syn_options);
        flow->server_marks.syn_options = arena_copy(&run->arena, flow->server_marks.syn_options);
    } else if (copy->kind == FACT_TLS) {
        copy->as.tls.server_name = arena_copy(&run->arena, fact->as.tls.server_name);
    }
    return true;
}

static inline void packets_flow_ended(void *owner, struct flow *flow, bool evicted)
{
    struct packets_run *run = owner;
    if (run->reader.end != NULL)
        run->reader.end(run->reader.owner, flow);
    if ((flow->of_interest || run->observation.all_flows) && flow->detail != NULL)
        flow_facts_emit(&run->observation, flow);
    struct flow *copy = &run->ended[run->ended_count++ % PACKETS_ENDED_LIMIT];
    *copy = *flow;
    copy->detail = NULL;
    copy->trouble = NULL;
    run->evicted_count += evicted;
}

/* At most `limit` flows at once. */
static inline void packets_begin(struct packets_run *run, uint32_t limit)
{
    struct problem problem = {""};
    memset(run, 0, sizeof *run);
    run->observation.sink = (struct fact_sink){packets_take_fact, run};
    run->observation.catalog = catalog_load(NULL, 0, &problem);
    run->observation.names = resolved_names_create(64);
    run->flows = flow_table_create(limit, packets_flow_ended, run);
    assert_non_null(run->observation.catalog);
    assert_non_null(run->observation.names);
    assert_non_null(run->flows);
}

static inline void packets_end(struct packets_run *run)
{
    flow_table_finish(run->flows);
    assert_int_equal(flow_table_count(run->flows), 0);
    flow_table_release(run->flows);
    resolved_names_release(run->observation.names);
    catalog_release((struct catalog *)(uintptr_t)run->observation.catalog);
    arena_release(&run->arena);
}

/* One packet through the table and its outcome, as the program has it. The flow
 * is good until the next call. */
static inline struct flow *packets_run_one(struct packets_run *run, struct packet packet)
{
    int side;
    bool created;
    packet.identity = packet_identity(1, ++run->number);
    struct flow *flow = flow_table_packet(run->flows, &packet, &side, &created);
    if (flow != NULL && !created && packet.transport == TRANSPORT_TCP &&
        tcp_outcome_is_new_connection(flow, &packet)) {
        flow_table_end(run->flows, &packet);
        flow = flow_table_packet(run->flows, &packet, &side, &created);
    }
    assert_non_null(flow);
    if (created)
        observation_begin_flow(&run->observation, run->flows, flow, &packet);
    if (run->reader.packet != NULL)
        run->reader.packet(run->reader.owner, run->flows, flow, side, &packet);
    if (packet.transport == TRANSPORT_TCP)
        tcp_outcome_packet(&run->observation, flow, side, &packet);
    else
        udp_outcome_packet(&run->observation, flow, side, &packet);
    return flow;
}

static inline size_t packets_count(const struct packets_run *run, enum fact_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < run->fact_count; i++)
        count += run->facts[i].kind == kind;
    return count;
}

/* The last fact of this kind; fails the test if there is none. */
static inline const struct fact *packets_last(const struct packets_run *run, enum fact_kind kind)
{
    for (size_t i = run->fact_count; i > 0; i--)
        if (run->facts[i - 1].kind == kind)
            return &run->facts[i - 1];
    fail_msg("no fact of kind %d", (int)kind);
    return NULL;
}

#endif
