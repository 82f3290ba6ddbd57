/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do facts get into the database?  Runs, each of which numbers its facts from
 * 1 and has them moved past those of the runs before; batches, each of which is
 * one transaction; and the sink that takes one fact after the other.
 */
#include "storage/store.h"

#include <assert.h>
#include <stdlib.h>

#include "storage/captures.h"
#include "storage/schema.h"
#include "storage/store_private.h"
#include "storage/write_log.h"

/* A batch is what a power cut can lose. */
#define BATCH_FACTS 20000
#define LONG_LOG (UINT64_C(8) << 20) /* bytes */

typedef bool connection_opener(struct connection *connection, const char *path,
                               struct problem *problem);

static struct store *open_store(connection_opener *open_connection, const char *path,
                                struct problem *problem)
{
    static const struct connection closed = CONNECTION_CLOSED;
    struct store *store = calloc(1, sizeof *store);
    int code;

    if (store == NULL) {
        problem_set(problem, "memory has run out; end other programs");
        return NULL;
    }
    store->connection = closed;
    store->memory_limit = STORE_MEMORY_LIMIT;
    store->log_limit = LONG_LOG;
    if (open_connection(&store->connection, path, problem)) {
        code = statements_prepare(&store->statements, store->connection.database,
                                  store->connection.writable);
        if (code == SQLITE_OK)
            return store;
        connection_problem(&store->connection, code, problem);
    }
    statements_finalize(&store->statements);
    connection_discard(&store->connection);
    free(store);
    return NULL;
}

struct store *store_open(const char *path, struct problem *problem)
{
    return open_store(connection_open, path, problem);
}

struct store *store_open_readonly(const char *path, struct problem *problem)
{
    return open_store(connection_open_readonly, path, problem);
}

struct store *store_beside(struct store *store)
{
    const struct connection *connection = &store->connection;
    struct problem problem = {""};

    if (store->beside != NULL || connection->path == NULL || sqlite3_threadsafe() == 0 ||
        (connection->writable && !sqlite3_get_autocommit(connection->database)) ||
        connection_is_written_beside(connection))
        return store->beside;
    store->beside = open_store(connection_open_beside, connection->path, &problem);
    /* What a writer that came meanwhile wrote is of the one and not of the other. */
    if (store->beside != NULL && connection_is_written_beside(connection)) {
        store_close(store->beside);
        store->beside = NULL;
    }
    return store->beside;
}

struct store *store_open_beside(const struct store *writer, struct problem *problem)
{
    assert(writer->connection.writable && writer->connection.path != NULL);
    return open_store(connection_open_beside, writer->connection.path, problem);
}

bool store_refresh(struct store *reader, struct problem *problem)
{
    int code = connection_refresh(&reader->connection);

    return code == SQLITE_OK || connection_problem(&reader->connection, code, problem);
}

bool store_rest(struct store *reader, struct problem *problem)
{
    int code = connection_rest(&reader->connection);

    return code == SQLITE_OK || connection_problem(&reader->connection, code, problem);
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    /* First: a file that others read is not made a single one. */
    store_close(store->beside);
    statements_finalize(&store->statements);
    connection_close(&store->connection);
    free(store->standing);
    text_release(&store->numbers.records);
    free(store);
}

static sqlite3_stmt *prepared(struct store *store, unsigned statement)
{
    return store->statements.prepared[statement];
}

static int run(struct store *store, enum statement statement)
{
    return statement_run(prepared(store, statement));
}

/* After the first failure there is no transaction, and no further fact is taken. */
static bool fail(struct store *store, int code)
{
    if (code == SQLITE_RANGE)
        problem_set(&store->problem,
                    "%s is full (a database holds %u captures); name another "
                    "file for -d",
                    store->connection.path != NULL ? store->connection.path : "the database",
                    PACKET_SOURCE_LIMIT);
    else
        connection_problem(&store->connection, code, &store->problem);
    if (!sqlite3_get_autocommit(store->connection.database))
        run(store, STATEMENT_ROLLBACK);
    store->uncommitted = 0;
    return false;
}

static bool report(const struct store *store, struct problem *problem)
{
    return problem_set(problem, "%s", store->problem.text);
}

