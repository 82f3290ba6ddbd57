/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL text that makes the newest schema's tables and views.
 */
#ifndef APPLEPATH_STORAGE_TABLES_H
#define APPLEPATH_STORAGE_TABLES_H

#define TABLES_WANTED 19 /* how many tables there are then */

/* To be run in this order; ends with NULL. */
extern const char *const table_definitions[];

#endif
