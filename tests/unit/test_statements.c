/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can all statements be prepared, does a damaged database fail there, and do single
 * values keep to their limits?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "storage/schema.h"
#include "storage/statements.h"

static sqlite3 *current_database(void)
{
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
    assert_int_equal(schema_upgrade(database), SQLITE_OK);
    return database;
}

/* Rows of tables WITHOUT ROWID are never taken back. */
static bool is_needless(unsigned statement)
{
    static const enum table without_number[] = {TABLE_HOST, TABLE_RESOLVER, TABLE_CERTIFICATE,
                                                TABLE_PLACE, TABLE_LAYER};

    for (size_t i = 0; i < sizeof without_number / sizeof without_number[0]; i++)
        if (statement == STATEMENT_FORGET_ROW + (unsigned)without_number[i])
            return true;
    return false;
}

static void test_all_can_be_had(void **state)
{
    sqlite3 *database = current_database();
    struct statements statements = {.prepared = {NULL}};
    sqlite3_stmt *found, *again;

    (void)state;
    assert_int_equal(statements_prepare(&statements, database, true), SQLITE_OK);
    for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
        assert_int_equal(statements_find(&statements, i, &found),
                         is_needless(i) ? SQLITE_MISUSE : SQLITE_OK);
        assert_int_equal(found == NULL, is_needless(i));
        statements_find(&statements, i, &again);
        assert_ptr_equal(again, found);
    }
    statements_finalize(&statements);
    assert_null(statements.prepared[STATEMENT_COMMIT]);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void test_a_reader_has_no_writes(void **state)
{
    sqlite3 *database = current_database();
    struct statements statements = {.prepared = {NULL}};
    sqlite3_stmt *found;

    (void)state;
    assert_int_equal(statements_prepare(&statements, database, false), SQLITE_OK);
    for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
        assert_int_equal(statements_find(&statements, i, &found),
                         i >= STATEMENT_READ_ROWS ? SQLITE_OK : SQLITE_READONLY);
        assert_int_equal(found != NULL, i >= STATEMENT_READ_ROWS);
        assert_true(found == NULL || sqlite3_stmt_readonly(found));
    }
    statements_finalize(&statements);
    sqlite3_close(database);
}

