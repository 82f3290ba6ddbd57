/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are the tables made as the columns' table says, and is every other database told
 * from one of ours?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "storage/columns.h"
#include "storage/schema.h"

static sqlite3 *empty_database(void)
{
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
    return database;
}

static sqlite3 *current_database(void)
{
    sqlite3 *database = empty_database();

    assert_int_equal(schema_upgrade(database), SQLITE_OK);
    return database;
}

static void run(sqlite3 *database, const char *sql)
{
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void assert_state(sqlite3 *database, enum schema_state wanted, int wanted_version)
{
    enum schema_state state;
    int version;

    assert_int_equal(schema_inspect(database, &state, &version), SQLITE_OK);
    assert_int_equal(state, wanted);
    assert_int_equal(version, wanted_version);
}

/* Both ways: no column without a line in columns.c (but for the event's and the ntp's
 * own number), and no line without a column. */
static void test_tables_have_the_columns(void **state)
{
    sqlite3 *database = current_database();

    (void)state;
    for (int i = 0; i < TABLE_COUNT; i++) {
        const struct table_columns *table = table_columns((enum table)i);
        sqlite3_stmt *statement;
        char sql[128];
        int own_number = i == TABLE_EVENT || i == TABLE_HTTP || i == TABLE_NTP || i == TABLE_LEASE;
        snprintf(sql, sizeof sql, "SELECT * FROM %s", table->name);
        assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_column_count(statement), (int)table->count + own_number);
        sqlite3_finalize(statement);
        for (size_t k = 0; k < table->count; k++) {
            snprintf(sql, sizeof sql, "SELECT %s FROM %s", table->columns[k].name, table->name);
            run(database, sql);
        }
    }
    sqlite3_close(database);
}

static void test_views_can_be_asked(void **state)
{
    static const char *const views[] = {
        "runs",        "sources",          "hosts",       "resolvers",      "flows",
        "flow_events", "dns_transactions", "dns_records", "tls_handshakes", "ntp_exchanges",
    };
    sqlite3 *database = current_database();

    (void)state;
    run(database, "PRAGMA trusted_schema = OFF");
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT * FROM %s", views[i]);
        run(database, sql);
    }
    sqlite3_close(database);
}

static void test_empty_and_current(void **state)
{
    sqlite3 *database = empty_database();

    (void)state;
    assert_state(database, SCHEMA_EMPTY, 0);
    assert_int_equal(schema_upgrade(database), SQLITE_OK);
    assert_state(database, SCHEMA_OURS, SCHEMA_VERSION);
    assert_true(sqlite3_get_autocommit(database));
    /* Again: nothing to do, nothing lost. */
    run(database, "INSERT INTO run (tool_version) VALUES ('1')");
    assert_int_equal(schema_upgrade(database), SQLITE_OK);
    assert_int_equal(schema_make_indexes(database), SQLITE_OK);
    assert_int_equal(schema_make_indexes(database), SQLITE_OK);
    assert_state(database, SCHEMA_OURS, SCHEMA_VERSION);
    sqlite3_close(database);
}

static void test_foreign(void **state)
{
    sqlite3 *database = empty_database();

    (void)state;
    run(database, "CREATE TABLE bookmarks (title TEXT)");
    assert_state(database, SCHEMA_FOREIGN, 0);
    sqlite3_close(database);
    /* Marked by another program, though without tables yet. */
    database = empty_database();
    run(database, "PRAGMA application_id = 12345");
    assert_state(database, SCHEMA_FOREIGN, 0);
    sqlite3_close(database);
    /* Another program's tables by our version's number. */
    database = empty_database();
    run(database, "PRAGMA user_version = 1; CREATE TABLE flow (id INTEGER)");
    assert_state(database, SCHEMA_FOREIGN, 1);
    sqlite3_close(database);
}

static void test_newer(void **state)
{
    sqlite3 *database = current_database();

    (void)state;
    run(database, "PRAGMA user_version = 7");
    assert_state(database, SCHEMA_NEWER, 7);
    sqlite3_close(database);
}

