/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a database of every released schema open, for reading and for writing, with all
 * that was in it?  They are kept as text beside this file (version-N.sql).  Who changes
 * the tables and not the version finds out here.
 */
#include "storage/facts.h"
#include "storage/schema.h"
#include "tests/support/scratch.h"

#include <sqlite3.h>

static struct scratch scratch;
static char path[512];

static int set_up(void **state)
{
    (void)state;
    scratch_begin(&scratch);
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "kept.db"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_end(&scratch);
    return 0;
}

/* Makes the database of that version. */
static void make_version(int version)
{
    char name[64], source[512];
    sqlite3 *database = NULL;
    FILE *file;
    char *sql = calloc(1, 1 << 20);

    snprintf(name, sizeof name, "tests/unit/version-%d.sql", version);
    assert_non_null(scratch_source(source, sizeof source, name));
    file = fopen(source, "r");
    assert_non_null(file);
    assert_non_null(sql);
    assert_in_range(fread(sql, 1, (1 << 20) - 1, file), 1000, (1 << 20) - 2);
    fclose(file);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
    free(sql);
}

static bool count(void *owner, const struct fact *fact)
{
    (void)fact;
    ++*(size_t *)owner;
    return true;
}

static size_t facts_of(struct store *store, enum fact_kind kind)
{
    struct problem problem = {""};
    size_t facts = 0;

    assert_true(facts_read(store, kind, NULL, count, &facts, &problem));
    return facts;
}

static void assert_all_there(struct store *store)
{
    assert_int_equal(facts_of(store, FACT_SOURCE), 1);
    assert_int_equal(facts_of(store, FACT_TOTALS), 1);
    assert_int_equal(facts_of(store, FACT_HOST), 1);
    assert_in_range(facts_of(store, FACT_FLOW), 5, 16);
    assert_in_range(facts_of(store, FACT_DNS), 5, 50);
    assert_in_range(facts_of(store, FACT_EVENT), 5, 200);
}

static void test_every_version_opens(void **state)
{
    (void)state;
    for (int version = 1; version <= SCHEMA_VERSION; version++) {
        struct problem problem = {""};
        struct store *store;

        make_version(version);
        if (version == SCHEMA_VERSION) {
            store = store_open_readonly(path, &problem);
            assert_string_equal(problem.text, "");
            assert_all_there(store);
            store_close(store);
        }
        store = store_open(path, &problem);
        assert_string_equal(problem.text, "");
        assert_all_there(store);
        assert_true(store_begin_run(store, "later", 1, &problem));
        assert_true(store_finish_run(store, &problem));
        store_close(store);
        store = store_open_readonly(path, &problem);
        assert_string_equal(problem.text, "");
        assert_all_there(store);
        store_close(store);
        scratch_remove(&scratch, "kept.db");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_version_opens, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
