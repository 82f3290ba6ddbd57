/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the program ask of the database?  The texts of all statements, most
 * of them made from the columns' table, and the binding of single values.
 */
#include "storage/statements.h"

#include <string.h>

#include "base/timestamp.h"

#define OVERLAPS "(?1 IS NULL OR last_time >= ?1) AND (?2 IS NULL OR first_time <= ?2)"
#define DEVICE "(?3 IS NULL OR client_address = ?3)"
#define WITHIN(time) "(?1 IS NULL OR " time " >= ?1) AND (?2 IS NULL OR " time " <= ?2)"
#define DNS_TIME "coalesce(query_time, answer_time)"
#define HTTP_TIME "coalesce(request_time, answer_time)"
#define NTP_TIME "coalesce(request_time, answer_time)"
/* Limited as the flow is that it tells of; unlimited, the flow need not be there. */
#define OF_FLOW(table)                                                                             \
    "(coalesce(?1, ?2, ?3) IS NULL OR EXISTS (SELECT 1 FROM flow WHERE flow.id = " table ".flow"   \
    " AND " OVERLAPS " AND " DEVICE "))"

static const char *const read_conditions[TABLE_COUNT] = {
    [TABLE_SOURCE] = "ORDER BY id",
    [TABLE_HOST] = "WHERE " OVERLAPS " AND (?3 IS NULL OR address = ?3) ORDER BY run, address",
    [TABLE_RESOLVER] =
        "WHERE " OVERLAPS " AND " DEVICE " ORDER BY run, client_address, resolver_address",
    [TABLE_FLOW] = "WHERE " OVERLAPS " AND " DEVICE " ORDER BY first_time, id",
    [TABLE_EVENT] = "WHERE " OF_FLOW("event") " ORDER BY packet_time, id",
    [TABLE_DNS] = "WHERE " WITHIN(DNS_TIME) " AND " DEVICE " ORDER BY " DNS_TIME ", id",
    [TABLE_TLS] = "WHERE " OF_FLOW("tls") " ORDER BY flow",
    [TABLE_CERTIFICATE] = "ORDER BY run, sha256",
    [TABLE_HTTP] = "WHERE " WITHIN(HTTP_TIME) " AND " DEVICE " ORDER BY " HTTP_TIME ", id",
    [TABLE_APNS] = "WHERE " OF_FLOW("apns") " ORDER BY flow",
    [TABLE_LEASE] = "WHERE " WITHIN("first_time") " AND (?3 IS NULL OR address = ?3"
                                                  " OR told_by = 'router') ORDER BY first_time, id",
    [TABLE_PLACE] = "ORDER BY address",
    /* Of the capture, whichever device is asked for. */
    [TABLE_MINUTE] =
        "WHERE " WITHIN("minute_time") " AND (?3 IS NULL OR 1) ORDER BY source, minute_time",
    [TABLE_NTP] = "WHERE " WITHIN(NTP_TIME) " AND " DEVICE " ORDER BY " NTP_TIME ", id",
    [TABLE_LAYER] = "ORDER BY run, name",
    [TABLE_TOTALS] = "ORDER BY run",
    [TABLE_DNS_RECORD] = "WHERE dns = ?1 ORDER BY position LIMIT ?2",
};

/* Rules that look at a few rows of many have the database pick them. */
static const struct share {
    enum table table;
    bool in_short;
    const char *condition;
} shares[SHARE_COUNT] = {
    [SHARE_FLOWS_IN_SHORT] = {TABLE_FLOW, true, "1"},
    [SHARE_FLOWS_RESET] = {TABLE_FLOW, false, "outcome = 'reset'"},
    [SHARE_FLOWS_TUNNELLED] = {TABLE_FLOW, false, "tunnel_port IS NOT NULL"},
    [SHARE_FLOWS_OF_TIME] = {TABLE_FLOW, false, "server_port = 123"},
    [SHARE_FLOWS_HIDING_NAMES] = {TABLE_FLOW, false, "name_privacy IS NOT NULL"},
    [SHARE_FLOWS_OF_IDLE_PUSH] = {TABLE_FLOW, false,
                                  "id IN (SELECT flow FROM apns WHERE idle_at_end IS NOT NULL)"},
    [SHARE_FLOWS_LOSSY] = {TABLE_FLOW, false, "client_missing > 0 OR server_missing > 0"},
    [SHARE_FLOWS_WITH_CHAIN] = {TABLE_FLOW, false,
                                "id IN (SELECT flow FROM tls WHERE chain IS NOT NULL)"},
    [SHARE_TLS_WITH_CHAIN] = {TABLE_TLS, false, "chain IS NOT NULL"},
    [SHARE_TLS_WITHOUT_DATA] = {TABLE_TLS, false, WITHOUT_DATA},
    [SHARE_FLOWS_WITHOUT_DATA] = {TABLE_FLOW, false,
                                  "id IN (SELECT flow FROM tls WHERE " WITHOUT_DATA ")"},
    [SHARE_TLS_IN_SHORT] = {TABLE_TLS, true, "1"},
    [SHARE_DNS_OF_PUSH] = {TABLE_DNS, false,
                           "(" ASKED_FOR ") AND type = 16 AND name = 'push.apple.com'"},
    [SHARE_DNS_OF_RELAY] = {TABLE_DNS, false, "(" ASKED_FOR ") AND name LIKE 'mask%'"},
    [SHARE_DNS_OF_WPAD] = {TABLE_DNS, false,
                           "(" ASKED_FOR ") AND (name = 'wpad' OR name LIKE 'wpad.%')"},
};

