/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which captures does a database hold, and which did a run leave unfinished?  They are
 * known by what is in them, wherever they lie and whatever they are called.  Functions
 * return SQLite's result codes and begin no transaction.
 */
#ifndef APPLEPATH_STORAGE_CAPTURES_H
#define APPLEPATH_STORAGE_CAPTURES_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/store.h"

/* Sets `holds`: is a capture of this fact_source.content there, of a run that came to its
 * end? With `whole` false, `content` is the SHA-256 that it begins with. */
int captures_find(sqlite3 *database, const char *content, bool whole, bool *holds);

/* Notes what a run is about to read, or that it came to its end. */
int captures_begin(sqlite3 *database, int64_t run, const struct capture_beginning *captures,
                   size_t count);
int captures_finish(sqlite3 *database, int64_t run);

/* Removes what each run left that had begun one of these captures and not come to its
 * end; adds how many runs that were. */
int captures_remove_unfinished(sqlite3 *database, const struct capture_beginning *captures,
                               size_t count, size_t *removed);

/* Removes all that a run wrote. */
int captures_remove_run(sqlite3 *database, int64_t run);

#endif
