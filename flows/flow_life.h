/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does a flow begin, by its first packet, and how long may it be quiet before it
 * is taken to be over?
 */
#ifndef APPLEPATH_FLOWS_FLOW_LIFE_H
#define APPLEPATH_FLOWS_FLOW_LIFE_H

#include "capture/packet.h"
#include "flows/flow.h"

#define FLOW_QUIET_ENDED (10 * NANOSECONDS_PER_SECOND) /* where it has come to an end */

/* Fills the flow of this packet. */
void flow_begin(struct flow *flow, const struct packet *packet);

/* Nanoseconds, by what has become of it. */
int64_t flow_patience(const struct flow *flow);

#endif