#define BETWEEN(time) "WHERE " time " BETWEEN ?1 AND ?2 ORDER BY " time ", id"

/* What belongs to one flow or one moment: found by an index. */
static const struct few_rows {
    enum statement statement;
    enum table table;
    const char *condition;
} few_rows[] = {
    {STATEMENT_READ_EVENTS_OF, TABLE_EVENT, "WHERE flow = ?1 ORDER BY packet_time, id"},
    {STATEMENT_READ_FLOW, TABLE_FLOW, "WHERE id = ?1"},
    {STATEMENT_READ_TLS_OF, TABLE_TLS, "WHERE flow = ?1"},
    {STATEMENT_READ_DNS_BETWEEN, TABLE_DNS, BETWEEN(DNS_TIME)},
    {STATEMENT_READ_HTTP_BETWEEN, TABLE_HTTP, BETWEEN(HTTP_TIME)},
    {STATEMENT_READ_NTP_BETWEEN, TABLE_NTP, BETWEEN(NTP_TIME)},
};

static const struct fixed_statement {
    enum statement statement;
    const char *sql;
} fixed_statements[] = {
    {STATEMENT_FORGET_RECORDS, "DELETE FROM dns_record WHERE dns = ?1"},
    /* At once the writer's: to find out at the first row would be too late to wait. */
    {STATEMENT_BEGIN, "BEGIN IMMEDIATE"},
    {STATEMENT_COMMIT, "COMMIT"},
    {STATEMENT_ROLLBACK, "ROLLBACK"},
    {STATEMENT_HIGHEST,
     "SELECT max(coalesce((SELECT max(id) FROM source), 0), coalesce(max(highest_source), 0)),"
     " max(coalesce((SELECT max(id) FROM flow), 0), coalesce(max(highest_flow), 0)),"
     " max(coalesce((SELECT max(id) FROM dns), 0), coalesce(max(highest_dns), 0)) FROM run"},
    {STATEMENT_RUN_BEGIN, "INSERT INTO run (tool_version, begun_time) VALUES (?1, ?2)"},
    {STATEMENT_RUN_PROGRESS, "UPDATE run SET highest_source = ?2, highest_flow = ?3,"
                             " highest_dns = ?4 WHERE id = ?1"},
    {STATEMENT_RUN_FINISH, "UPDATE run SET finished = 1 WHERE id = ?1"},
    {STATEMENT_SOURCE_NAME, "SELECT name FROM source WHERE id = ?1"},
    {STATEMENT_UNFINISHED_RUNS, "SELECT count(*) FROM run WHERE NOT finished"
                                " AND id <> coalesce(?1, (SELECT max(id) FROM run))"},
    {STATEMENT_REMOVED,
     "SELECT before_time, flows, dns FROM removed WHERE before_time IS NOT NULL"},
};

enum table share_table(enum fact_share share)
{
    return shares[share].table;
}

static int prepare(sqlite3 *database, const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
}

/* Finishes the SQL text and prepares it. */
static int prepare_built(sqlite3 *database, sqlite3_str *sql, sqlite3_stmt **statement)
{
    char *text = sqlite3_str_finish(sql);
    int code = text != NULL ? prepare(database, text, statement) : SQLITE_NOMEM;

    sqlite3_free(text);
    return code;
}

static void add_column_names(sqlite3_str *sql, const struct table_columns *table, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sqlite3_str_appendf(sql, "%s%s", i == 0 ? "" : ", ", table->columns[i].name);
}

/* Rows of tables that have numbers of their own (all but those WITHOUT ROWID). */
static int prepare_forget(sqlite3 *database, enum table table, sqlite3_stmt **statement)
{
    sqlite3_str *sql;

    if (table == TABLE_HOST || table == TABLE_RESOLVER || table == TABLE_CERTIFICATE ||
        table == TABLE_PLACE || table == TABLE_LAYER || table == TABLE_DNS_RECORD)
        return SQLITE_OK;
    sql = sqlite3_str_new(database);
    sqlite3_str_appendf(sql, "DELETE FROM %s WHERE rowid = ?1", table_columns(table)->name);
    return prepare_built(database, sql, statement);
}