static void test_a_copy_is_another(void **state)
{
    sqlite3 *database = current_database();
    struct statements statements = {.prepared = {NULL}};
    sqlite3_stmt *found, *copy;

    (void)state;
    assert_int_equal(statements_prepare(&statements, database, false), SQLITE_OK);
    for (unsigned i = STATEMENT_READ_ROWS; i < STATEMENT_COUNT; i++) {
        assert_int_equal(statements_find(&statements, i, &found), SQLITE_OK);
        assert_int_equal(statements_copy(&statements, i, &copy), SQLITE_OK);
        assert_ptr_not_equal(copy, found);
        assert_string_equal(sqlite3_sql(copy), sqlite3_sql(found));
        sqlite3_finalize(copy);
    }
    statements_finalize(&statements);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void test_a_missing_column_fails(void **state)
{
    sqlite3 *database = current_database();
    struct statements statements = {.prepared = {NULL}};

    (void)state;
    assert_int_equal(sqlite3_exec(database, "DROP TABLE totals; CREATE TABLE totals (run INTEGER)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    for (int writable = 0; writable <= 1; writable++) {
        assert_int_equal(statements_prepare(&statements, database, writable) & 0xff, SQLITE_ERROR);
        statements_finalize(&statements);
    }
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

/* How SQLite will go about a statement: its steps, each ended by a line's end. */
static void explain(struct statements *statements, unsigned number, char *plan, size_t size)
{
    sqlite3_stmt *statement, *steps;
    size_t length = 0;
    char *sql;

    assert_int_equal(statements_find(statements, number, &statement), SQLITE_OK);
    sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sqlite3_sql(statement));
    assert_int_equal(sqlite3_prepare_v2(statements->database, sql, -1, &steps, NULL), SQLITE_OK);
    while (sqlite3_step(steps) == SQLITE_ROW)
        length += (size_t)snprintf(plan + length, size - length, "%s\n",
                                   (const char *)sqlite3_column_text(steps, 3));
    assert_in_range(length, 1, size - 1);
    sqlite3_finalize(steps);
    sqlite3_free(sql);
}

/* A million flows must not be sorted; each step has the word that is needed. */
static void assert_plan(struct statements *statements, unsigned number, const char *needed)
{
    char plan[2000];

    explain(statements, number, plan, sizeof plan);
    assert_null(strstr(plan, "TEMP B-TREE"));
    for (char *step = strtok(plan, "\n"); step != NULL; step = strtok(NULL, "\n"))
        assert_non_null(strstr(step, needed));
}

/* A flow's packets are few: they may be sorted, but are not looked for everywhere. */
static void assert_searches(struct statements *statements, unsigned number)
{
    char plan[2000];
    int searches = 0;

    explain(statements, number, plan, sizeof plan);
    assert_null(strstr(plan, "SCAN"));
    for (const char *at = plan; (at = strstr(at, "SEARCH")) != NULL; at++)
        searches++;
    assert_int_equal(searches, 3);
}

static void test_reads_use_the_indexes(void **state)
{
    static const unsigned sorted[] = {TABLE_SOURCE, TABLE_HOST, TABLE_RESOLVER, TABLE_FLOW,
                                      TABLE_DNS,    TABLE_TLS,  TABLE_NTP,      TABLE_TOTALS};
    static const unsigned few[] = {
        STATEMENT_READ_FLOW,        STATEMENT_READ_TLS_OF,       STATEMENT_READ_TLS_IN_SHORT_OF,
        STATEMENT_READ_DNS_BETWEEN, STATEMENT_READ_HTTP_BETWEEN, STATEMENT_READ_NTP_BETWEEN};
    sqlite3 *database = current_database();
    struct statements statements = {.prepared = {NULL}};

    (void)state;
    assert_int_equal(schema_make_indexes(database), SQLITE_OK);
    assert_int_equal(statements_prepare(&statements, database, false), SQLITE_OK);
    for (size_t i = 0; i < sizeof sorted / sizeof sorted[0]; i++) {
        assert_plan(&statements, STATEMENT_READ_ROWS + sorted[i], "");
        assert_plan(&statements, STATEMENT_READ_ALL_ROWS + sorted[i], "");
    }
    for (size_t i = 0; i < sizeof few / sizeof few[0]; i++)
        assert_plan(&statements, few[i], "SEARCH");
    assert_searches(&statements, STATEMENT_READ_EVENTS_OF);
    assert_plan(&statements, STATEMENT_READ_ALL_SHARE + SHARE_FLOWS_IN_SHORT, "");
    assert_plan(&statements, STATEMENT_READ_ALL_SHARE + SHARE_DNS_IN_SHORT, "");
    statements_finalize(&statements);
    sqlite3_close(database);
}

/* What one bound value comes back as. */
static sqlite3_stmt *echo(sqlite3 *database)
{
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(database, "SELECT ?1", -1, &statement, NULL), SQLITE_OK);
    return statement;
}

static void test_text(void **state)
{
    sqlite3 *database = current_database();
    sqlite3_stmt *statement = echo(database);
    char longest[TEXT_LIMIT + 10];

    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(statement_bind_text(statement, 1, longest), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(strlen(statement_text(statement, 0)), TEXT_LIMIT);
    sqlite3_reset(statement);
    assert_int_equal(statement_bind_text(statement, 1, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_null(statement_text(statement, 0));
    sqlite3_reset(statement);
    /* Longer than we write, or not text. */
    assert_int_equal(sqlite3_bind_text(statement, 1, longest, TEXT_LIMIT + 1, SQLITE_STATIC),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_null(statement_text(statement, 0));
    sqlite3_reset(statement);
    assert_int_equal(sqlite3_bind_blob(statement, 1, "ab", 2, SQLITE_STATIC), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_null(statement_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

static void test_numbers(void **state)
{
    sqlite3 *database = current_database();
    sqlite3_stmt *statement = echo(database);

    (void)state;
    assert_int_equal(statement_bind_count(statement, 1, UINT64_MAX), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_true(statement_count(statement, 0) == INT64_MAX);
    sqlite3_reset(statement);
    assert_int_equal(sqlite3_bind_int64(statement, 1, -5), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_true(statement_count(statement, 0) == 0);
    sqlite3_reset(statement);
    assert_int_equal(statement_bind_time(statement, 1, TIMESTAMP_NONE), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_type(statement, 0), SQLITE_NULL);
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

static void test_run_tells_of_errors(void **state)
{
    sqlite3 *database = current_database();
    sqlite3_stmt *statement;

    (void)state;
    assert_int_equal(
        sqlite3_prepare_v2(database, "INSERT INTO source (id) VALUES (1)", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(statement_run(statement) & 0xff, SQLITE_CONSTRAINT); /* run is missing */
    assert_false(sqlite3_stmt_busy(statement));
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_can_be_had),
        cmocka_unit_test(test_a_reader_has_no_writes),
        cmocka_unit_test(test_a_copy_is_another),
        cmocka_unit_test(test_a_missing_column_fails),
        cmocka_unit_test(test_reads_use_the_indexes),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_run_tells_of_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
