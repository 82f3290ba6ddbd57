/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does an ICMP error say of the flow whose packet it quotes?
 */
#ifndef APPLEPATH_FLOWS_ICMP_OUTCOME_H
#define APPLEPATH_FLOWS_ICMP_OUTCOME_H

#include "capture/packet.h"
#include "flows/observation.h"

/* Destination unreachable, but for "fragmentation needed", which is a remark on
 * size (RFC 1191). Time exceeded and the like tell of a route, not of a refusal. */
bool icmp_rejects(const struct packet *packet);

/* "Fragmentation needed" or "packet too big": the bytes that would have passed, 0
 * where the router is too old to say (RFC 1191 section 3). 0 for all else. */
uint32_t icmp_mtu(const struct packet *packet);

/* An ICMP error came that quotes a packet of this side of the flow. */
void icmp_outcome(struct observation *observation, struct flow *flow, int side,
                  const struct packet *packet);

#endif
