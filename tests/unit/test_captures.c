/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are captures known again by what is in them, and does a run that was stopped leave
 * nothing when its capture is read again, and the others all that is theirs?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "storage/captures.h"
#include "storage/schema.h"

static const char *const tables[] = {"source", "host",   "resolver", "totals",     "flow", "event",
                                     "dns",    "layer",  "tls",      "http",       "apns", "ntp",
                                     "lease",  "minute", "run",      "certificate"};

#define TABLES (sizeof tables / sizeof tables[0])

static void run(sqlite3 *database, const char *sql)
{
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* Two rows or one in each table, of a run with these numbers. */
static void add_run(sqlite3 *database, int id, bool finished, int number, const char *content)
{
    char *sql = sqlite3_mprintf(
        "INSERT INTO run VALUES (%d, 'test', 1, %d, %d, %d, %d);"
        "INSERT INTO source (id, run, content) VALUES (%d, %d, %Q);"
        "INSERT INTO host (run, address) VALUES (%d, '10.0.0.1');"
        "INSERT INTO resolver (run, client_address, resolver_address) VALUES (%d, 'a', 'b');"
        "INSERT INTO totals (run) VALUES (%d); INSERT INTO layer (run, name) VALUES (%d, 'x');"
        "INSERT INTO lease (run) VALUES (%d);"
        "INSERT INTO certificate (run, sha256) VALUES (%d, '00');"
        "INSERT INTO flow (id, run) VALUES (%d, %d), (%d, %d);"
        "INSERT INTO event (flow) VALUES (%d), (%d); INSERT INTO tls (flow) VALUES (%d);"
        "INSERT INTO http (flow) VALUES (%d); INSERT INTO apns (flow) VALUES (%d);"
        "INSERT INTO ntp (flow) VALUES (%d); INSERT INTO dns (id, run) VALUES (%d, %d);"
        "INSERT INTO minute (source) VALUES (%d);",
        id, finished, number, number, number, number, id, content, id, id, id, id, id, id,
        number - 1, id, number, id, number - 1, number, number, number, number, number, number, id,
        number);

    assert_non_null(sql);
    run(database, sql);
    sqlite3_free(sql);
}

static void begin(sqlite3 *database, int64_t id, const char *first, const char *second)
{
    const struct capture_beginning captures[] = {{"one", first}, {"two", second}};

    assert_int_equal(captures_begin(database, id, captures, 2), SQLITE_OK);
}

static int rows_of(sqlite3 *database, const char *table)
{
    sqlite3_stmt *statement;
    char *sql = sqlite3_mprintf("SELECT count(*) FROM %s", table);
    int count;

    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_free(sql);
    return count;
}

static sqlite3 *database_of_three(void)
{
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
    assert_int_equal(schema_upgrade(database), SQLITE_OK);
    add_run(database, 1, true, 10, "aa:3");
    add_run(database, 2, false, 20, NULL);
    add_run(database, 3, true, 30, "cc:5");
    return database;
}

static void test_what_a_stopped_run_left_goes(void **state)
{
    const struct capture_beginning others[] = {{"x", "dd"}, {"pipe", NULL}};
    const struct capture_beginning same[] = {{"x", "dd"}, {"renamed", "bb"}};
    sqlite3 *database = database_of_three();
    size_t removed = 0;
    int before[TABLES];

    (void)state;
    begin(database, 2, NULL, "bb");
    for (size_t i = 0; i < TABLES; i++)
        before[i] = rows_of(database, tables[i]);
    assert_int_equal(captures_remove_unfinished(database, others, 2, &removed), SQLITE_OK);
    assert_int_equal(removed, 0);
    for (size_t i = 0; i < TABLES; i++)
        assert_int_equal(rows_of(database, tables[i]), before[i]);
    assert_int_equal(captures_remove_unfinished(database, same, 2, &removed), SQLITE_OK);
    assert_int_equal(removed, 1);
    /* A third of all: the others' are there. */
    for (size_t i = 0; i < TABLES; i++)
        assert_int_equal(rows_of(database, tables[i]), before[i] / 3 * 2);
    assert_int_equal(rows_of(database, "begun"), 0);
    assert_int_equal(rows_of(database, "flow WHERE id IN (9, 10, 29, 30)"), 4);
    sqlite3_close(database);
}

static void test_several_runs_stopped_at_one_capture(void **state)
{
    const struct capture_beginning again = {"again", "bb"};
    sqlite3 *database = database_of_three();
    size_t removed = 0;

    (void)state;
    add_run(database, 4, false, 40, NULL);
    begin(database, 2, "bb", "ee");
    begin(database, 4, "ff", "bb");
    assert_int_equal(captures_remove_unfinished(database, &again, 1, &removed), SQLITE_OK);
    assert_int_equal(removed, 2);
    assert_int_equal(rows_of(database, "run"), 2);
    assert_int_equal(rows_of(database, "event"), 4);
    sqlite3_close(database);
}

static void test_a_run_that_ended_is_not_stopped(void **state)
{
    const struct capture_beginning again = {"again", "bb"};
    sqlite3 *database = database_of_three();
    size_t removed = 0;

    (void)state;
    begin(database, 3, "bb", NULL);
    assert_int_equal(captures_finish(database, 3), SQLITE_OK);
    assert_int_equal(captures_remove_unfinished(database, &again, 1, &removed), SQLITE_OK);
    assert_int_equal(removed, 0);
    assert_int_equal(rows_of(database, "run"), 3);
    sqlite3_close(database);
}

static void assert_held(sqlite3 *database, const char *content, bool whole, bool wanted)
{
    bool holds = !wanted;

    assert_int_equal(captures_find(database, content, whole, &holds), SQLITE_OK);
    assert_int_equal(holds, wanted);
}

static void test_captures_are_known_again(void **state)
{
    sqlite3 *database = database_of_three();

    (void)state;
    run(database, "UPDATE source SET content = 'bb:4' WHERE id = 20");
    assert_held(database, "aa", false, true);
    assert_held(database, "a", false, false);
    assert_held(database, "aa:3", true, true);
    assert_held(database, "aa:4", true, false); /* grown since */
    assert_held(database, "aa", true, false);
    assert_held(database, "%", false, false);
    /* Of a run that was stopped. */
    assert_held(database, "bb", false, false);
    assert_held(database, "bb:4", true, false);
    sqlite3_close(database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_stopped_run_left_goes),
        cmocka_unit_test(test_several_runs_stopped_at_one_capture),
        cmocka_unit_test(test_a_run_that_ended_is_not_stopped),
        cmocka_unit_test(test_captures_are_known_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
