/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far did this TCP connection or UDP conversation come, and who ended it?
 * Every packet of a flow passes here once.
 */
#ifndef APPLEPATH_FLOWS_TCP_OUTCOME_H
#define APPLEPATH_FLOWS_TCP_OUTCOME_H

#include "capture/packet.h"
#include "flows/observation.h"

/* Counts the packet, writes its history letter, moves the outcome on, and emits
 * the events of a flow of interest. `side` sent it. */
void tcp_outcome_packet(struct observation *observation, struct flow *flow, int side,
                        const struct packet *packet);
void udp_outcome_packet(struct observation *observation, struct flow *flow, int side,
                        const struct packet *packet);

/* Does a SYN from the client begin another connection on the same ports (RFC 9293
 * section 3.6.1), rather than repeat the one that is there? */
bool tcp_outcome_is_new_connection(const struct flow *flow, const struct packet *packet);

/* Does the packet follow one of its flow that has not come: by its sequence number, or
 * because it acknowledges that? In a capture that is `disordered` RSTs may, too. */
bool tcp_outcome_is_early(const struct flow *flow, int side, const struct packet *packet,
                          bool disordered);

#endif
