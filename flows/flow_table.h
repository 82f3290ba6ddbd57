/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All flows that are open: find, create, expire.  Memory has a hard limit; when
 * it is reached the flow that was quiet longest is ended early and counted.
 */
#ifndef APPLEPATH_FLOWS_FLOW_TABLE_H
#define APPLEPATH_FLOWS_FLOW_TABLE_H

#include "base/hash.h"
#include "capture/packet.h"
#include "flows/flow.h"

struct flow_table;

/* Called before a flow is forgotten; `detail` is given back afterwards. */
typedef void flow_end(void *owner, struct flow *flow, bool evicted);

/* At most `limit` flows at once. NULL when there is no memory. */
struct flow_table *flow_table_create(uint32_t limit, flow_end *end, void *owner);
void flow_table_release(struct flow_table *table);

/* `soon` is told, from now on, which flow may be the next but one to end, so that what that
 * will need is fetched. */
typedef void flow_soon(void *owner, const struct flow *flow);
void flow_table_foretell(struct flow_table *table, flow_soon *soon);

/* The key by which flow_hash makes a packet's `flow_hash`. Who makes them ahead in another
 * thread keeps a copy, as the table's own lies beside what each packet changes. */
struct hash_key flow_table_key(const struct flow_table *table);

/* A packet with this hash is to come soon: fetches where its flow is found, and, once that
 * has come, what the flow holds; false where there is none yet. Both only make what
 * follows faster. */
void flow_table_fetch_slot(const struct flow_table *table, uint32_t hash);
bool flow_table_fetch_flow(const struct flow_table *table, uint32_t hash);

/* At most `limit` flows with a detail, from now on; at first as many as flows. Where it
 * is reached those give way of which one SYN is known (they get theirs again when they
 * go on), then those that are over or not of interest, then the idle. */
void flow_table_limit_details(struct flow_table *table, uint32_t limit);

/* All flows, and what they own, take no more than so many bytes, from now on; at first there
 * is no limit. Where it is reached details give way, then flows; a few at each
 * flow_table_expire. What dissectors hold is not of it (dissectors/dispatch.h). */
void flow_table_limit_memory(struct flow_table *table, uint64_t bytes);

/* Where whoever allocates what a flow owns adds it to: names, lives, segments that are
 * missing. The table gives all of it back. */
uint64_t *flow_table_owned(struct flow_table *table);

/* The flow of a TCP or UDP packet, made if need be (`created`), and the side that
 * sent the packet. Good until the next call. NULL when there is no memory. */
struct flow *flow_table_packet(struct flow_table *table, const struct packet *packet, int *side,
                               bool *created);

/* The flow that has these endpoints, as a quoted packet names them; NULL if none. */
struct flow *flow_table_find(struct flow_table *table, const struct packet *packet, int *side);

/* Ends the flow of this packet: its ports begin another connection. */
void flow_table_end(struct flow_table *table, const struct packet *packet);

/* The flow's detail, made if need be; NULL when there is no memory. */
struct flow_detail *flow_table_detail(struct flow_table *table, struct flow *flow);

/* Gives the detail back: nobody cares for the flow any more. `flow` NULL: nothing. */
void flow_table_drop_detail(struct flow_table *table, struct flow *flow);

/* Ends flows that have been quiet too long at `now`; a few at each call. */
void flow_table_expire(struct flow_table *table, int64_t now);

/* Ends all flows, the oldest first. */
void flow_table_finish(struct flow_table *table);

/* Shows all flows, the one looked at longest ago first. */
typedef void flow_visit(void *owner, struct flow *flow);
void flow_table_visit(struct flow_table *table, flow_visit *visit, void *owner);

/* Was there ever no memory for a flow, or for what one holds? */
bool flow_table_memory_out(const struct flow_table *table);

uint32_t flow_table_count(const struct flow_table *table);

#endif
