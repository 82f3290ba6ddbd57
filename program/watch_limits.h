/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is a watching program held to?  Whom it runs as and what it may do once all is
 * open, how much its database may hold, and which packets it keeps.
 */
#ifndef APPLEPATH_PROGRAM_WATCH_LIMITS_H
#define APPLEPATH_PROGRAM_WATCH_LIMITS_H

#include "program/evidence_ring.h"
#include "program/options.h"
#include "program/output.h"
#include "program/privileges.h"
#include "storage/retention.h"

/* Begin with all zero. */
struct watch_limits {
    struct privileges privileges;
    bool dropped;
    struct retention *retention;
    struct evidence_ring *ring; /* NULL: no packets are kept */
    bool ring_told; /* that it has ended */
    bool more; /* to be removed */
};

/* For debugging: nothing is given up. */
bool watch_limits_keeps_rights(const struct options *options);

/* Before anything is opened: whom to become. False and a problem when that cannot be. */
bool watch_limits_choose(struct watch_limits *limits, const struct options *options,
                         struct problem *problem);

/* The interfaces are open: becomes the user who is to open the database, if that one may
 * write its folder; else that is left to watch_limits_enter. */
bool watch_limits_become(struct watch_limits *limits, const struct options *options,
                         struct problem *problem);

/* The run has begun: the ring and what keeps the database small. */
bool watch_limits_open(struct watch_limits *limits, const struct options *options,
                       struct store *store, struct problem *problem);

/* All is open, and no thread runs: gives up what is left of rights, and enters the
 * sandbox. A sentence in `notice` where that was not to be had. A report whose folder the
 * new user may not write has its place from then on, empty. */
bool watch_limits_enter(struct watch_limits *limits, const struct options *options,
                        struct output *output, struct problem *notice, struct problem *problem);

/* Each second or so: removes, writes, for a moment only. A sentence in `notice` where the
 * ring has come to its end, once. False and a problem when the database fails. */
bool watch_limits_keep(struct watch_limits *limits, int64_t now, struct problem *notice,
                       struct problem *problem);

void watch_limits_close(struct watch_limits *limits);

#endif
