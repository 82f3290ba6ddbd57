/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look at interfaces for a while: the live half of the doctor.
 */
#ifndef APPLEPATH_PROGRAM_DOCTOR_WATCH_H
#define APPLEPATH_PROGRAM_DOCTOR_WATCH_H

#include "program/analysis.h"
#include "program/capture_census.h"
#include "storage/store.h"

/* What came of it. The store is in memory, its run finished; the caller closes it. */
struct doctor_watch {
    struct store *store;
    struct capture_census census;
    struct fitness_interface interfaces[FITNESS_INTERFACE_LIMIT];
    size_t interface_count;
    int64_t watched; /* nanoseconds */
};

/* Opens the interfaces and the output, gives rights up, watches for as long as the options
 * say, or until a signal. `watch` begins with all bytes zero. False and a problem when it
 * cannot. */
bool doctor_watch_run(struct doctor_watch *watch, struct preparation *preparation,
                      const struct options *options, struct problem *problem);

#endif
