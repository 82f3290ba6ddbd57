/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which captures does a database hold, and which did a run leave unfinished?  What a run
 * is about to read stands in the table begun until it has come to its end; what such a
 * run left is found by the numbers that it used.
 */
#include "storage/captures.h"

#include "storage/statements.h"

/* The numbers that run ?1 used, and none before it. */
#define NUMBERS(highest) " > (SELECT coalesce(max(" highest "), 0) FROM run WHERE id < ?1) AND "
#define UP_TO(highest) " <= (SELECT " highest " FROM run WHERE id = ?1)"
#define BY_FLOW(table)                                                                             \
    "DELETE FROM " table " WHERE flow" NUMBERS("highest_flow") "flow" UP_TO("highest_flow")
#define BY_RUN(table) "DELETE FROM " table " WHERE run = ?1"

/* ?1 the run.  The run itself goes last, since it knows the numbers. */
static const char *const removals[] = {
    BY_FLOW("event"),
    BY_FLOW("tls"),
    BY_FLOW("http"),
    BY_FLOW("apns"),
    BY_FLOW("ntp"),
    "DELETE FROM minute WHERE source" NUMBERS("highest_source") "source" UP_TO("highest_source"),
    BY_RUN("flow"),
    BY_RUN("dns"),
    BY_RUN("certificate"),
    BY_RUN("lease"),
    BY_RUN("host"),
    BY_RUN("resolver"),
    BY_RUN("layer"),
    BY_RUN("totals"),
    BY_RUN("source"),
    BY_RUN("begun"),
    "DELETE FROM run WHERE id = ?1",
};

/* Runs a statement with up to one number and two texts (NULL where it has none); the
 * first number of its first row goes to `found`, which may be NULL. */
static int run_once(sqlite3 *database, const char *sql, int64_t number, const char *first,
                    const char *second, int64_t *found)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
    int wanted = code == SQLITE_OK ? sqlite3_bind_parameter_count(statement) : 0;

    if (code == SQLITE_OK && wanted > 0)
        code = sqlite3_bind_int64(statement, 1, number);
    if (code == SQLITE_OK && wanted > 1)
        code = statement_bind_text(statement, 2, first);
    if (code == SQLITE_OK && wanted > 2)
        code = statement_bind_text(statement, 3, second);
    if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (found != NULL)
            *found = sqlite3_column_int64(statement, 0);
        code = SQLITE_DONE;
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

int captures_find(sqlite3 *database, const char *content, bool whole, bool *holds)
{
    int64_t count = 0;
    int code = run_once(database,
                        "SELECT count(*) FROM source JOIN run ON run.id = source.run WHERE"
                        " finished AND CASE WHEN ?1 THEN content = ?2"
                        " ELSE substr(content, 1, length(?2) + 1) = ?2 || ':' END",
                        whole, content, NULL, &count);

    *holds = count > 0;
    return code;
}

int captures_begin(sqlite3 *database, int64_t run, const struct capture_beginning *captures,
                   size_t count)
{
    int code = SQLITE_OK;

    for (size_t i = 0; i < count && code == SQLITE_OK; i++)
        code = run_once(database, "INSERT INTO begun (run, name, beginning) VALUES (?1, ?2, ?3)",
                        run, captures[i].name, captures[i].content, NULL);
    return code;
}

int captures_finish(sqlite3 *database, int64_t run)
{
    return run_once(database, BY_RUN("begun"), run, NULL, NULL, NULL);
}

int captures_remove_run(sqlite3 *database, int64_t run)
{
    int code = SQLITE_OK;

    for (size_t i = 0; i < sizeof removals / sizeof removals[0] && code == SQLITE_OK; i++)
        code = run_once(database, removals[i], run, NULL, NULL, NULL);
    return code;
}

int captures_remove_unfinished(sqlite3 *database, const struct capture_beginning *captures,
                               size_t count, size_t *removed)
{
    int code = SQLITE_OK;
    size_t i = 0;

    while (i < count && code == SQLITE_OK) {
        int64_t run = 0;

        code = run_once(database, "SELECT min(run) FROM begun WHERE ?1 AND beginning = ?2", 1,
                        captures[i].content, NULL, &run);
        if (code == SQLITE_OK && run != 0)
            code = captures_remove_run(database, run);
        *removed += run != 0;
        /* Another run may have been stopped at it, too. */
        i += run == 0;
    }
    return code;
}