/* Reads where the numbers of the runs before end. */
static int find_offsets(struct store *store)
{
    sqlite3_stmt *highest = prepared(store, STATEMENT_HIGHEST);
    struct row_numbers *numbers = &store->numbers;
    int code = sqlite3_step(highest);

    if (code == SQLITE_ROW) {
        numbers->source_offset = numbers->highest_source = statement_count(highest, 0);
        numbers->flow_offset = numbers->highest_flow = statement_count(highest, 1);
        numbers->dns_offset = numbers->highest_dns = statement_count(highest, 2);
        code = SQLITE_OK;
    }
    sqlite3_reset(highest);
    return code;
}

static int insert_run(struct store *store, const char *tool_version, int64_t now)
{
    sqlite3_stmt *begin = prepared(store, STATEMENT_RUN_BEGIN);
    int code = statement_bind_text(begin, 1, tool_version);

    if (code == SQLITE_OK)
        code = statement_bind_time(begin, 2, now);
    if (code == SQLITE_OK)
        code = statement_run(begin);
    if (code == SQLITE_OK)
        store->numbers.run = sqlite3_last_insert_rowid(store->connection.database);
    return code;
}

bool store_begin_reading(struct store *store, const char *tool_version, int64_t now,
                         const struct capture_beginning *captures, size_t count, size_t *removed,
                         struct problem *problem)
{
    sqlite3 *database = store->connection.database;
    int code;

    assert(store->connection.writable && store->numbers.run == 0);
    store->problem.text[0] = '\0';
    *removed = 0;
    store->dropped = 0;
    code = run(store, STATEMENT_BEGIN);
    if (code == SQLITE_OK)
        code = captures_remove_unfinished(database, captures, count, removed);
    if (code == SQLITE_OK)
        code = find_offsets(store);
    if (code == SQLITE_OK)
        code = insert_run(store, tool_version, now);
    if (code == SQLITE_OK)
        code = captures_begin(database, store->numbers.run, captures, count);
    /* Seen by readers from now on, and known as unfinished whatever comes. */
    if (code == SQLITE_OK)
        code = run(store, STATEMENT_COMMIT);
    if (code == SQLITE_OK)
        code = run(store, STATEMENT_BEGIN);
    if (code == SQLITE_OK)
        return true;
    fail(store, code);
    return report(store, problem);
}

bool store_begin_run(struct store *store, const char *tool_version, int64_t now,
                     struct problem *problem)
{
    size_t removed;

    return store_begin_reading(store, tool_version, now, NULL, 0, &removed, problem);
}

bool store_holds_capture(struct store *store, const char *content, bool whole, bool *holds,
                         struct problem *problem)
{
    int code = connection_measure(&store->connection);

    if (code == SQLITE_OK)
        code = captures_find(store->connection.database, content, whole, holds);

    return code == SQLITE_OK || connection_problem(&store->connection, code, problem);
}

bool store_take_back_run(struct store *store, struct problem *problem)
{
    int code = run(store, STATEMENT_ROLLBACK);

    assert(store->numbers.run != 0);
    if (code == SQLITE_OK)
        code = run(store, STATEMENT_BEGIN);
    if (code == SQLITE_OK)
        code = captures_remove_run(store->connection.database, store->numbers.run);
    if (code == SQLITE_OK)
        code = run(store, STATEMENT_COMMIT);
    if (code != SQLITE_OK) {
        fail(store, code);
        return report(store, problem);
    }
    store->numbers.run = 0;
    store->uncommitted = 0;
    return true;
}

static int commit_batch(struct store *store)
{
    const struct row_numbers *numbers = &store->numbers;
    sqlite3_stmt *progress = prepared(store, STATEMENT_RUN_PROGRESS);
    int code = sqlite3_bind_int64(progress, 1, numbers->run);

    if (code == SQLITE_OK)
        code = statement_bind_count(progress, 2, numbers->highest_source);
    if (code == SQLITE_OK)
        code = statement_bind_count(progress, 3, numbers->highest_flow);
    if (code == SQLITE_OK)
        code = statement_bind_count(progress, 4, numbers->highest_dns);
    if (code == SQLITE_OK)
        code = statement_run(progress);
    if (code == SQLITE_OK)
        code = run(store, STATEMENT_COMMIT);
    if (code == SQLITE_OK)
        store->uncommitted = 0;
    return code;
}

