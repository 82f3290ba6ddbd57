/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a database may do to who opens it: whoever wrote the file may have meant harm.
 */
#ifndef APPLEPATH_STORAGE_CAUTION_H
#define APPLEPATH_STORAGE_CAUTION_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* Bytes of a value, and of a row: a database that holds longer ones was not written by us. */
#define CAUTION_LONGEST_CELL 1000000

/* How much a file may still ask of its reader. It must not move while the database is
 * open. */
struct caution {
    uint64_t effort; /* rounds of SQLite's instructions that are left */
    uint64_t most_rows; /* more no table can have */
    uint64_t most_bytes; /* of texts and blobs, which no walk over rows can have */
};

/* Right after opening: nothing in the file may run code, and no damage in it may lead
 * past a page. Until caution_measure little may be done. SQLite's code. */
int caution_begin(sqlite3 *database, struct caution *caution, bool writable);

/* Before a database is opened to be written: does a journal lie beside it that names a
 * further file, which SQLite would take away? Ours never do. */
bool caution_journal_names_a_file(const char *path);

/* In the read transaction, and before what is to be written: allows what a file of this
 * size can need. SQLite's code. */
int caution_measure(sqlite3 *database, struct caution *caution);

/* A row of our own comes to it: that, and what is done with it later, may take effort. */
static inline void caution_allow_row(struct caution *caution)
{
    caution->effort += caution->effort < UINT64_MAX;
}

/* Of a database that nobody else can have written. */
void caution_lift(struct caution *caution);

#endif
