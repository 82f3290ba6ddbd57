/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is it seen that somebody keeps the log from beginning anew?
 */
#include "storage/write_log.h"
#include "tests/support/scratch.h"

static struct scratch scratch;

static int set_up(void **state)
{
    (void)state;
    scratch_begin(&scratch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_end(&scratch);
    return 0;
}

static void run(sqlite3 *database, const char *sql)
{
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
}

static sqlite3 *open_one(void)
{
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(scratch_path(&scratch, "a.db"), &database), SQLITE_OK);
    return database;
}

static void test_who_reads_holds_the_log(void **state)
{
    sqlite3 *writer = open_one(), *reader = open_one();

    (void)state;
    assert_int_equal(write_log_size(writer), 0);
    run(writer, "PRAGMA journal_mode = WAL; CREATE TABLE fruit (name TEXT)");
    assert_in_range(write_log_size(writer), 4096, 40960);
    assert_false(write_log_is_held(writer));
    run(reader, "BEGIN; SELECT * FROM fruit");
    assert_false(write_log_is_held(writer));
    run(writer, "INSERT INTO fruit VALUES ('apple')");
    assert_true(write_log_is_held(writer));
    run(reader, "COMMIT");
    assert_false(write_log_is_held(writer));
    sqlite3_close(reader);
    sqlite3_close(writer);
    scratch_remove(&scratch, "a.db");
}

static void test_no_log_is_not_held(void **state)
{
    sqlite3 *database = NULL;

    (void)state;
    assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
    run(database, "CREATE TABLE fruit (name TEXT)");
    assert_int_equal(write_log_size(database), 0);
    assert_false(write_log_is_held(database));
    sqlite3_close(database);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_reads_holds_the_log, set_up, tear_down),
        cmocka_unit_test(test_no_log_is_not_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