static int write_row(struct store *store, enum table table, const void *row)
{
    return row_write(prepared(store, STATEMENT_WRITE_ROW + (unsigned)table), table, row,
                     &store->numbers, store->statements.bound[table]);
}

/* Which tables have rows that are only true for the moment? The others' are counts of
 * the run so far, or known for good. */
static bool rows_stand(enum table table)
{
    switch (table) {
    case TABLE_FLOW:
    case TABLE_DNS:
    case TABLE_TLS:
    case TABLE_HTTP:
    case TABLE_APNS:
    case TABLE_NTP:
    case TABLE_LEASE:
        return true;
    case TABLE_SOURCE:
    case TABLE_HOST:
    case TABLE_RESOLVER:
    case TABLE_EVENT:
    case TABLE_CERTIFICATE:
    case TABLE_PLACE:
    case TABLE_MINUTE:
    case TABLE_LAYER:
    case TABLE_TOTALS:
    case TABLE_COUNT:
        break;
    }
    return false;
}

/* The row just written will be taken back. */
static int note_standing(struct store *store, enum table table)
{
    if (!rows_stand(table))
        return SQLITE_OK;
    if (store->standing_count == store->standing_capacity) {
        size_t capacity = store->standing_capacity == 0 ? 256 : 2 * store->standing_capacity;
        struct standing_row *rows = realloc(store->standing, capacity * sizeof *rows);
        if (rows == NULL)
            return SQLITE_NOMEM;
        store->standing = rows;
        store->standing_capacity = capacity;
    }
    store->standing[store->standing_count++] =
        (struct standing_row){table, sqlite3_last_insert_rowid(store->connection.database)};
    return SQLITE_OK;
}

/* In the transaction that begins now, so that no reader misses what was there. */
static int take_back_standing(struct store *store)
{
    int code = SQLITE_OK;

    for (size_t i = 0; i < store->standing_count && code == SQLITE_OK; i++) {
        sqlite3_stmt *forget;

        code = statements_find(&store->statements, STATEMENT_FORGET_ROW + store->standing[i].table,
                               &forget);
        if (code == SQLITE_OK)
            code = sqlite3_bind_int64(forget, 1, store->standing[i].row);
        if (code == SQLITE_OK)
            code = statement_run(forget);
    }
    store->standing_count = 0;
    return code;
}

bool store_go_live(struct store *store, struct problem *problem)
{
    int code;

    assert(store->numbers.run != 0 && store->uncommitted == 0);
    code = schema_make_indexes(store->connection.database);
    if (code == SQLITE_OK)
        code = run(store, STATEMENT_COMMIT);
    /* Who watches forgets rows of long ago, and comes back to their pages. */
    if (code == SQLITE_OK)
        code = sqlite3_exec(store->connection.database, "PRAGMA cache_size = -12000", NULL, NULL,
                            NULL);
    if (code == SQLITE_OK)
        code = run(store, STATEMENT_BEGIN);
    store->live = code == SQLITE_OK;
    if (store->live)
        return true;
    fail(store, code);
    return report(store, problem);
}

void store_begin_snapshot(struct store *store)
{
    assert(store->live && !store->in_snapshot);
    store->in_snapshot = true;
}

bool store_commit_snapshot(struct store *store, struct problem *problem)
{
    int code;

    assert(store->in_snapshot);
    store->in_snapshot = false;
    if (store->problem.text[0] != '\0')
        return report(store, problem);
    code = commit_batch(store);
    store->log_is_held = code == SQLITE_OK &&
                         write_log_size(store->connection.database) > store->log_limit &&
                         write_log_is_held(store->connection.database);
    if (code == SQLITE_OK)
        code = connection_measure(&store->connection);
    if (code == SQLITE_OK)
        code = run(store, STATEMENT_BEGIN);
    if (code == SQLITE_OK)
        code = take_back_standing(store);
    if (code == SQLITE_OK)
        return true;
    fail(store, code);
    return report(store, problem);
}

