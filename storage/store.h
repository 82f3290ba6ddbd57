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
 * closed with the store. What it shows is what the store shows. NULL where there can be
 * none: in memory, in the middle of a batch, where another writes, and where SQLite knows
 * no threads. */
struct store *store_beside(struct store *store);

/* Commits nothing: what the last full batch left stays. NULL is let pass. */
void store_close(struct store *store);

/* Begins a run: facts that follow get identities of their own, whatever the
 * runs before had. `tool_version` and `now` (nanoseconds) describe it. */
bool store_begin_run(struct store *store, const char *tool_version, int64_t now,
                     struct problem *problem);

/* A capture that is about to be read: the SHA-256 of its first MiB (unpacked), which
 * fact_source.content begins with; NULL where that cannot be known before. */
struct capture_beginning {
    const char *name;
    const char *content;
};

/* store_begin_run for captures. What runs left that had begun one of them, and were
 * stopped before their end, goes in the same moment; `removed` is how many runs. */
bool store_begin_reading(struct store *store, const char *tool_version, int64_t now,
                         const struct capture_beginning *captures, size_t count, size_t *removed,
                         struct problem *problem);

/* Sets `holds`: is a capture of this fact_source.content there, of a run that came to its
 * end? With `whole` false, of one that begins with this SHA-256. */
bool store_holds_capture(struct store *store, const char *content, bool whole, bool *holds,
                         struct problem *problem);

/* Takes the run under way back, with all that was committed of it. */
bool store_take_back_run(struct store *store, struct problem *problem);

/* The sink that writes. It commits after every batch of facts. */
struct fact_sink store_sink(struct store *store);

/* A database in memory takes no more than so many bytes of facts (at first
 * STORE_MEMORY_LIMIT): then only what tells of hosts, sources and the run is taken, and
 * the rest counted, in fact_totals.facts_dropped. A file has no such limit. */
#define STORE_MEMORY_LIMIT (UINT64_C(160) << 20)
void store_limit_memory(struct store *store, uint64_t bytes);

/* What made the sink refuse a fact; "" if nothing did. */
const struct problem *store_problem(const struct store *store);

/* The run is a live one, which others read while it is written: the indexes are made
 * now, and only snapshots are committed, each as a whole. Follows store_begin_run. */
bool store_go_live(struct store *store, struct problem *problem);

/* Facts from now to store_commit_snapshot tell how things stand. Those of flows and of
 * questions and answers hold until the next fact, and are taken back then; the others
 * take the place of what was told of the same before. What is over must not be told
 * between the two: it would be taken back as well. */
void store_begin_snapshot(struct store *store);
bool store_commit_snapshot(struct store *store, struct problem *problem);

/* Was the log long at the last snapshot, and could not begin anew, since somebody reads an
 * older state? It grows with each snapshot then. */
bool store_log_is_held(const struct store *store);

/* Facts that no commit has made safe so far. */
size_t store_uncommitted(const struct store *store);

/* Opens the database of a store that this process writes, for another thread to read
 * while it does. The writer must outlive it. */
struct store *store_open_beside(const struct store *writer, struct problem *problem);

/* What a store that was opened for reading shows is the state of now again. */
bool store_refresh(struct store *reader, struct problem *problem);

/* Until then nothing is read: while somebody looks at an older state, all that is written
 * must stay in the log, which then has no bound. */
bool store_rest(struct store *reader, struct problem *problem);

/* Marks the run complete, makes the indexes, commits. */
bool store_finish_run(struct store *store, struct problem *problem);

#endif
