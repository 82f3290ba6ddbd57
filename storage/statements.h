/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The prepared statements, by name, each made once, most of them when it is first asked
 * for; and checked ways to bind and read single values.  storage/rows.h does whole rows.
 */
#ifndef APPLEPATH_STORAGE_STATEMENTS_H
#define APPLEPATH_STORAGE_STATEMENTS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "storage/shares.h"
#include "storage/short_forms.h"

/* Texts are kept up to this many bytes: written ones are cut here, and what reads
 * longer was not written by us and reads as NULL. */
#define TEXT_LIMIT 4096
#define BLOB_LIMIT 65536u

enum statement {
    /* Writes, one for each table in the order of enum table. */
    STATEMENT_WRITE_ROW,
    STATEMENT_FORGET_ROW = STATEMENT_WRITE_ROW + TABLE_COUNT, /* likewise; ?1 the row's number */
    STATEMENT_BEGIN = STATEMENT_FORGET_ROW + TABLE_COUNT,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_HIGHEST, /* -> source, flow, dns: the highest numbers in use */
    STATEMENT_RUN_BEGIN, /* ?1 tool version, ?2 time */
    STATEMENT_RUN_PROGRESS, /* ?1 run, ?2 ?3 ?4 highest source, flow, dns */
    STATEMENT_RUN_FINISH, /* ?1 run */
    /* Reads, in the same order: ?1 since, ?2 until, ?3 device, each NULL for any. */
    STATEMENT_READ_ROWS,
    STATEMENT_READ_ALL_ROWS = STATEMENT_READ_ROWS + TABLE_COUNT, /* the same without limits */
    STATEMENT_READ_EVENTS_OF = STATEMENT_READ_ALL_ROWS + TABLE_COUNT, /* ?1 flow */
    STATEMENT_READ_FLOW, /* ?1 flow */
    STATEMENT_READ_TLS_OF, /* ?1 flow */
    STATEMENT_READ_TLS_IN_SHORT_OF, /* ?1 flow */
    STATEMENT_READ_DNS_BETWEEN, /* ?1 since, ?2 until */
    STATEMENT_READ_HTTP_BETWEEN,
    STATEMENT_READ_NTP_BETWEEN,
    STATEMENT_READ_SHARE, /* in the order of enum fact_share, as the reads of its table */
    STATEMENT_READ_ALL_SHARE = STATEMENT_READ_SHARE + SHARE_COUNT, /* the same without limits */
    STATEMENT_UNFINISHED_RUNS = STATEMENT_READ_ALL_SHARE + SHARE_COUNT, /* ?1 run not to count;
                                                                        * NULL: the newest */
    STATEMENT_REMOVED, /* -> time, flows, dns */
    STATEMENT_COUNT
};

/* What a parameter was given last. SQLite keeps it from row to row, and to give it the same
 * again takes a hundred instructions. All zero: NULL, as of a statement that is new. */
struct bound_value {
    enum { BOUND_NULL, BOUND_NUMBER, BOUND_OTHER } kind;
    int64_t number; /* of BOUND_NUMBER */
};

/* Begin with all bytes zero. */
struct statements {
    sqlite3 *database; /* borrowed */
    bool writable;
    sqlite3_stmt *prepared[STATEMENT_COUNT]; /* NULL: not asked for yet */
    struct short_form forms[TABLE_COUNT];
    struct bound_value bound[TABLE_COUNT][COLUMNS_MOST]; /* of the writes of rows */
};

/* Prepares those that each run needs, by which a table without our columns is found out: of
 * a writer all but FORGET_ROW and the reads, of others READ_ALL_ROWS and those after the
 * shares. SQLite's code. */
int statements_prepare(struct statements *statements, sqlite3 *database, bool writable);
void statements_finalize(struct statements *statements);

/* One of them, by its number, prepared if it was not. Returns SQLite's code; SQLITE_READONLY
 * for a write where nothing is written, SQLITE_MISUSE for what no table has a use for. */
int statements_find(struct statements *statements, unsigned number, sqlite3_stmt **found);

/* The same, for a walk within a walk, and the caller's to finalize. */
int statements_copy(const struct statements *statements, unsigned number, sqlite3_stmt **copy);

/* Whose rows a share is of. */
enum table share_table(enum fact_share share);

/* Which columns its rows have; NULL: all. */
const struct short_form *share_form(const struct statements *statements, enum fact_share share);

/* Runs to the end and resets. SQLITE_OK or the error. */
int statement_run(sqlite3_stmt *statement);

/* Binds text of at most TEXT_LIMIT bytes that outlives the statement's run; NULL is
 * NULL. Binds a number as far as SQLite's reach, INT64_MAX. Return SQLite's code. */
int statement_bind_text(sqlite3_stmt *statement, int index, const char *text);
int statement_bind_count(sqlite3_stmt *statement, int index, uint64_t count);

/* NULL where the time is TIMESTAMP_NONE. */
int statement_bind_time(sqlite3_stmt *statement, int index, int64_t time);

/* NULL unless the value is text of at most TEXT_LIMIT bytes. */
const char *value_text(sqlite3_value *value);
const char *statement_text(sqlite3_stmt *statement, int column);

/* 0 where the number is negative or no number. */
uint64_t statement_count(sqlite3_stmt *statement, int column);

#endif
