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

/* The rows of a flow's opening as the columns' table has those of `event`: kind, time, packet
 * and sender are known, the rest is not. The last column orders what came at one time. */
#define OPENING(kind, time, source, packet, sent_by, sender, ttl, process, condition)              \
    "SELECT id, " kind ", " time ", " source ", " packet ", " sent_by ", " sender ", " ttl         \
    ", NULL, NULL, NULL, NULL, NULL, NULL, NULL, " process                                         \
    ", 0 FROM flow WHERE id = ?1 AND " condition " UNION ALL "
#define OPENINGS                                                                                   \
    OPENING("'syn'", "first_syn_time", "source", "first_packet", "'client'", "client_address",     \
            "client_ttl", "process", OPENED_BY_SYN)                                                \
    OPENING("'syn-ack'", "syn_ack_time", "coalesce(syn_ack_packet_source, source)",                \
            "syn_ack_packet", "'server'", "server_address", "server_ttl", "NULL",                  \
            OPENED_BY_SYN_ACK)

/* What limits a reading, and how its rows follow one another. */
static const struct read {
    const char *limits; /* NULL: none */
    const char *order;
} reads[TABLE_COUNT] = {
    [TABLE_SOURCE] = {NULL, "id"},
    [TABLE_HOST] = {OVERLAPS " AND (?3 IS NULL OR address = ?3)", "run, address"},
    [TABLE_RESOLVER] = {OVERLAPS " AND " DEVICE, "run, client_address, resolver_address"},
    [TABLE_FLOW] = {OVERLAPS " AND " DEVICE, "first_time, id"},
    [TABLE_EVENT] = {OF_FLOW("event"), "packet_time, id"},
    [TABLE_DNS] = {WITHIN(DNS_TIME) " AND " DEVICE, DNS_TIME ", id"},
    [TABLE_TLS] = {OF_FLOW("tls"), "flow"},
    [TABLE_CERTIFICATE] = {NULL, "run, sha256"},
    [TABLE_HTTP] = {WITHIN(HTTP_TIME) " AND " DEVICE, HTTP_TIME ", id"},
    [TABLE_APNS] = {OF_FLOW("apns"), "flow"},
    [TABLE_LEASE] = {WITHIN("first_time") " AND (?3 IS NULL OR address = ?3"
                                          " OR told_by = 'router')",
                     "first_time, id"},
    [TABLE_PLACE] = {NULL, "address"},
    /* Of the capture, whichever device is asked for. */
    [TABLE_MINUTE] = {WITHIN("minute_time") " AND (?3 IS NULL OR 1)", "source, minute_time"},
    [TABLE_NTP] = {WITHIN(NTP_TIME) " AND " DEVICE, NTP_TIME ", id"},
    [TABLE_LAYER] = {NULL, "run, name"},
    [TABLE_TOTALS] = {NULL, "run"},
};

/* Rules that look at a few rows of many have the database pick them. */
static const struct share {
    enum table table;
    bool in_short;
    const char *condition; /* NULL: all of them */
    const char *order; /* NULL: as the table's */
} shares[SHARE_COUNT] = {
    [SHARE_FLOWS_IN_SHORT] = {TABLE_FLOW, true, NULL, NULL},
    [SHARE_FLOWS_RESET] = {TABLE_FLOW, false, "outcome = 'reset'", NULL},
    [SHARE_FLOWS_TUNNELLED] = {TABLE_FLOW, false, "tunnel_port IS NOT NULL", NULL},
    [SHARE_FLOWS_HIDING_NAMES] = {TABLE_FLOW, false, "name_privacy IS NOT NULL", NULL},
    [SHARE_FLOWS_OF_IDLE_PUSH] = {TABLE_FLOW, false,
                                  "id IN (SELECT flow FROM apns WHERE idle_at_end IS NOT NULL)",
                                  NULL},
    [SHARE_FLOWS_LOSSY] = {TABLE_FLOW, false, "client_missing > 0 OR server_missing > 0", NULL},
    [SHARE_FLOWS_WITH_CHAIN] = {TABLE_FLOW, true,
                                "id IN (SELECT flow FROM tls WHERE chain IS NOT NULL)", NULL},
    [SHARE_TLS_WITH_CHAIN] = {TABLE_TLS, false, "chain IS NOT NULL", NULL},
    [SHARE_TLS_WITHOUT_DATA] = {TABLE_TLS, false, WITHOUT_DATA, NULL},
    [SHARE_FLOWS_WITHOUT_DATA] = {TABLE_FLOW, false,
                                  "id IN (SELECT flow FROM tls WHERE " WITHOUT_DATA ")", NULL},
    [SHARE_DNS_IN_SHORT] = {TABLE_DNS, true, NULL, "id"},
    [SHARE_DNS_OF_PUSH] = {TABLE_DNS, false,
                           "(" ASKED_FOR ") AND type = 16 AND name = 'push.apple.com'", NULL},
    [SHARE_DNS_OF_RELAY] = {TABLE_DNS, false, "(" ASKED_FOR ") AND name LIKE 'mask%'", NULL},
    [SHARE_DNS_OF_WPAD] = {TABLE_DNS, false,
                           "(" ASKED_FOR ") AND (name = 'wpad' OR name LIKE 'wpad.%')", NULL},
    [SHARE_HTTP_IN_SHORT] = {TABLE_HTTP, true, NULL, NULL},
    [SHARE_HTTP_PROBES] = {TABLE_HTTP, false, "purpose = 'captive-probe'", NULL},
    [SHARE_HTTP_AUTOCONFIG] = {TABLE_HTTP, false, "purpose = 'autoconfig'", NULL},
};

