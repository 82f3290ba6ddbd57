/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which columns of a table does a reading in short have?  Those that a rule wants of
 * all rows: of a million, each column that is not read saves a tenth of a second.
 */
#ifndef APPLEPATH_STORAGE_SHORT_FORMS_H
#define APPLEPATH_STORAGE_SHORT_FORMS_H

#include "storage/columns.h"

#define SHORT_LIMIT 40

/* Columns by their place in the table, in its order. */
struct short_form {
    size_t count;
    unsigned char columns[SHORT_LIMIT];
};

/* The names of the columns, to NULL; NULL: there is no short form. */
const char *const *table_in_short(enum table table);
struct short_form table_short_form(enum table table);

#endif
