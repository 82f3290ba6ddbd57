/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a given database ours, and how does an older one become a current one?  The
 * list of upgrades, and the indexes; the tables are in storage/tables.c.
 */
#include "storage/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "storage/columns.h"
#include "storage/shares.h"
#include "storage/tables.h"

/* What the reads sort by, so that a million rows need no sorting. */
static const char indexes[] =
    "CREATE INDEX IF NOT EXISTS flow_by_time ON flow (first_time);\n"
    "CREATE INDEX IF NOT EXISTS event_by_flow ON event (flow, packet_time);\n"
    "CREATE INDEX IF NOT EXISTS dns_by_time ON dns (coalesce(query_time, answer_time));\n"
    "CREATE INDEX IF NOT EXISTS dns_asked_for ON dns (coalesce(query_time, answer_time))"
    " WHERE " ASKED_FOR ";\n"
    /* Of the few flows that some rule asks for; see storage/shares.h. */
    "CREATE INDEX IF NOT EXISTS flow_reset ON flow (first_time) WHERE outcome = 'reset';\n"
    "CREATE INDEX IF NOT EXISTS flow_tunnelled ON flow (first_time)"
    " WHERE tunnel_port IS NOT NULL;\n"
    "CREATE INDEX IF NOT EXISTS flow_hiding_names ON flow (first_time)"
    " WHERE name_privacy IS NOT NULL;\n"
    "CREATE INDEX IF NOT EXISTS tls_without_data ON tls (flow) WHERE " WITHOUT_DATA ";\n"
    "CREATE INDEX IF NOT EXISTS tls_with_chain ON tls (flow) WHERE chain IS NOT NULL;\n"
    "CREATE INDEX IF NOT EXISTS http_by_time ON http (coalesce(request_time, answer_time));\n"
    "CREATE INDEX IF NOT EXISTS http_autoconfig ON http (coalesce(request_time, answer_time))"
    " WHERE purpose = 'autoconfig';\n"
    "CREATE INDEX IF NOT EXISTS ntp_by_time ON ntp (coalesce(request_time, answer_time));\n"
    /* For storage/retention.c. */
    "CREATE INDEX IF NOT EXISTS lease_by_time ON lease (first_time);\n"
    "CREATE INDEX IF NOT EXISTS minute_by_time ON minute (minute_time);\n";

static const char version_1_marks[] = "PRAGMA application_id = 1095782476;\n"
                                      "PRAGMA user_version = 1;\n";

/* Each ends by saying so. A database of every released version is kept in tests/unit. */
static const struct schema_upgrade upgrades[SCHEMA_VERSION] = {
    {table_definitions, version_1_marks},
};

/* The first column of the first row as a number. */
static int query_number(sqlite3 *database, const char *sql, int *number)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);

    if (code != SQLITE_OK)
        return code;
    if (sqlite3_step(statement) == SQLITE_ROW)
        *number = sqlite3_column_int(statement, 0);
    return sqlite3_finalize(statement);
}

static bool is_column_of(const struct table_columns *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return true;
    return false;
}

/* Has the table our columns and no others (but for a number of its own)? Versions that
 * were never released changed them, and kept the schema's number. */
static int compare_columns(sqlite3 *database, const struct table_columns *table, bool *same)
{
    sqlite3_stmt *statement = NULL;
    size_t found = 0;
    char sql[64];
    int code;

    /* Not by pragma_table_info: a stranger's table can be called so, and be a virtual one. */
    snprintf(sql, sizeof sql, "PRAGMA table_info(%s)", table->name);
    code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 1);

        if (name != NULL && is_column_of(table, name))
            found++;
        else if (name == NULL || strcmp(name, "id") != 0)
            *same = false;
        code = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    *same = *same && found == table->count;
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int compare_tables(sqlite3 *database, bool *same)
{
    int code = SQLITE_OK;

    *same = true;
    for (unsigned i = 0; i < TABLE_COUNT && code == SQLITE_OK; i++)
        code = compare_columns(database, table_columns((enum table)i), same);
    return code;
}

int schema_inspect(sqlite3 *database, enum schema_state *state, int *version)
{
    bool same = true;
    int application = 0, objects = 0, tables = 0, code;

    *version = 0;
    if ((code = query_number(database, "PRAGMA application_id", &application)) != SQLITE_OK ||
        (code = query_number(database, "PRAGMA user_version", version)) != SQLITE_OK ||
        (code = query_number(database, "SELECT count(*) FROM sqlite_master", &objects)) !=
            SQLITE_OK)
        return code;
    /* Views and virtual tables by our names would run what a stranger wrote. */
    code = query_number(database,
                        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
                        " AND name IN ('run', 'source', 'host', 'resolver', 'totals', 'flow',"
                        " 'event', 'dns', 'tls', 'certificate', 'http', 'apns',"
                        " 'ntp', 'lease', 'place', 'minute', 'layer', 'removed',"
                        " 'begun')",
                        &tables);
    if (code == SQLITE_OK && application == SCHEMA_APPLICATION_ID && *version == SCHEMA_VERSION &&
        tables == TABLES_WANTED)
        code = compare_tables(database, &same);
    if (application == 0 && *version == 0 && objects == 0)
        *state = SCHEMA_EMPTY;
    else if (application != SCHEMA_APPLICATION_ID)
        *state = SCHEMA_FOREIGN;
    else if (*version > SCHEMA_VERSION)
        *state = SCHEMA_NEWER;
    else if (*version >= 1 && *version < SCHEMA_VERSION)
        *state = SCHEMA_OLDER;
    else if (*version < 1 || tables != TABLES_WANTED || !same)
        *state = SCHEMA_DAMAGED;
    else
        *state = SCHEMA_OURS;
    return code;
}

static int run_upgrade(sqlite3 *database, const struct schema_upgrade *upgrade)
{
    int code = SQLITE_OK;

    for (size_t i = 0; upgrade->steps[i] != NULL && code == SQLITE_OK; i++)
        code = sqlite3_exec(database, upgrade->steps[i], NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(database, upgrade->marks, NULL, NULL, NULL);
    return code;
}

int schema_upgrade_by(sqlite3 *database, const struct schema_upgrade *list, int newest)
{
    int version = 0;
    int code = sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    if (code != SQLITE_OK)
        return code;
    code = query_number(database, "PRAGMA user_version", &version);
    for (; code == SQLITE_OK && version >= 0 && version < newest; version++)
        code = run_upgrade(database, &list[version]);
    if (code == SQLITE_OK)
        code = sqlite3_exec(database, "COMMIT", NULL, NULL, NULL);
    if (code != SQLITE_OK && !sqlite3_get_autocommit(database))
        sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL);
    return code;
}

int schema_upgrade(sqlite3 *database)
{
    return schema_upgrade_by(database, upgrades, SCHEMA_VERSION);
}

int schema_make_indexes(sqlite3 *database)
{
    return sqlite3_exec(database, indexes, NULL, NULL, NULL);
}
