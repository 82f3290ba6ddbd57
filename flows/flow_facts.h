/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a flow to the facts about it.
 */
#ifndef APPLEPATH_FLOWS_FLOW_FACTS_H
#define APPLEPATH_FLOWS_FLOW_FACTS_H

#include "capture/packet.h"
#include "flows/observation.h"

/* The time of the newest packet of either side. */
int64_t flow_last_time(const struct flow *flow);

/* TCP of which only this side was captured, though it shows that the other spoke. */
bool flow_only_seen_from(const struct flow *flow, int side);

/* It has one packet, and nothing came of it. */
bool flow_is_lone_packet(const struct flow *flow);

/* Nothing of it was seen but the client's SYN, once. */
bool flow_is_lone_syn(const struct flow *flow);

/* RSTs of a connection of which the capture has nothing else: noise, or a flood. */
bool flow_is_stray_reset(const struct flow *flow);

/* At the flow's end: where its client has had its share of such flows it is crowded from
 * now on, and counted. */
void flow_facts_admit(struct observation *observation, struct flow *flow);

/* Amid the flow: may what only its client has said be told already? It may where the server
 * has spoken, or the client has not had its share. */
bool flow_facts_admit_early(const struct observation *observation, const struct flow *flow);

/* From now on no facts of the flow are kept; it is counted. */
void flow_facts_crowd(struct observation *observation, struct flow *flow);

/* The same of a flow that goes on, for a snapshot; counts nothing. */
bool flow_facts_would_stand(const struct observation *observation, const struct flow *flow);

/* Emits FACT_FLOW at the flow's end. Needs `detail`. */
void flow_facts_emit(struct observation *observation, struct flow *flow);

/* The same of a flow that goes on, for a snapshot. */
void flow_facts_stand(struct observation *observation, struct flow *flow);

/* Emits FACT_EVENT for a packet, up to a limit per flow; nothing while the flow is
 * of no interest. `from` PARTY_OTHER: an ICMP error, about the flow. */
void flow_facts_event(struct observation *observation, struct flow *flow, enum event_kind kind,
                      enum party from, const struct packet *packet);

#endif
