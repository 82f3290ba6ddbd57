/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database of facts: open, check, write in batches, close.  The only folder
 * that knows SQL; what goes in and comes out are the structs of base/fact.h.
 */
#ifndef APPLEPATH_STORAGE_STORE_H
#define APPLEPATH_STORAGE_STORE_H

#include "base/fact.h"
#include "base/problem.h"

struct store;

/* Opens `path` for writing, or a database in memory when `path` is NULL; makes
 * the tables where they are missing. No other process can write until it is closed.
 * Refuses what is no database, is no database of ours, or has a newer schema. NULL
 * and a problem when it cannot. */
struct store *store_open(const char *path, struct problem *problem);

/* Opens an existing database for reading only. What it shows is the state of this
 * moment, whatever is written meanwhile. */
struct store *store_open_readonly(const char *path, struct problem *problem);

/* Another reader of the same database, to be used by another thread at the same time;
 * closed with the store. What it shows is the state at the first call. NULL where there
 * can be none: in memory, in the middle of a batch, and where SQLite knows no threads. */
struct store *store_beside(struct store *store);

/* Commits nothing: what the last full batch left stays. NULL is let pass. */
void store_close(struct store *store);

/* Begins a run: facts that follow get identities of their own, whatever the
 * runs before had. `tool_version` and `now` (nanoseconds) describe it. */
bool store_begin_run(struct store *store, const char *tool_version, int64_t now,
                     struct problem *problem);

/* The sink that writes. It commits after every batch of facts. */
struct fact_sink store_sink(struct store *store);

/* What made the sink refuse a fact; "" if nothing did. */
const struct problem *store_problem(const struct store *store);

/* Marks the run complete, makes the indexes, commits. */
bool store_finish_run(struct store *store, struct problem *problem);

#endif
