/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does a connection to Apple's push service live, and what ends it?  Such
 * connections are quiet for long, and what a middlebox forgets meanwhile shows
 * only in when they still worked and when no more.
 */
#ifndef APPLEPATH_FLOWS_APNS_LIFE_H
#define APPLEPATH_FLOWS_APNS_LIFE_H

#include "capture/packet.h"
#include "flows/observation.h"

/* A TCP packet of any flow with detail came, before its sequence numbers are taken
 * in. Follows the flow once it is known as push; costs next to nothing otherwise. */
void apns_life_see(const struct observation *observation, struct flow *flow, int side,
                   const struct packet *packet);

/* Bytes of what a flow owns for it. */
size_t apns_life_size(void);

/* Emits FACT_APNS if the flow is push; at its end. Needs `detail`. */
void apns_life_emit(struct observation *observation, struct flow *flow);

/* The same of a flow that goes on, for a snapshot; nothing is decided by it. */
void apns_life_stand(struct observation *observation, struct flow *flow);

#endif
