/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row in, one row out: a struct's fields bound to a statement, and a row's
 * values put into a struct, both as the columns' table says.  What is read may be
 * anything, since anybody can edit a database.
 */
#ifndef APPLEPATH_STORAGE_ROWS_H
#define APPLEPATH_STORAGE_ROWS_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/text.h"
#include "storage/short_forms.h"
#include "storage/statements.h"

/* What a row has from its run, and the highest numbers that were written. */
struct row_numbers {
    int64_t run;
    uint64_t source_offset, flow_offset, dns_offset;
    uint64_t highest_source, highest_flow, highest_dns;
    struct text records; /* those of the DNS transaction being written; owned */
};

/* Binds and runs the write of one row; `row` is the struct that the table's columns
 * describe, `bound` what this statement alone was given so far. SQLite's code; SQLITE_RANGE
 * when the numbers have run out. */
int row_write(sqlite3_stmt *statement, enum table table, const void *row,
              struct row_numbers *numbers, struct bound_value *bound);

/* Fills `row` (all its bytes zero before) from the statement's current row, which has
 * the table's columns, or those of `form` where it is not NULL; texts are borrowed from
 * it, records are not read. A value that cannot be what it should reads as none or 0;
 * times are held within the years 1823 to 2116, so that differences never overflow.
 * Returns how many bytes the row's texts and blobs have, whatever they are. */
uint64_t row_read(sqlite3_stmt *statement, enum table table, const struct short_form *form,
                  void *row);

#endif
