/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does a database that is written for months stay within an age and a size?  The
 * oldest facts of all kinds are removed, a few at a time, between the facts that keep
 * coming; the space goes back to the file system; and what was removed is remembered.
 */
#ifndef APPLEPATH_STORAGE_RETENTION_H
#define APPLEPATH_STORAGE_RETENTION_H

#include "storage/store.h"

struct retention;

struct retention_limits {
    int64_t keep; /* nanoseconds: facts that ended earlier before now go; 0: of any age */
    uint64_t most_bytes; /* of the file and its log together; 0: any size */
};

/* What the database had and has no more. */
struct removed_facts {
    int64_t before; /* facts of this time and later are all here; TIMESTAMP_NONE: none went */
    uint64_t flows;
    uint64_t dns;
};

/* For a store that is open for writing and has begun a run; makes the indexes that it
 * needs. The store must outlive it. NULL and a problem when the database fails. */
struct retention *retention_create(struct store *store, const struct retention_limits *limits,
                                   struct problem *problem);
void retention_release(struct retention *retention);

/* Removes what is beyond the limits at `now`, for as long as `milliseconds` (at least one
 * step of a few). `more` is set where more remains to be done. What is removed becomes
 * final with the facts that are written. False and a problem when the database fails. */
bool retention_run(struct retention *retention, int64_t now, unsigned milliseconds, bool *more,
                   struct problem *problem);

/* Bytes of the file and its log now. */
uint64_t retention_size(const struct retention *retention);

/* What is remembered; a database that cannot be asked has nothing removed. */
void retention_removed(struct store *store, struct removed_facts *removed);

#endif
