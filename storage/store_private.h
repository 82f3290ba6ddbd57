/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a store is inside; for store.c, which writes, and facts.c, which reads.
 */
#ifndef APPLEPATH_STORAGE_STORE_PRIVATE_H
#define APPLEPATH_STORAGE_STORE_PRIVATE_H

#include <stddef.h>

#include "storage/connection.h"
#include "storage/rows.h"
#include "storage/statements.h"
#include "storage/store.h"

/* A row that the next snapshot will tell anew, if it still holds. */
struct standing_row {
    enum table table;
    int64_t row;
};

struct store {
    struct connection connection;
    struct store *beside; /* NULL until it is asked for */
    struct statements statements;
    struct row_numbers numbers; /* of the run being written; its run is 0 when there is none */
    size_t uncommitted; /* facts in the open transaction */
    bool live; /* commits come from store_commit_snapshot alone */
    bool in_snapshot;
    struct standing_row *standing; /* owned: what the last snapshot told */
    size_t standing_count;
    size_t standing_capacity;
    uint64_t memory_limit; /* bytes, of a database in memory */
    uint64_t dropped; /* facts of the run, since that is full */
    bool full;
    uint64_t log_limit; /* bytes, from which on the log is long */
    bool log_is_held; /* at the last snapshot: it is, and somebody reads what was */
    struct problem problem; /* why the sink refuses; "" while it does not */
};

#endif
