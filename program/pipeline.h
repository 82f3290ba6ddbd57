/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The observing half, wired together: frames in, facts out.  Several pipelines
 * can run in one process, as they share nothing.
 */
#ifndef APPLEPATH_PROGRAM_PIPELINE_H
#define APPLEPATH_PROGRAM_PIPELINE_H

#include "base/fact.h"
#include "base/problem.h"
#include "capture/source.h"
#include "catalog/hosts.h"

/* Flows open at once; at about 250 bytes each they stay under 256 MiB. */
#define PIPELINE_FLOW_LIMIT 1000000u

struct pipeline_settings {
    const struct catalog *catalog;
    bool all_flows;
    uint32_t flow_limit; /* 0: PIPELINE_FLOW_LIMIT */
    const uint16_t *vxlan_ports; /* beside the usual ones; at most DECAPSULATOR_PORT_LIMIT */
    size_t vxlan_port_count;

    /* Called every few thousand packets; may be NULL. */
    void (*progress)(void *owner, const struct source_set *sources, uint64_t packets);
    void *progress_owner;
};

/* Reads the sources to their end and tells `sink` what was seen. False when memory
 * is out (a problem is set) or when the sink refused a fact (it knows why). */
bool pipeline_run(struct source_set *sources, const struct pipeline_settings *settings,
                  struct fact_sink sink, struct problem *problem);

#endif
