/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which facts go, and in what order?  Those before a moment: now less the age, or, where
 * the file is too large, the moment before which the next few hundred lie.  Flows take
 * their events, handshakes and push connections along, transactions of DNS their records.
 * Each step touches few rows and finds them by an index, so that a million others do
 * not matter; what is kept once for each run is looked through when all else is done.
 */
#include "storage/retention.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "storage/schema.h"
#include "storage/store_private.h"
#include "storage/write_log.h"

#define STEP_ROWS 200 /* of each kind */
#define REACH_LIMIT (1 << 20) /* rows looked past that are old, and of flows that live on */
#define FREE_SHARE 16 /* of the file may be free, for what comes next */
#define SWEEP_INTERVAL (600 * NANOSECONDS_PER_SECOND)

/* The log's part of the limit, and how far below it removing goes once it has begun. */
#define LOG_ROOM (UINT64_C(12) << 20)
#define LOG_SHARE 4 /* of a small limit */
#define LOG_PAGE 4096u
#define LOW_MARK(bytes) ((bytes) - (bytes) / 16)

enum step {
    STEP_FLOWS, /* ?1 time, ?2 rows -> id */
    STEP_FLOW_EVENTS, /* ?1 flow, as the three after it */
    STEP_FLOW_TLS,
    STEP_FLOW_APNS,
    STEP_FLOW,
    STEP_DNS, /* ?1 time, ?2 rows -> id */
    STEP_DNS_ROW,
    STEP_HTTP, /* ?1 time, ?2 rows, as the three after it */
    STEP_NTP,
    STEP_LEASES,
    STEP_MINUTES,
    STEP_HOSTS, /* ?1 time, as all of the sweep */
    STEP_RESOLVERS,
    STEP_CERTIFICATES,
    STEP_RUN_TOTALS,
    STEP_RUN_SOURCES,
    STEP_RUNS,
    STEP_NEXT_CUT, /* ?1 rows -> time */
    STEP_REMEMBER, /* ?1 time, ?2 flows, ?3 dns */
    STEP_SIZES, /* -> pages, free pages, bytes of one */
    STEP_GIVE_BACK,
    STEP_COUNT
};

/* A few rows of one kind before a moment, by the index that has its time. */
#define FEW_OF(table, time)                                                                        \
    "DELETE FROM " table " WHERE rowid IN (SELECT rowid FROM " table " WHERE " time                \
    " < ?1 ORDER BY " time " LIMIT ?2)"
#define NTH_TIME(table, time)                                                                      \
    "(SELECT " time " AS t FROM " table " WHERE " time " > 0 ORDER BY " time " LIMIT 1 OFFSET ?1)"
#define ASKED "coalesce(query_time, answer_time)"
#define REQUESTED "coalesce(request_time, answer_time)"
/* Runs of which nothing is left but what is kept once for each, the newest excepted. */
#define EMPTY_RUNS                                                                                 \
    "(SELECT id FROM run WHERE id < (SELECT max(id) FROM run) AND NOT EXISTS (SELECT 1 FROM"       \
    " source WHERE source.run = run.id AND coalesce(source.last_time, 0) >= ?1)"                   \
    " AND NOT EXISTS (SELECT 1 FROM flow WHERE flow.id > (SELECT coalesce(max(highest_flow), 0)"   \
    " FROM run AS earlier WHERE earlier.id < run.id) AND flow.id <= run.highest_flow))"

