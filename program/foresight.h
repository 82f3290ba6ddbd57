/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets are many cache misses apart from their flows: what those ahead will need is
 * fetched while these are looked at.  Nothing but time depends on it.
 */
#ifndef APPLEPATH_PROGRAM_FORESIGHT_H
#define APPLEPATH_PROGRAM_FORESIGHT_H

#include "dissectors/dispatch.h"
#include "flows/flow_table.h"
#include "flows/host_table.h"
#include "flows/resolved_names.h"
#include "program/read_ahead.h"

#define FORESIGHT_SLOT 8 /* packets ahead; a power of two */

/* Of a packet ahead that may begin a flow: where its client is found, and what the two are
 * known by. */
struct beginning {
    bool likely;
    uint32_t host;
    uint32_t names;
};

/* All borrowed. `beginnings` holds nothing when a batch begins. */
struct foresight {
    const struct flow_table *flows;
    const struct dispatcher *dispatcher;
    const struct host_table *hosts;
    const struct resolved_names *names;
    struct beginning beginnings[FORESIGHT_SLOT];
};

/* To be called before packet `at` of the batch is looked at, for each in turn. */
void foresight_packet(struct foresight *foresight, const struct batch *batch, size_t at);

/* This flow ends soon. */
void foresight_end(const struct foresight *foresight, const struct flow *flow);

#endif