static int prepare_write(sqlite3 *database, enum table table, sqlite3_stmt **statement)
{
    const struct table_columns *columns = table_columns(table);
    sqlite3_str *sql = sqlite3_str_new(database);

    sqlite3_str_appendf(sql, "INSERT OR REPLACE INTO %s (", columns->name);
    add_column_names(sql, columns, columns->count);
    for (size_t i = 0; i < columns->count; i++)
        sqlite3_str_appendall(sql, i == 0 ? ") VALUES (?" : ", ?");
    sqlite3_str_appendall(sql, ")");
    return prepare_built(database, sql, statement);
}

static int prepare_read(sqlite3 *database, enum table table, size_t count, const char *condition,
                        sqlite3_stmt **statement)
{
    const struct table_columns *columns = table_columns(table);
    sqlite3_str *sql = sqlite3_str_new(database);

    sqlite3_str_appendall(sql, "SELECT ");
    add_column_names(sql, columns, count);
    sqlite3_str_appendf(sql, " FROM %s %s", columns->name, condition);
    return prepare_built(database, sql, statement);
}

/* What is asked besides of the rows of a kind, before their limits and order. */
static int prepare_share(sqlite3 *database, const struct share *share, sqlite3_stmt **statement)
{
    const struct table_columns *columns = table_columns(share->table);
    size_t count = share->in_short ? columns->short_count : columns->count;
    char condition[1024];

    sqlite3_snprintf((int)sizeof condition, condition, "WHERE (%s) AND %s", share->condition,
                     read_conditions[share->table] + strlen("WHERE "));
    return prepare_read(database, share->table, count, condition, statement);
}

int statements_prepare(struct statements *statements, sqlite3 *database, bool writable)
{
    sqlite3_stmt **prepared = statements->prepared;
    int code = SQLITE_OK;

    for (unsigned i = 0; i < TABLE_COUNT && code == SQLITE_OK; i++) {
        code = prepare_read(database, (enum table)i, table_columns((enum table)i)->count,
                            read_conditions[i], &prepared[STATEMENT_READ_ROWS + i]);
        if (code == SQLITE_OK && writable)
            code = prepare_write(database, (enum table)i, &prepared[STATEMENT_WRITE_ROW + i]);
        if (code == SQLITE_OK && writable)
            code = prepare_forget(database, (enum table)i, &prepared[STATEMENT_FORGET_ROW + i]);
    }
    for (size_t i = 0; i < sizeof few_rows / sizeof few_rows[0] && code == SQLITE_OK; i++)
        code = prepare_read(database, few_rows[i].table, table_columns(few_rows[i].table)->count,
                            few_rows[i].condition, &prepared[few_rows[i].statement]);
    for (unsigned i = 0; i < SHARE_COUNT && code == SQLITE_OK; i++)
        code = prepare_share(database, &shares[i], &prepared[STATEMENT_READ_SHARE + i]);
    for (size_t i = 0; i < sizeof fixed_statements / sizeof fixed_statements[0]; i++) {
        const struct fixed_statement *fixed = &fixed_statements[i];
        if (code == SQLITE_OK && (writable || fixed->statement >= STATEMENT_READ_ROWS))
            code = prepare(database, fixed->sql, &prepared[fixed->statement]);
    }
    return code;
}

void statements_finalize(struct statements *statements)
{
    for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(statements->prepared[i]);
        statements->prepared[i] = NULL;
    }
}

int statement_run(sqlite3_stmt *statement)
{
    int code;

    do {
        code = sqlite3_step(statement);
    } while (code == SQLITE_ROW);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

int statement_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    if (text == NULL)
        return sqlite3_bind_null(statement, index);
    return sqlite3_bind_text(statement, index, text, (int)strnlen(text, TEXT_LIMIT), SQLITE_STATIC);
}

int statement_bind_count(sqlite3_stmt *statement, int index, uint64_t count)
{
    return sqlite3_bind_int64(statement, index, count > INT64_MAX ? INT64_MAX : (int64_t)count);
}

int statement_bind_time(sqlite3_stmt *statement, int index, int64_t time)
{
    if (time == TIMESTAMP_NONE)
        return sqlite3_bind_null(statement, index);
    return sqlite3_bind_int64(statement, index, time);
}

const char *value_text(sqlite3_value *value)
{
    if (sqlite3_value_type(value) != SQLITE_TEXT)
        return NULL;
    const unsigned char *text = sqlite3_value_text(value);
    if (sqlite3_value_bytes(value) > TEXT_LIMIT)
        return NULL;
    return (const char *)text;
}

const char *statement_text(sqlite3_stmt *statement, int column)
{
    return value_text(sqlite3_column_value(statement, column));
}

uint64_t statement_count(sqlite3_stmt *statement, int column)
{
    int64_t number = sqlite3_column_int64(statement, column);

    return number > 0 ? (uint64_t)number : 0;
}
