/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segment that every rule expects: of an open connection that nobody reads, next in
 * its sequence, with nothing but bytes or an acknowledgment in it.  Most packets of a
 * download are such.  What they do to a flow is done here at once, as receivers do it
 * (V. Jacobson's header prediction); the result is to the last bit what the long way
 * gives (tests/unit/test_header_prediction.c).
 */
#ifndef APPLEPATH_FLOWS_HEADER_PREDICTION_H
#define APPLEPATH_FLOWS_HEADER_PREDICTION_H

#include "flows/observation.h"

/* Counts the packet of a flow of TCP, from `side`, where it is such a segment; false where it
 * is not: then nothing was changed, and the packet takes the long way. */
bool header_prediction_packet(struct observation *observation, struct flow *flow, int side,
                              const struct packet *packet);

#endif