static void test_damaged(void **state)
{
    sqlite3 *database = current_database();

    (void)state;
    run(database, "DROP TABLE ntp");
    assert_state(database, SCHEMA_DAMAGED, SCHEMA_VERSION);
    /* A view by the table's name is not the table. */
    run(database, "CREATE VIEW ntp AS SELECT * FROM tls");
    assert_state(database, SCHEMA_DAMAGED, SCHEMA_VERSION);
    sqlite3_close(database);
    database = current_database();
    run(database, "PRAGMA user_version = -3");
    assert_state(database, SCHEMA_DAMAGED, -3);
    sqlite3_close(database);
}

/* A failed upgrade leaves what was there. */
static void test_upgrade_is_all_or_nothing(void **state)
{
    sqlite3 *database = empty_database();
    sqlite3_stmt *statement;

    (void)state;
    run(database, "CREATE TABLE flow (id INTEGER)"); /* stands in the way of ours */
    assert_int_not_equal(schema_upgrade(database), SQLITE_OK);
    assert_true(sqlite3_get_autocommit(database));
    assert_int_equal(
        sqlite3_prepare_v2(database, "SELECT count(*) FROM sqlite_master", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 0), 1);
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

/* An earlier development version: the same number, and other columns. */
static void test_other_columns(void **state)
{
    static const char *const changes[] = {
        "ALTER TABLE layer DROP COLUMN packets",
        "ALTER TABLE source ADD COLUMN colour TEXT",
        "ALTER TABLE flow RENAME COLUMN history TO past",
    };

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        sqlite3 *database = current_database();

        run(database, "DROP VIEW flows; DROP VIEW flow_events");
        assert_state(database, SCHEMA_OURS, SCHEMA_VERSION);
        run(database, changes[i]);
        assert_state(database, SCHEMA_DAMAGED, SCHEMA_VERSION);
        sqlite3_close(database);
    }
}

static int number_of(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement;
    int number;

    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    number = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* From every version to the newest, keeping what is there; and not half of it. */
static void test_upgrades_follow_one_another(void **state)
{
    static const char *const first[] = {"CREATE TABLE fruit (name TEXT)",
                                        "INSERT INTO fruit VALUES ('apple')", NULL};
    static const char *const second[] = {"ALTER TABLE fruit ADD COLUMN weight INTEGER",
                                         "UPDATE fruit SET weight = 150", NULL};
    static const char *const third[] = {"CREATE TABLE tree (id INTEGER)", NULL};
    static const char *const broken[] = {"CREATE TABLE leaf (id INTEGER)", "NO SUCH STATEMENT",
                                         NULL};
    const struct schema_upgrade upgrades[] = {
        {first, "PRAGMA user_version = 1"},
        {second, "PRAGMA user_version = 2"},
        {third, "PRAGMA user_version = 3"},
        {broken, "PRAGMA user_version = 4"},
    };

    (void)state;
    for (int from = 0; from <= 3; from++) {
        sqlite3 *database = empty_database();

        assert_int_equal(schema_upgrade_by(database, upgrades, from), SQLITE_OK);
        assert_int_equal(number_of(database, "PRAGMA user_version"), from);
        /* To the newest in one transaction: where the last step fails, no step was made. */
        assert_int_not_equal(schema_upgrade_by(database, upgrades, 4), SQLITE_OK);
        assert_true(sqlite3_get_autocommit(database));
        assert_int_equal(number_of(database, "PRAGMA user_version"), from);
        assert_int_equal(
            number_of(database, "SELECT count(*) FROM sqlite_master WHERE name = 'leaf'"), 0);
        assert_int_equal(schema_upgrade_by(database, upgrades, 3), SQLITE_OK);
        assert_int_equal(number_of(database, "PRAGMA user_version"), 3);
        assert_int_equal(number_of(database, "SELECT weight FROM fruit"), 150);
        assert_int_equal(number_of(database, "SELECT count(*) FROM tree"), 0);
        sqlite3_close(database);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_have_the_columns),
        cmocka_unit_test(test_views_can_be_asked),
        cmocka_unit_test(test_empty_and_current),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_newer),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_upgrade_is_all_or_nothing),
        cmocka_unit_test(test_other_columns),
        cmocka_unit_test(test_upgrades_follow_one_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
