/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments that the receiver acknowledged and the capture never showed: the mirror
 * or the capturing machine lost them, not the network.
 */
#ifndef APPLEPATH_FLOWS_MISSING_SEGMENTS_H
#define APPLEPATH_FLOWS_MISSING_SEGMENTS_H

#include "capture/packet.h"
#include "flows/observation.h"

#define MISSING_HOLES 8

/* Sequence numbers that one side has passed over. */
struct missing_hole {
    uint32_t start;
    uint32_t end;
    int64_t acknowledged_time; /* TIMESTAMP_NONE: not yet */
    uint64_t packet; /* the acknowledgment */
};

/* Made when the first hole opens; owned by the flow. */
struct missing_segments {
    struct missing_hole holes[SIDE_COUNT][MISSING_HOLES];
    uint8_t hole_count[SIDE_COUNT];
    uint32_t segments[SIDE_COUNT]; /* at least as many are missing of that side */
    int64_t first_time; /* valid where any are */
    int64_t last_time;
    uint64_t first_packet;
};

/* To be told of every TCP packet, before flows/tcp_outcome.h is. */
void missing_segments_packet(struct observation *observation, struct flow *flow, int side,
                             const struct packet *packet);

/* The flow is over: what is missing of it is settled, and added to the totals. */
void missing_segments_end(struct observation *observation, struct flow *flow);

/* The same of a flow that goes on, for a snapshot: only what is certain by now. `flow`
 * is a copy, and so are its segments. */
void missing_segments_stand(struct observation *observation, struct flow *flow);

#endif