bool store_log_is_held(const struct store *store)
{
    return store->log_is_held;
}

size_t store_uncommitted(const struct store *store)
{
    return store->uncommitted;
}

void store_limit_memory(struct store *store, uint64_t bytes)
{
    store->memory_limit = bytes;
}

/* Which facts are few, or bounded by the observing half, and tell of the whole run? */
static bool fact_is_vital(enum fact_kind kind)
{
    switch (kind) {
    case FACT_SOURCE:
    case FACT_HOST:
    case FACT_RESOLVER:
    case FACT_CERTIFICATE:
    case FACT_LAYER:
    case FACT_TOTALS:
        return true;
    case FACT_FLOW:
    case FACT_EVENT:
    case FACT_DNS:
    case FACT_TLS:
    case FACT_HTTP:
    case FACT_APNS:
    case FACT_NTP:
    case FACT_LEASE:
    case FACT_PLACE:
    case FACT_MINUTE:
        break;
    }
    return false;
}

/* Between two batches: is a database in memory full? */
static int check_memory(struct store *store)
{
    static const char sql[] =
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    sqlite3_stmt *statement = NULL;
    int code;

    if (store->connection.path != NULL || store->full)
        return SQLITE_OK;
    code = sqlite3_prepare_v2(store->connection.database, sql, -1, &statement, NULL);
    if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        store->full = statement_count(statement, 0) >= store->memory_limit;
        code = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return code;
}

static bool take_fact(void *owner, const struct fact *fact)
{
    struct store *store = owner;
    struct fact totals;
    int code;

    assert(store->numbers.run != 0);
    if (store->problem.text[0] != '\0')
        return false;
    if (store->full && !fact_is_vital(fact->kind)) {
        store->dropped++;
        return true;
    }
    if (fact->kind == FACT_TOTALS) {
        totals.kind = fact->kind;
        totals.as.totals = fact->as.totals;
        totals.as.totals.facts_dropped += store->dropped;
        fact = &totals;
    }
    caution_allow_row(&store->connection.caution);
    code = write_row(store, (enum table)fact->kind, &fact->as);
    if (code == SQLITE_OK && store->in_snapshot)
        code = note_standing(store, (enum table)fact->kind);
    if (code == SQLITE_OK && ++store->uncommitted >= BATCH_FACTS && !store->live) {
        code = commit_batch(store);
        if (code == SQLITE_OK)
            code = check_memory(store);
        if (code == SQLITE_OK)
            code = run(store, STATEMENT_BEGIN);
    }
    return code == SQLITE_OK || fail(store, code);
}

struct fact_sink store_sink(struct store *store)
{
    struct fact_sink sink = {take_fact, store};

    return sink;
}

const struct problem *store_problem(const struct store *store)
{
    return &store->problem;
}

/* The facts first, in a transaction of their own: should the disk have no room for
 * the indexes, they are not lost with them. */
static int finish(struct store *store)
{
    sqlite3_stmt *finished = prepared(store, STATEMENT_RUN_FINISH);
    int code = commit_batch(store);

    if (code == SQLITE_OK)
        code = run(store, STATEMENT_BEGIN);
    if (code == SQLITE_OK)
        code = schema_make_indexes(store->connection.database);
    if (code == SQLITE_OK)
        code = captures_finish(store->connection.database, store->numbers.run);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(finished, 1, store->numbers.run);
    if (code == SQLITE_OK)
        code = statement_run(finished);
    if (code == SQLITE_OK)
        code = run(store, STATEMENT_COMMIT);
    /* What is read now is more than there was. */
    return code == SQLITE_OK ? connection_measure(&store->connection) : code;
}

bool store_finish_run(struct store *store, struct problem *problem)
{
    int code;

    assert(store->numbers.run != 0);
    if (store->problem.text[0] != '\0')
        return report(store, problem);
    code = finish(store);
    if (code != SQLITE_OK) {
        fail(store, code);
        return report(store, problem);
    }
    store->numbers.run = 0;
    store->live = false;
    return true;
}
