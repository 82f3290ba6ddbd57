/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which dissector reads this flow?  Offers each flow's first payload to the
 * registered dissectors, feeds the one that claims it, and keeps its state.
 */
#ifndef APPLEPATH_DISSECTORS_DISPATCH_H
#define APPLEPATH_DISSECTORS_DISPATCH_H

#include "base/hash.h"
#include "capture/packet.h"
#include "flows/flow_table.h"
#include "flows/observation.h"

struct dispatcher;

/* NULL when there is no memory. The observation must outlive it. */
struct dispatcher *dispatcher_create(struct observation *observation);
/* What flows hold that are being read, unread bytes and half a message each, takes no more
 * bytes than this together: then those that began to hold some the longest ago are read no
 * further, rather those that are not of interest. At first DISPATCH_KEPT_LIMIT. */
#define DISPATCH_KEPT_LIMIT (UINT64_C(64) << 20)
void dispatcher_limit_kept(struct dispatcher *dispatcher, uint64_t bytes);

void dispatcher_release(struct dispatcher *dispatcher);

/* The key for dns_question_sign. */
struct hash_key dispatcher_question_key(const struct dispatcher *dispatcher);

/* A packet that was signed with it, and has a `question_hash`, is to come in some packets:
 * fetches where what it needs is found and, `soon`, once that is there, what is found. */
void dispatch_fetch(const struct dispatcher *dispatcher, const struct packet *packet, bool soon);

/* Feeds one packet of a flow; gives the flow its detail from `table` if it is
 * worth reading, and takes it back when nobody cares any more. */
void dispatch_packet(struct dispatcher *dispatcher, struct flow_table *table, struct flow *flow,
                     int side, const struct packet *packet);

/* Offers a packet to the protocols that make no flows; it may be part of one, too. */
void dispatch_message(struct dispatcher *dispatcher, const struct packet *packet);

/* The flow is over: its dissector tells what it half knows. */
void dispatch_flow_end(struct dispatcher *dispatcher, struct flow *flow);

/* The run is over, after all flows have ended. */
void dispatch_finish(struct dispatcher *dispatcher);

/* A snapshot: what the two above would tell, while all goes on. */
void dispatch_flow_stand(struct dispatcher *dispatcher, struct flow *flow);
void dispatch_stand(const struct dispatcher *dispatcher);

#endif
