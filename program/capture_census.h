/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doctor counts of packets besides the facts: VLANs, tunnels, sizes, who they
 * are of, and how their times stand to this machine's.
 */
#ifndef APPLEPATH_PROGRAM_CAPTURE_CENSUS_H
#define APPLEPATH_PROGRAM_CAPTURE_CENSUS_H

#include "capture/packet.h"
#include "diagnosis/fitness.h"
#include "flows/flow.h"

#define CAPTURE_CENSUS_OWN_LIMIT 64

/* Begins with all bytes zero. */
struct capture_census {
    struct fitness_census counts;
    struct address own[CAPTURE_CENSUS_OWN_LIMIT]; /* addresses of this machine */
    size_t own_count;
    uint32_t mtu; /* bytes, the largest of the interfaces'; 0: not known, or a file */
};

/* Learns this machine's own addresses from the system. */
void capture_census_know_own(struct capture_census *census);

/* One frame after it was looked at; fits pipeline_settings, `owner` is the census. */
void capture_census_frame(void *owner, const struct frame *frame, const struct packet *packet,
                          const struct flow *flow);

/* A frame with that time was delivered at `now`, both nanoseconds. */
void capture_census_clock(struct capture_census *census, int64_t time, int64_t now);

#endif
