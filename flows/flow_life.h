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

/* When a flow is looked at is kept in ticks of 65,536 nanoseconds, which come round after 78
 * hours: where a clock jumps by just that, a flow that has ended stays for as long as it
 * takes from one look to the next. */
#define FLOW_TICK_BITS 16

static inline uint32_t flow_life_ticks(int64_t time)
{
    return (uint32_t)((uint64_t)time >> FLOW_TICK_BITS);
}

/* Has a packet come since the flow was looked at? */
bool flow_was_busy(const struct flow *flow);

/* Nanoseconds, by what has become of it. */
int64_t flow_patience(const struct flow *flow);

#endif
