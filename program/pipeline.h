/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The observing half, wired together: frames in, facts out, one by one or all that
 * captures have.  Several pipelines can run in one process, as they share nothing.
 */
#ifndef APPLEPATH_PROGRAM_PIPELINE_H
#define APPLEPATH_PROGRAM_PIPELINE_H

#include "base/fact.h"
#include "base/problem.h"
#include "capture/source.h"
#include "catalog/hosts.h"
#include "flows/flow.h"
#include "program/crew.h"

/* What is told then. */
#define PIPELINE_MEMORY_OUT "memory is out; close other programs or read fewer captures at once"

struct pipeline_settings {
    const struct catalog *catalog;
    bool all_flows;
    uint64_t max_memory; /* bytes, shared out by program/memory.h; 0: MEMORY_DEFAULT */
    uint32_t flow_limit; /* 0: what the memory allows */
    const uint16_t *vxlan_ports; /* beside the usual ones; at most DECAPSULATOR_PORT_LIMIT */
    size_t vxlan_port_count;
    struct crew *crew; /* of pipeline_run: who reads ahead; NULL: nobody */

    /* Called every few thousand packets that pipeline_run reads, by whoever reads them; may
     * be NULL. */
    void (*progress)(void *owner, const struct source_set *sources, uint64_t packets);
    void *progress_owner;

    /* Is shown each frame after it was looked at, copies excepted; may be NULL. `packet` is
     * NULL for a part of a datagram, `flow` where there is none. */
    void (*looked_at)(void *owner, const struct frame *frame, const struct packet *packet,
                      const struct flow *flow);
    void *looked_at_owner;
};

struct pipeline;

/* One pipeline over sources numbered from 1 to `source_count`; the sink and all that the
 * settings name must outlive it. NULL and a problem when memory is out. */
struct pipeline *pipeline_create(const struct pipeline_settings *settings, struct fact_sink sink,
                                 size_t source_count, struct problem *problem);
void pipeline_release(struct pipeline *pipeline);

/* Takes the next frame. These return false when the sink has refused a fact; all but this
 * one also when memory is out, and then what was told may be less than was seen. */
bool pipeline_frame(struct pipeline *pipeline, const struct frame *frame);

/* Time is `now` (nanoseconds, of the clock that stamps the frames), and no frame older
 * than that is to come: ends what has been quiet too long, as frames would. */
bool pipeline_tick(struct pipeline *pipeline, int64_t now);

/* Tells how things stand, and changes nothing: flows and questions that have been open
 * for a while, hosts, resolvers, the sources as given, and the totals. What is told of
 * flows is true for the moment only (storage/store.h's snapshot takes it back). */
bool pipeline_snapshot(struct pipeline *pipeline, const struct fact_source *sources, size_t count);

/* No frame comes any more: ends all flows, and tells the sources and the totals. */
bool pipeline_finish(struct pipeline *pipeline, const struct fact_source *sources, size_t count);

/* Was there no memory for something that facts need? */
bool pipeline_memory_out(const struct pipeline *pipeline);

uint64_t pipeline_packets(const struct pipeline *pipeline);
uint32_t pipeline_open_flows(const struct pipeline *pipeline);

/* Reads the sources to their end and tells `sink` what was seen. False when memory
 * is out (a problem is set) or when the sink refused a fact (it knows why). */
bool pipeline_run(struct source_set *sources, const struct pipeline_settings *settings,
                  struct fact_sink sink, struct problem *problem);

#endif