#define BETWEEN(time) "WHERE " time " BETWEEN ?1 AND ?2 ORDER BY " time ", id"

/* What belongs to one flow or one moment: found by an index. */
static const struct few_rows {
    enum statement statement;
    enum table table;
    bool in_short;
    const char *condition;
} few_rows[] = {
    {STATEMENT_READ_FLOW, TABLE_FLOW, false, "WHERE id = ?1"},
    {STATEMENT_READ_TLS_OF, TABLE_TLS, false, "WHERE flow = ?1"},
    {STATEMENT_READ_TLS_IN_SHORT_OF, TABLE_TLS, true, "WHERE flow = ?1"},
    {STATEMENT_READ_DNS_BETWEEN, TABLE_DNS, false, BETWEEN(DNS_TIME)},
    {STATEMENT_READ_HTTP_BETWEEN, TABLE_HTTP, false, BETWEEN(HTTP_TIME)},
    {STATEMENT_READ_NTP_BETWEEN, TABLE_NTP, false, BETWEEN(NTP_TIME)},
};

static const struct fixed_statement {
    enum statement statement;
    const char *sql;
} fixed_statements[] = {
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

const struct short_form *share_form(const struct statements *statements, enum fact_share share)
{
    return shares[share].in_short ? &statements->forms[shares[share].table] : NULL;
}

static void add_column_names(sqlite3_str *sql, const struct table_columns *table,
                             const struct short_form *form)
{
    size_t count = form != NULL ? form->count : table->count;

    for (size_t i = 0; i < count; i++)
        sqlite3_str_appendf(sql, "%s%s", i == 0 ? "" : ", ",
                            table->columns[form != NULL ? form->columns[i] : i].name);
}

/* Rows of tables that have numbers of their own (all but those WITHOUT ROWID). */
static int prepare_forget(sqlite3 *database, enum table table, sqlite3_stmt **statement)
{
    sqlite3_str *sql;

    if (table == TABLE_HOST || table == TABLE_RESOLVER || table == TABLE_CERTIFICATE ||
        table == TABLE_PLACE || table == TABLE_LAYER)
        return SQLITE_MISUSE;
    sql = sqlite3_str_new(database);
    sqlite3_str_appendf(sql, "DELETE FROM %s WHERE rowid = ?1", table_columns(table)->name);
    return prepare_built(database, sql, statement);
}

static int prepare_write(sqlite3 *database, enum table table, sqlite3_stmt **statement)
{
    const struct table_columns *columns = table_columns(table);
    sqlite3_str *sql = sqlite3_str_new(database);

    sqlite3_str_appendf(sql, "INSERT OR REPLACE INTO %s (", columns->name);
    add_column_names(sql, columns, NULL);
    for (size_t i = 0; i < columns->count; i++)
        sqlite3_str_appendall(sql, i == 0 ? ") VALUES (?" : ", ?");
    sqlite3_str_appendall(sql, ")");
    return prepare_built(database, sql, statement);
}

/* What a reading asks for. */
struct question {
    enum table table;
    const struct short_form *form; /* NULL: all columns */
    const char *condition; /* besides the limits of the table's reads; NULL: none */
    const char *order; /* NULL: as the table's reads */
};

/* Without limits that are then found to be none the rows come quicker. */
static int prepare_read(sqlite3 *database, const struct question *question, bool limited,
                        sqlite3_stmt **statement)
{
    const struct table_columns *columns = table_columns(question->table);
    const struct read *read = &reads[question->table];
    const char *limits = limited ? read->limits : NULL;
    const char *condition = question->condition;
    sqlite3_str *sql = sqlite3_str_new(database);

    sqlite3_str_appendall(sql, "SELECT ");
    add_column_names(sql, columns, question->form);
    sqlite3_str_appendf(sql, " FROM %s", columns->name);
    if (condition != NULL)
        sqlite3_str_appendf(sql, " WHERE (%s)", condition);
    if (limits != NULL)
        sqlite3_str_appendf(sql, " %s %s", condition != NULL ? "AND" : "WHERE", limits);
    sqlite3_str_appendf(sql, " ORDER BY %s",
                        question->order != NULL ? question->order : read->order);
    return prepare_built(database, sql, statement);
}

static int prepare_rows(sqlite3 *database, enum table table, bool limited, sqlite3_stmt **statement)
{
    return prepare_read(database, &(struct question){.table = table}, limited, statement);
}

static int prepare_share(const struct statements *statements, enum fact_share share, bool limited,
                         sqlite3_stmt **statement)
{
    const struct share *of = &shares[share];
    struct question question = {of->table, share_form(statements, share), of->condition, of->order};

    return prepare_read(statements->database, &question, limited, statement);
}

static int prepare_few(const struct statements *statements, const struct few_rows *few,
                       sqlite3_stmt **statement)
{
    const struct table_columns *columns = table_columns(few->table);
    const struct short_form *form = few->in_short ? &statements->forms[few->table] : NULL;
    sqlite3_str *sql = sqlite3_str_new(statements->database);

    sqlite3_str_appendall(sql, "SELECT ");
    add_column_names(sql, columns, form);
    sqlite3_str_appendf(sql, " FROM %s %s", columns->name, few->condition);
    return prepare_built(statements->database, sql, statement);
}

/* A flow's packets, with those that only its own row tells of. */
static int prepare_events_of(sqlite3 *database, sqlite3_stmt **statement)
{
    sqlite3_str *sql = sqlite3_str_new(database);

    sqlite3_str_appendall(sql, OPENINGS "SELECT ");
    add_column_names(sql, table_columns(TABLE_EVENT), NULL);
    sqlite3_str_appendall(sql, ", id FROM event WHERE flow = ?1 ORDER BY 3, 17");
    return prepare_built(database, sql, statement);
}

/* What has a text of its own. */
static int prepare_named(const struct statements *statements, enum statement number,
                         sqlite3_stmt **statement)
{
    if (number == STATEMENT_READ_EVENTS_OF)
        return prepare_events_of(statements->database, statement);
    for (size_t i = 0; i < sizeof few_rows / sizeof few_rows[0]; i++)
        if (few_rows[i].statement == number)
            return prepare_few(statements, &few_rows[i], statement);
    for (size_t i = 0; i < sizeof fixed_statements / sizeof fixed_statements[0]; i++)
        if (fixed_statements[i].statement == number)
            return prepare(statements->database, fixed_statements[i].sql, statement);
    return SQLITE_MISUSE;
}

static bool is_within(unsigned number, unsigned first, unsigned count)
{
    return number >= first && number - first < count;
}

int statements_copy(const struct statements *statements, unsigned number, sqlite3_stmt **copy)
{
    sqlite3 *database = statements->database;

    *copy = NULL;
    if (number < STATEMENT_READ_ROWS && !statements->writable)
        return SQLITE_READONLY;
    if (is_within(number, STATEMENT_WRITE_ROW, TABLE_COUNT))
        return prepare_write(database, (enum table)(number - STATEMENT_WRITE_ROW), copy);
    if (is_within(number, STATEMENT_FORGET_ROW, TABLE_COUNT))
        return prepare_forget(database, (enum table)(number - STATEMENT_FORGET_ROW), copy);
    if (is_within(number, STATEMENT_READ_ROWS, TABLE_COUNT))
        return prepare_rows(database, (enum table)(number - STATEMENT_READ_ROWS), true, copy);
    if (is_within(number, STATEMENT_READ_ALL_ROWS, TABLE_COUNT))
        return prepare_rows(database, (enum table)(number - STATEMENT_READ_ALL_ROWS), false, copy);
    if (is_within(number, STATEMENT_READ_SHARE, SHARE_COUNT))
        return prepare_share(statements, (enum fact_share)(number - STATEMENT_READ_SHARE), true,
                             copy);
    if (is_within(number, STATEMENT_READ_ALL_SHARE, SHARE_COUNT))
        return prepare_share(statements, (enum fact_share)(number - STATEMENT_READ_ALL_SHARE),
                             false, copy);
    return prepare_named(statements, (enum statement)number, copy);
}

int statements_find(struct statements *statements, unsigned number, sqlite3_stmt **found)
{
    int code = SQLITE_OK;

    if (statements->prepared[number] == NULL)
        code = statements_copy(statements, number, &statements->prepared[number]);
    *found = statements->prepared[number];
    return code;
}

int statements_prepare(struct statements *statements, sqlite3 *database, bool writable)
{
    unsigned rows = writable ? STATEMENT_WRITE_ROW : STATEMENT_READ_ALL_ROWS;
    sqlite3_stmt *found;
    int code = SQLITE_OK;

    statements->database = database;
    statements->writable = writable;
    for (unsigned i = 0; i < TABLE_COUNT; i++)
        statements->forms[i] = table_short_form((enum table)i);
    for (unsigned i = 0; i < TABLE_COUNT && code == SQLITE_OK; i++)
        code = statements_find(statements, rows + i, &found);
    for (size_t i = 0; i < sizeof fixed_statements / sizeof fixed_statements[0]; i++) {
        enum statement fixed = fixed_statements[i].statement;
        if (code == SQLITE_OK && (writable || fixed >= STATEMENT_READ_ROWS))
            code = statements_find(statements, fixed, &found);
    }
    return code;
}

void statements_finalize(struct statements *statements)
{
    for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(statements->prepared[i]);
        statements->prepared[i] = NULL;
    }
    memset(statements->bound, 0, sizeof statements->bound);
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
