/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TCP packet tells of the capture rather than of the network: that it was made
 * on the sending machine, with the work of its network card undone, and that the
 * capturing clock jumped.
 */
#ifndef APPLEPATH_FLOWS_CAPTURE_SIGNS_H
#define APPLEPATH_FLOWS_CAPTURE_SIGNS_H

#include "capture/packet.h"
#include "flows/observation.h"

/* To be told of every TCP packet; counts in the totals. */
void capture_signs_packet(struct observation *observation, struct flow *flow, int side,
                          const struct packet *packet);

#endif