/* SQL has its own lines. */
/* clang-format off */
static const char *const texts[STEP_COUNT] = {
    [STEP_FLOWS] = "SELECT id FROM flow WHERE first_time < ?1 AND last_time < ?1"
                   " ORDER BY first_time LIMIT ?2",
    [STEP_FLOW_EVENTS] = "DELETE FROM event WHERE flow = ?1",
    [STEP_FLOW_TLS] = "DELETE FROM tls WHERE flow = ?1",
    [STEP_FLOW_APNS] = "DELETE FROM apns WHERE flow = ?1",
    [STEP_FLOW] = "DELETE FROM flow WHERE id = ?1",
    [STEP_DNS] = "SELECT id FROM dns WHERE " ASKED " < ?1 ORDER BY " ASKED " LIMIT ?2",
    [STEP_DNS_ROW] = "DELETE FROM dns WHERE id = ?1",
    [STEP_HTTP] = FEW_OF("http", REQUESTED),
    [STEP_NTP] = FEW_OF("ntp", REQUESTED),
    [STEP_LEASES] = FEW_OF("lease", "first_time"),
    [STEP_MINUTES] = FEW_OF("minute", "minute_time"),
    [STEP_HOSTS] = "DELETE FROM host WHERE last_time < ?1",
    [STEP_RESOLVERS] = "DELETE FROM resolver WHERE last_time < ?1",
    [STEP_CERTIFICATES] = "DELETE FROM certificate WHERE run IN " EMPTY_RUNS,
    [STEP_RUN_TOTALS] = "DELETE FROM totals WHERE run IN " EMPTY_RUNS,
    [STEP_RUN_SOURCES] = "DELETE FROM source WHERE run IN " EMPTY_RUNS,
    [STEP_RUNS] = "DELETE FROM run WHERE id IN " EMPTY_RUNS
                  " AND NOT EXISTS (SELECT 1 FROM source WHERE source.run = run.id)",
    [STEP_NEXT_CUT] = "SELECT min(t) FROM (SELECT t FROM " NTH_TIME("flow", "first_time")
                      " UNION ALL SELECT t FROM " NTH_TIME("dns", ASKED)
                      " UNION ALL SELECT t FROM " NTH_TIME("http", REQUESTED)
                      " UNION ALL SELECT t FROM " NTH_TIME("ntp", REQUESTED) ")",
    [STEP_REMEMBER] =
        "INSERT INTO removed (id, before_time, flows, dns) VALUES (1, ?1, ?2, ?3)"
        " ON CONFLICT (id) DO UPDATE SET before_time = max(before_time, excluded.before_time),"
        " flows = flows + excluded.flows, dns = dns + excluded.dns",
    [STEP_SIZES] = "SELECT page_count, freelist_count, page_size FROM pragma_page_count(),"
                   " pragma_freelist_count(), pragma_page_size()",
    [STEP_GIVE_BACK] = "PRAGMA incremental_vacuum(128)",
};
/* clang-format on */

struct retention {
    struct store *store;
    struct retention_limits limits;
    sqlite3_stmt *prepared[STEP_COUNT];
    bool gives_back; /* the file was made so that it can get smaller */
    bool shrinking; /* it was too large, and is not yet as small as it shall be */
    int reach; /* how many rows ahead the next moment is looked for */
    int64_t swept; /* the moment before which the last sweep was */
};

/* What one step has done. */
struct step_result {
    uint64_t flows, dns, others;
    bool more;
};

/* Room for the log beside the facts. */
static uint64_t log_room(const struct retention_limits *limits)
{
    uint64_t share = limits->most_bytes / LOG_SHARE;

    return share < LOG_ROOM ? share : LOG_ROOM;
}

/* The log begins anew in time: it may have grown by as much again until its changes are
 * in the file. */
static int limit_log(sqlite3 *database, const struct retention_limits *limits)
{
    char sql[96];
    uint64_t most = log_room(limits) / 3;

    if (limits->most_bytes == 0)
        return SQLITE_OK;
    sqlite3_snprintf((int)sizeof sql, sql,
                     "PRAGMA wal_autocheckpoint = %llu; PRAGMA journal_size_limit = %llu",
                     (unsigned long long)(most / LOG_PAGE), (unsigned long long)most);
    return sqlite3_exec(database, sql, NULL, NULL, NULL);
}

/* 2: incremental. */
static int note_auto_vacuum(void *gives_back, int count, char **values, char **names)
{
    (void)names;
    *(bool *)gives_back = count == 1 && values[0] != NULL && values[0][0] == '2';
    return 0;
}

struct retention *retention_create(struct store *store, const struct retention_limits *limits,
                                   struct problem *problem)
{
    struct retention *retention = calloc(1, sizeof *retention);
    sqlite3 *database = store->connection.database;
    int code;

    assert(store->connection.writable);
    if (retention == NULL) {
        problem_set(problem, "memory has run out; end other programs");
        return NULL;
    }
    retention->store = store;
    retention->limits = *limits;
    retention->reach = STEP_ROWS;
    code = schema_make_indexes(database);
    if (code == SQLITE_OK)
        code = limit_log(database, limits);
    if (limits->most_bytes > 0)
        store->log_limit = log_room(limits) / 2;
    if (code == SQLITE_OK)
        code = sqlite3_exec(database, "PRAGMA auto_vacuum", note_auto_vacuum,
                            &retention->gives_back, NULL);
    for (unsigned i = 0; i < STEP_COUNT && code == SQLITE_OK; i++)
        code = sqlite3_prepare_v3(database, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                  &retention->prepared[i], NULL);
    if (code == SQLITE_OK)
        return retention;
    connection_problem(&store->connection, code, problem);
    retention_release(retention);
    return NULL;
}

void retention_release(struct retention *retention)
{
    if (retention == NULL)
        return;
    for (unsigned i = 0; i < STEP_COUNT; i++)
        sqlite3_finalize(retention->prepared[i]);
    free(retention);
}

