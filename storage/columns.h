/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which column of which table holds which field of a fact?  One line per column;
 * the statements that write and read a table, and the code that binds and reads
 * a row, are made from these lines, so that both directions cannot differ.
 */
#ifndef APPLEPATH_STORAGE_COLUMNS_H
#define APPLEPATH_STORAGE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/enum_words.h"

/* The order of enum fact_kind. */
enum table {
    TABLE_SOURCE,
    TABLE_HOST,
    TABLE_RESOLVER,
    TABLE_FLOW,
    TABLE_EVENT,
    TABLE_DNS,
    TABLE_TLS,
    TABLE_CERTIFICATE,
    TABLE_HTTP,
    TABLE_APNS,
    TABLE_NTP,
    TABLE_LEASE,
    TABLE_PLACE,
    TABLE_MINUTE,
    TABLE_LAYER,
    TABLE_TOTALS,
    TABLE_COUNT
};

/* How a column's value and a field's become one another. */
enum column_kind {
    /* Of the row, not of a field: from struct row_numbers. */
    COLUMN_RUN,
    /* Of a whole fact_dns, and a table's last: its records, see storage/answer_records.h. */
    COLUMN_RECORDS,
    /* Identities within the run in the fact, of the whole database in the table. */
    COLUMN_SOURCE_NUMBER,
    COLUMN_FLOW_NUMBER,
    COLUMN_DNS_NUMBER,
    /* A packet: its number, and the source that it came from.  A row names the
     * source of its first packet once; a later packet names its own only where
     * that differs, which one row in a million does. */
    COLUMN_ROW_SOURCE,
    COLUMN_PACKET,
    COLUMN_PACKET_SOURCE, /* stands after the COLUMN_PACKET of the same field */
    COLUMN_U8,
    COLUMN_U16,
    COLUMN_U32,
    COLUMN_U64,
    COLUMN_BOOL,
    COLUMN_COUNT_OR_UNKNOWN, /* int64_t; below 0: not known, NULL */
    COLUMN_TIME,
    COLUMN_DIFFERENCE, /* int64_t; DIFFERENCE_NONE: NULL */
    COLUMN_BLOB, /* struct bytes; empty: NULL */
    COLUMN_TEXT,
    COLUMN_WORD, /* an enum, as one of `words` */
    COLUMN_TRANSPORT, /* uint8_t: a word, or the number's digits */
    COLUMN_ADDRESS, /* none: NULL */
    COLUMN_KEY_ADDRESS, /* none: '::', since a key must be able to meet itself */
    COLUMN_MAC,
    COLUMN_REFERENCE /* NTP's four bytes as hexadecimal digits: raw ones could hold anything */
};

/* Where the field lies in its struct.  The column is NULL unless one of the
 * `needs_size` bytes at `needs_offset` is other than 0 (a size of 0: no such
 * condition); with `shows`, reading a value sets the bool there. */
struct column {
    const char *name;
    enum column_kind kind;
    size_t offset;
    size_t needs_offset;
    size_t needs_size;
    bool shows;
    const struct words *words;
};

#define COLUMNS_MOST 96 /* of one table */

struct table_columns {
    const char *name;
    const struct column *columns;
    size_t count; /* at most COLUMNS_MOST */
    size_t size; /* of the struct that a row is made from */
};

/* The columns of one table, in the order of its statements. */
const struct table_columns *table_columns(enum table table);

#endif
