/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the database look like, is a given one ours, and how does an older
 * one become a current one?  Functions return SQLite's result codes.
 */
#ifndef APPLEPATH_STORAGE_SCHEMA_H
#define APPLEPATH_STORAGE_SCHEMA_H

#include <sqlite3.h>

/* In the file's header (PRAGMA application_id): "APPL". */
#define SCHEMA_APPLICATION_ID 0x4150504c

/* The newest schema this program knows (PRAGMA user_version). */
#define SCHEMA_VERSION 1

enum schema_state {
    SCHEMA_EMPTY, /* no tables, and no program's mark */
    SCHEMA_OURS, /* ours, of SCHEMA_VERSION */
    SCHEMA_OLDER, /* ours, to be upgraded before it is used */
    SCHEMA_NEWER, /* ours, of a version to come */
    SCHEMA_FOREIGN, /* another program's */
    SCHEMA_DAMAGED /* our mark, but not our tables and columns */
};

/* One step from a schema to the next: SQL texts, and what marks the file as that. */
struct schema_upgrade {
    const char *const *steps; /* ends with NULL */
    const char *marks;
};

/* Sets `state` and `version`; they mean nothing unless it returns SQLITE_OK. */
int schema_inspect(sqlite3 *database, enum schema_state *state, int *version);

/* Makes or upgrades the tables and views, in one transaction. Asks again what is
 * there, since another process may have been quicker. */
int schema_upgrade(sqlite3 *database);

/* The same by a list: upgrades[n] turns schema n into n + 1, up to `newest`. */
int schema_upgrade_by(sqlite3 *database, const struct schema_upgrade *upgrades, int newest);

/* Makes the indexes that are missing: late, since filling a table that has none
 * is much faster. */
int schema_make_indexes(sqlite3 *database);

#endif