/* Runs a step that has up to two numbers; adds the rows that it changed. */
static int run_step(struct retention *retention, enum step step, int64_t first, int64_t second,
                    uint64_t *changed)
{
    sqlite3_stmt *statement = retention->prepared[step];
    int wanted = sqlite3_bind_parameter_count(statement);
    int code = wanted < 1 ? SQLITE_OK : sqlite3_bind_int64(statement, 1, first);

    if (code == SQLITE_OK && wanted > 1)
        code = sqlite3_bind_int64(statement, 2, second);
    if (code == SQLITE_OK)
        code = statement_run(statement);
    if (code == SQLITE_OK && changed != NULL)
        *changed += (uint64_t)sqlite3_changes(retention->store->connection.database);
    return code;
}

/* The numbers of the oldest rows of a kind before `cut`. */
static int find_oldest(struct retention *retention, enum step step, int64_t cut,
                       int64_t rows[STEP_ROWS], size_t *count)
{
    sqlite3_stmt *statement = retention->prepared[step];
    int code = sqlite3_bind_int64(statement, 1, cut);

    *count = 0;
    if (code == SQLITE_OK)
        code = sqlite3_bind_int(statement, 2, STEP_ROWS);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (*count < STEP_ROWS)
            rows[(*count)++] = sqlite3_column_int64(statement, 0);
        code = SQLITE_OK;
    }
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int remove_flows(struct retention *retention, int64_t cut, struct step_result *result)
{
    static const enum step parts[] = {STEP_FLOW_EVENTS, STEP_FLOW_TLS, STEP_FLOW_APNS, STEP_FLOW};
    int64_t rows[STEP_ROWS];
    size_t count;
    int code = find_oldest(retention, STEP_FLOWS, cut, rows, &count);

    for (size_t i = 0; i < count && code == SQLITE_OK; i++)
        for (size_t part = 0; part < sizeof parts / sizeof parts[0] && code == SQLITE_OK; part++)
            code = run_step(retention, parts[part], rows[i], 0, &result->others);
    result->flows += count;
    result->more |= count == STEP_ROWS;
    return code;
}

static int remove_dns(struct retention *retention, int64_t cut, struct step_result *result)
{
    int64_t rows[STEP_ROWS];
    size_t count;
    int code = find_oldest(retention, STEP_DNS, cut, rows, &count);

    for (size_t i = 0; i < count && code == SQLITE_OK; i++)
        code = run_step(retention, STEP_DNS_ROW, rows[i], 0, NULL);
    result->dns += count;
    result->more |= count == STEP_ROWS;
    return code;
}

static int remove_others(struct retention *retention, int64_t cut, struct step_result *result)
{
    int code = SQLITE_OK;

    for (enum step step = STEP_HTTP; step <= STEP_MINUTES && code == SQLITE_OK; step++) {
        uint64_t changed = 0;

        code = run_step(retention, step, cut, STEP_ROWS, &changed);
        result->others += changed;
        result->more |= changed == STEP_ROWS;
    }
    return code;
}

/* Now and then, since it looks at all rows of these (small) tables. */
static int sweep(struct retention *retention, int64_t cut, struct step_result *result)
{
    int code = SQLITE_OK;

    if (result->more || cut - retention->swept < SWEEP_INTERVAL)
        return SQLITE_OK;
    for (enum step step = STEP_HOSTS; step <= STEP_RUNS && code == SQLITE_OK; step++)
        code = run_step(retention, step, cut, 0, &result->others);
    retention->swept = cut;
    return code;
}

static int remember(struct retention *retention, int64_t cut, const struct step_result *result)
{
    sqlite3_stmt *statement = retention->prepared[STEP_REMEMBER];
    int code = sqlite3_bind_int64(statement, 1, cut);

    if (code == SQLITE_OK)
        code = statement_bind_count(statement, 2, result->flows);
    if (code == SQLITE_OK)
        code = statement_bind_count(statement, 3, result->dns);
    return code == SQLITE_OK ? statement_run(statement) : code;
}

static int remove_before(struct retention *retention, int64_t cut, struct step_result *result)
{
    int code = remove_flows(retention, cut, result);

    if (code == SQLITE_OK)
        code = remove_dns(retention, cut, result);
    if (code == SQLITE_OK)
        code = remove_others(retention, cut, result);
    if (code == SQLITE_OK)
        code = sweep(retention, cut, result);
    if (code == SQLITE_OK && result->flows + result->dns + result->others > 0)
        code = remember(retention, cut, result);
    retention->store->uncommitted += (size_t)(result->flows + result->dns + result->others);
    return code;
}

struct sizes {
    uint64_t file;
    uint64_t used; /* of it, by what is there */
    uint64_t log;
};

