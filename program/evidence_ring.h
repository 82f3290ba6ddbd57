/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which packets of a live capture are kept on disk, so that findings can be shown
 * months later?  Those of flows to Apple's services, and what explains them: DNS,
 * addresses' leases, ICMP errors.  pcapng files of a bounded sum, the oldest removed
 * first; each packet bears the number that facts name it by.
 */
#ifndef APPLEPATH_PROGRAM_EVIDENCE_RING_H
#define APPLEPATH_PROGRAM_EVIDENCE_RING_H

#include "base/problem.h"
#include "capture/packet.h"
#include "flows/flow.h"

/* Packets of flows that are not known to be about Apple yet wait so long, and so many. */
#define EVIDENCE_RING_PATIENCE (5 * NANOSECONDS_PER_SECOND)
#define EVIDENCE_RING_MEMORY (8u << 20) /* bytes */
#define EVIDENCE_RING_UNDECIDED 40u /* packets of one flow, from its beginning */
#define EVIDENCE_RING_FILES 8u /* that the size is divided into */
#define EVIDENCE_RING_SOURCE_LIMIT 64u

struct evidence_ring;

/* `folder` is made if it is missing (mode 0700); files of earlier rings in it count.
 * `names` are the interfaces', source 1 first; copied. Nothing of the folder is touched
 * but files that are named as this makes them. NULL and a problem when it cannot. */
struct evidence_ring *evidence_ring_create(const char *folder, uint64_t size,
                                           const char *const *names, size_t name_count,
                                           struct problem *problem);

/* Writes what is due, closes, releases; NULL is let pass. */
void evidence_ring_close(struct evidence_ring *ring);

/* Its folder, as it is found from anywhere. */
const char *evidence_ring_folder(const struct evidence_ring *ring);

/* One frame after it was looked at: `packet` is NULL for part of a fragmented datagram,
 * `flow` NULL where there is none. `ring` is a struct evidence_ring (pipeline_settings). */
void evidence_ring_frame(void *ring, const struct frame *frame, const struct packet *packet,
                         const struct flow *flow);

/* Writes what has waited long enough at `now`, and hands it to the system. */
void evidence_ring_tick(struct evidence_ring *ring, int64_t now);

/* Why it keeps nothing any more (a full disk); "" while it does. */
const struct problem *evidence_ring_problem(const struct evidence_ring *ring);

#endif
