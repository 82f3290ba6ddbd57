/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one run of the observing half shares: where facts go, the catalogue, the
 * names that devices resolved, and the counts of the whole run.  One per
 * pipeline; nothing of it is global.
 */
#ifndef APPLEPATH_FLOWS_OBSERVATION_H
#define APPLEPATH_FLOWS_OBSERVATION_H

#include "base/fact.h"
#include "capture/packet.h"
#include "catalog/hosts.h"
#include "flows/flow.h"

struct flow_table; /* flows/flow_table.h */
struct fact_limits; /* flows/fact_limits.h */
struct resolved_names; /* flows/resolved_names.h */

struct observation {
    struct fact_sink sink;
    bool sink_failed; /* the sink refused a fact: stop */
    bool memory_out; /* something could not be kept: what is told may be less than was seen */
    const struct catalog *catalog;
    struct resolved_names *names;
    struct fact_limits *limits; /* NULL: none */
    uint64_t *owned; /* bytes that flows own, of the table; NULL: not counted */
    uint32_t question_limit; /* to resolvers, that are open at once; 0: the table's own */
    uint32_t lease_limit; /* DHCP exchanges kept, of either version; 0: as question_limit */
    uint64_t certificate_bytes; /* of all certificates that are told; 0: the table's own limit */
    bool all_flows; /* keep facts of flows that have nothing to do with Apple */
    uint64_t next_flow;
    uint64_t next_dns;
    struct fact_totals totals;
    int64_t latest_time; /* of all packets; valid once there is one */
    int64_t clock; /* how far time is: latest_time, or later where nothing comes */
    int64_t forget_before; /* live: what has been quiet since was told, and may go; else 0 */
    uint32_t renewals; /* live: how often shares were renewed, about once in an hour */
    int64_t stretch_time; /* when packets began to come, after a pause of seconds or at all */
};

/* Hands a fact to the sink, unless it has failed before. */
void observation_emit(struct observation *observation, const struct fact *fact);

/* The flow's number for facts; given at the first call. Needs `detail`, of TCP. */
uint64_t observation_flow_identity(struct observation *observation, struct flow *flow);

/* In a snapshot (dissectors/dissector.h): has it been so since `time` for long enough to
 * be told? What is under way always looks like a failure for a moment. */
#define SNAPSHOT_PATIENCE (10 * NANOSECONDS_PER_SECOND)
static inline bool observation_is_settled(const struct observation *observation, int64_t time)
{
    return observation->clock - time >= SNAPSHOT_PATIENCE;
}

/* Are facts about this flow kept? It is about Apple, noted, or all flows are. */
static inline bool observation_keeps(const struct observation *observation, const struct flow *flow)
{
    return !flow->crowded && (flow->of_interest || flow->noted || observation->all_flows);
}

/* A flow, or its detail, owns so many bytes more from now on. */
static inline void observation_owned(const struct observation *observation, size_t bytes)
{
    if (observation->owned != NULL)
        *observation->owned += bytes;
}

/* The capturing clock jumped by so many nanoseconds before this packet. */
static inline void observation_clock_jump(struct observation *observation, int64_t jump,
                                          uint64_t packet)
{
    struct fact_totals *totals = &observation->totals;
    uint64_t size = jump < 0 ? (uint64_t)0 - (uint64_t)jump : (uint64_t)jump;
    int64_t known = totals->clock_jump;
    if (totals->clock_jumps++ > 0 &&
        size <= (known < 0 ? (uint64_t)0 - (uint64_t)known : (uint64_t)known))
        return;
    totals->clock_jump = jump;
    totals->clock_jump_packet = packet;
}

/* Is this name about Apple (or the user's own hosts), or are all names wanted? */
bool observation_wants_name(const struct observation *observation, const char *name);

/* Is a name wanted all the same that the catalogue does not know? */
bool observation_wants_unknown(const struct observation *observation, const char *name);

/* A flow was created by this packet: decides from the address, and from what its
 * client had resolved, whether it is of interest, and gives it detail then. */
void observation_begin_flow(struct observation *observation, struct flow_table *table,
                            struct flow *flow, const struct packet *packet);

/* The flow goes on, and its detail was given up when it had but one packet. */
void observation_resume_flow(struct observation *observation, struct flow_table *table,
                             struct flow *flow, const struct packet *packet);

/* The flow ends, and is kept: gives it the detail again that was given up when it had but one
 * packet. False when there is no memory. */
bool observation_end_flow(struct observation *observation, struct flow_table *table,
                          struct flow *flow);

/* The client named its server in clear (SNI, CONNECT): copies the name into the
 * flow and decides whether the flow is of interest. Needs `detail`. */
void observation_name_flow(struct observation *observation, struct flow *flow, const char *name);

/* The client offered these protocols in its ClientHello (comma-separated, or NULL):
 * marks push and encrypted names in `detail`, and notes the flow where it carries
 * the latter. Called after observation_name_flow. */
void observation_offer_flow(struct observation *observation, struct flow *flow, const char *alpn);

#endif
