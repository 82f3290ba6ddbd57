/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same capture read twice into one database counts once: what the database has is
 * left out of the reading, and what a stopped run left of a capture is replaced.
 */
#ifndef APPLEPATH_PROGRAM_KNOWN_CAPTURES_H
#define APPLEPATH_PROGRAM_KNOWN_CAPTURES_H

#include "capture/source.h"
#include "storage/store.h"

/* Leaves the captures out that `database` (whose store it is) has already, says so in one
 * line, and begins a run of the others. With none left there is no run, and
 * source_set_count is 0. */
bool known_captures_begin_run(struct source_set *sources, struct store *store, const char *database,
                              int64_t now, const char *tool_version, struct problem *problem);

/* All is read, and the run not finished: was standard input one that the database has? A
 * run of nothing else is taken back then, with one line that says so, and `taken_back` is
 * set. */
bool known_captures_look_back(const struct source_set *sources, struct store *store,
                              const char *database, bool *taken_back, struct problem *problem);

#endif
