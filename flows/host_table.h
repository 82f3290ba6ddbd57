/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hosts that open connections or ask, and what became of those of their
 * flows that have nothing to do with Apple: the control group that tells a
 * blocked Apple from a network that is down.  Bounded; who comes too late is
 * not counted.  By address alone: the same private address in two tunnels of one capture
 * is one host here, as reports and databases know hosts by their addresses.
 */
#ifndef APPLEPATH_FLOWS_HOST_TABLE_H
#define APPLEPATH_FLOWS_HOST_TABLE_H

#include "capture/packet.h"
#include "flows/observation.h"

struct host_table;

/* NULL when there is no memory. */
struct host_table *host_table_create(uint32_t limit);
void host_table_release(struct host_table *table);

/* A flow of this client begins soon: fetches where it is found, by the hash that this
 * answers, and, once that has come, what is known of it. Both only make that faster. */
uint32_t host_table_fetch_slot(const struct host_table *table, const struct address *address);
void host_table_fetch(const struct host_table *table, uint32_t hash);

/* Likewise of the client of a flow that ends soon. */
void host_table_fetch_client(const struct host_table *table, const struct flow *flow);

/* A flow begins: notes its client and, from the frame, the client's MAC. False when there
 * is no room for the client; hosts of which nothing but one packet came make room. */
bool host_table_flow_began(struct host_table *table, struct flow *flow,
                           const struct packet *packet);

/* A flow has a second packet: its client is more than a name that somebody made up. */
void host_table_flow_goes_on(struct host_table *table, const struct flow *flow);

/* Something other than a flow (an ARP reply, an ICMP message) was sent to a host. */
void host_table_received(struct host_table *table, const struct packet *packet);

/* An ICMP error was sent to a host, and the capture cut what it is about. */
void host_table_unread_error(struct host_table *table, const struct packet *packet);

/* A flow is over: adds what it was to its client's counts. */
void host_table_flow_ended(struct host_table *table, const struct flow *flow);

/* A copy, to which open flows can be added as if they were over; NULL when there is no
 * memory. Released as the table is. */
struct host_table *host_table_copy(const struct host_table *table);

/* Hosts of which nothing came since `time` were told, and make room where there is none. */
void host_table_forget_before(struct host_table *table, int64_t time);

/* Was there ever no memory for a host? */
bool host_table_memory_out(const struct host_table *table);

/* How often there was no room for a host: packets, and flows that began. */
uint64_t host_table_dropped(const struct host_table *table);

/* Emits FACT_HOST for every host that began a flow. */
void host_table_finish(const struct host_table *table, struct observation *observation);

#endif
