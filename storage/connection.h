/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection to one database: made with care for whose file it is, ended so
 * that a single file stays behind, and the one place that turns SQLite's codes
 * into sentences.
 */
#ifndef APPLEPATH_STORAGE_CONNECTION_H
#define APPLEPATH_STORAGE_CONNECTION_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/problem.h"
#include "storage/caution.h"

/* Begin with CONNECTION_CLOSED. */
struct connection {
    sqlite3 *database;
    char *path; /* as given; NULL: in memory */
    int lock; /* descriptor that holds, or asks for, the writer's lock; -1: none */
    bool created;
    bool writable;
    bool written_beside; /* opened for reading, and somebody writes */
    struct caution caution;
};

#define CONNECTION_CLOSED                                                                          \
    {                                                                                              \
        NULL, NULL, -1, false, false, false,                                                       \
        {                                                                                          \
            0, UINT64_MAX, UINT64_MAX                                                              \
        }                                                                                          \
    }

/* Opens for writing; `path` NULL: in memory. A missing file is made, readable by
 * its owner alone. The tables are there and current when it returns true. */
bool connection_open(struct connection *connection, const char *path, struct problem *problem);

/* Opens for reading. What is seen is the state at this moment, whatever another
 * process writes meanwhile. */
bool connection_open_readonly(struct connection *connection, const char *path,
                              struct problem *problem);

/* The same of a database that this very process has open already. */
bool connection_open_beside(struct connection *connection, const char *path,
                            struct problem *problem);

/* Does somebody else write what is read here, or did so when it was opened? */
bool connection_is_written_beside(const struct connection *connection);

/* From now on as much may be done as a file of this size can need. SQLite's code. */
int connection_measure(struct connection *connection);

/* Of one opened for reading: what is seen is the state of now. SQLite's code. */
int connection_refresh(struct connection *connection);

/* Of the same: nothing is looked at until connection_refresh. SQLite's code. */
int connection_rest(struct connection *connection);

/* Ends an open or failed connection; all statements must be finalized. */
void connection_close(struct connection *connection);

/* As connection_close, and takes away the file that this connection made. */
void connection_discard(struct connection *connection);

/* Says what an SQLite code means for this database. Returns false. */
bool connection_problem(const struct connection *connection, int code, struct problem *problem);

#endif
