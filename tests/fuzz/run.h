/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of flow table and dissectors over packets, with small tables.
 */
#ifndef APPLEPATH_TESTS_FUZZ_RUN_H
#define APPLEPATH_TESTS_FUZZ_RUN_H

#include "dissectors/dispatch.h"
#include "flows/flow_table.h"
#include "flows/observation.h"

struct fuzz_run {
    struct observation observation;
    struct flow_table *flows;
    struct dispatcher *dispatcher;
    int64_t time; /* of the next packet */
    uint64_t number; /* of the last packet */
    uint64_t sum; /* over all that the facts said, so that all of it is read */
};

/* False where memory is out; then there is nothing to end. */
bool fuzz_run_begin(struct fuzz_run *run);

/* Takes one packet the way that the program's pipeline has, and sets its time. */
void fuzz_run_packet(struct fuzz_run *run, struct packet *packet);
void fuzz_run_end(struct fuzz_run *run);

#endif
