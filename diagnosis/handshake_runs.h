/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When did handshakes fail that work at other times?  The failures of one client with one
 * name, at whatever address, come in; runs of them with no success between go out.
 */
#ifndef APPLEPATH_DIAGNOSIS_HANDSHAKE_RUNS_H
#define APPLEPATH_DIAGNOSIS_HANDSHAKE_RUNS_H

#include "diagnosis/handshake_results.h"

struct handshake_run {
    int64_t first_time;
    int64_t last_time; /* of the beginning of the last */
    uint64_t count;
    bool worked_before;
    bool over; /* it worked afterwards */
    bool others_worked; /* the client's with other names, between two of them */
    bool one_program; /* all said hello as the group's first */
};

struct handshake_runs {
    struct handshake_run *list; /* owned, in order */
    size_t count;
};

/* Those of all groups that differ from this one in the server's address alone. False: memory
 * is out. */
bool handshake_runs_read(struct handshake_runs *runs, const struct handshake_results *results,
                         const struct handshake_group *group);

/* Is it more than chance, a bad line, or a program of its own mind beside others that are
 * content? */
bool handshake_run_lasts(const struct handshake_run *run, const struct handshake_group *group);

/* The group's own share of the run, as if it had no other failures. False: it has none. */
bool handshake_run_part(const struct handshake_results *results,
                        const struct handshake_group *group, const struct handshake_run *run,
                        struct handshake_group *part);

#endif