static int read_sizes(const struct retention *retention, struct sizes *sizes)
{
    sqlite3_stmt *statement = retention->prepared[STEP_SIZES];
    int code = sqlite3_step(statement);

    *sizes = (struct sizes){0};
    if (code == SQLITE_ROW) {
        uint64_t pages = statement_count(statement, 0), unused = statement_count(statement, 1);
        uint64_t bytes = statement_count(statement, 2);

        sizes->file = pages * bytes;
        sizes->used = (pages - (unused < pages ? unused : pages)) * bytes;
    }
    sqlite3_reset(statement);
    sizes->log = write_log_size(retention->store->connection.database);
    return code == SQLITE_ROW ? SQLITE_OK : code;
}

uint64_t retention_size(const struct retention *retention)
{
    struct sizes sizes;

    return read_sizes(retention, &sizes) == SQLITE_OK ? sizes.file + sizes.log : 0;
}

/* What the facts may take of the limit, so that the log has room beside them. */
static uint64_t facts_most(const struct retention *retention)
{
    return retention->limits.most_bytes - log_room(&retention->limits);
}

/* Is it too large, or on its way down? */
static bool must_shrink(struct retention *retention, const struct sizes *sizes)
{
    uint64_t most = facts_most(retention);

    if (retention->limits.most_bytes == 0)
        return false;
    if (sizes->used > most)
        retention->shrinking = true;
    else if (sizes->used <= LOW_MARK(most))
        retention->shrinking = false;
    return retention->shrinking;
}

/* The moment before which the next rows to go lie; TIMESTAMP_NONE: there are so few left
 * that none should. */
static int next_cut(struct retention *retention, int64_t *cut)
{
    sqlite3_stmt *statement = retention->prepared[STEP_NEXT_CUT];
    int code = sqlite3_bind_int(statement, 1, retention->reach);

    *cut = TIMESTAMP_NONE;
    if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (sqlite3_column_type(statement, 0) == SQLITE_INTEGER)
            *cut = sqlite3_column_int64(statement, 0);
        code = SQLITE_OK;
    }
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* One step for the size.  Rows of flows that live on are looked past. */
static int shrink(struct retention *retention, struct step_result *result)
{
    int64_t cut;
    int code = next_cut(retention, &cut);

    if (code != SQLITE_OK)
        return code;
    if (cut != TIMESTAMP_NONE)
        code = remove_before(retention, cut, result);
    if (result->flows + result->dns + result->others > 0) {
        retention->reach = STEP_ROWS;
        result->more = true;
    } else if (cut != TIMESTAMP_NONE && retention->reach < REACH_LIMIT) {
        retention->reach *= 4;
        result->more = true;
    } else {
        retention->reach = STEP_ROWS; /* nothing that could go: tried again next time */
        result->more = false;
    }
    return code;
}

static int step(struct retention *retention, int64_t now, bool *more)
{
    struct step_result aged = {0}, shrunk = {0};
    struct sizes sizes;
    int code = SQLITE_OK;

    if (retention->limits.keep > 0 && now > retention->limits.keep)
        code = remove_before(retention, now - retention->limits.keep, &aged);
    if (code == SQLITE_OK)
        code = read_sizes(retention, &sizes);
    if (code == SQLITE_OK && must_shrink(retention, &sizes))
        code = shrink(retention, &shrunk);
    *more = aged.more || shrunk.more;
    /* The file is cut at its end, where pages of others are moved away from. */
    if (code == SQLITE_OK && retention->gives_back &&
        sizes.file - sizes.used > sizes.file / FREE_SHARE) {
        code = run_step(retention, STEP_GIVE_BACK, 0, 0, NULL);
        *more = true;
    }
    return code;
}

static int64_t monotonic_milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool retention_run(struct retention *retention, int64_t now, unsigned milliseconds, bool *more,
                   struct problem *problem)
{
    int64_t until = monotonic_milliseconds() + milliseconds;
    int code = connection_measure(&retention->store->connection);

    *more = code == SQLITE_OK;
    while (code == SQLITE_OK && *more) {
        code = step(retention, now, more);
        if (monotonic_milliseconds() >= until)
            break;
    }
    return code == SQLITE_OK || connection_problem(&retention->store->connection, code, problem);
}

void retention_removed(struct store *store, struct removed_facts *removed)
{
    sqlite3_stmt *statement = store->statements.prepared[STATEMENT_REMOVED];

    *removed = (struct removed_facts){.before = TIMESTAMP_NONE};
    if (sqlite3_step(statement) == SQLITE_ROW) {
        removed->before = sqlite3_column_int64(statement, 0);
        removed->flows = statement_count(statement, 1);
        removed->dns = statement_count(statement, 2);
    }
    sqlite3_reset(statement);
}
