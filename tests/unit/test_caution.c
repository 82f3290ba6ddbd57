/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may a database do to who opens it?  Each test writes one that means harm; a report
 * of it must end soon, with a sentence or with facts, and nothing in it may run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/sanitizers.h"
#include "storage/facts.h"

#define LEVELS 8 /* of pages that all lead to the same next one */
#define BRANCHES 80
#define SECONDS_AT_MOST 20 /* of processor, with sanitizers; what it is kept from takes years */

#define MEBIBYTES(count) ((rlim_t)(count) << 20)

struct fixture {
    char folder[64];
    char path[80];
};

static int set_up(void **state)
{
    static struct fixture fixture;

    strcpy(fixture.folder, "/tmp/applepath-test-XXXXXX");
    if (mkdtemp(fixture.folder) == NULL)
        return -1;
    snprintf(fixture.path, sizeof fixture.path, "%s/a.db", fixture.folder);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    const struct fixture *fixture = *state;

    unlink(fixture->path);
    return rmdir(fixture->folder);
}

static bool take(struct store *store, const struct fact *fact)
{
    struct fact_sink sink = store_sink(store);

    return sink.take(sink.owner, fact);
}

static struct store *open_to_write(const char *path)
{
    struct problem problem = {""};
    struct store *store = store_open(path, &problem);

    assert_string_equal(problem.text, "");
    assert_non_null(store);
    assert_true(store_begin_run(store, "0.1.0", 1, &problem));
    return store;
}

/* A run with three hosts, three flows and a source. */
static void write_run(const char *path)
{
    struct problem problem = {""};
    struct store *store = open_to_write(path);

    for (uint8_t i = 1; i <= 3; i++) {
        struct fact host = {.kind = FACT_HOST}, flow = {.kind = FACT_FLOW};
        const uint8_t octets[4] = {10, 0, 0, i};

        host.as.host.address = address_from_ipv4(octets);
        flow.as.flow.id = i;
        flow.as.flow.client.address = host.as.host.address;
        flow.as.flow.first_time = flow.as.flow.last_time = i;
        assert_true(take(store, &host));
        assert_true(take(store, &flow));
    }
    assert_true(
        take(store, &(struct fact){.kind = FACT_SOURCE, .as.source = {.id = 1, .name = "a.pcap"}}));
    assert_true(store_finish_run(store, &problem));
    store_close(store);
}

/* As somebody who means harm does, without any of our care. */
static void spoil(const char *path, const char *sql)
{
    sqlite3 *database = NULL;
    char *message = NULL;

    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    if (sqlite3_exec(database, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static unsigned root_of(const char *path, const char *name)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    int root;

    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database,
                                        "SELECT rootpage FROM sqlite_master WHERE name = ?1", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    root = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    assert_true(root > 1);
    return (unsigned)root;
}

static void put_number(uint8_t *at, unsigned number, unsigned size)
{
    while (size-- > 0) {
        at[size] = (uint8_t)number;
        number >>= 8;
    }
}

static unsigned number_at(const uint8_t *at, unsigned size)
{
    unsigned number = 0;

    while (size-- > 0)
        number = number << 8 | *at++;
    return number;
}

/* An inner page whose children are all `child`; `cell` is what follows a child's number.
 * https://sqlite.org/fileformat2.html section 1.6 */
static void fill_inner(uint8_t *page, unsigned page_size, unsigned child, bool index,
                       const uint8_t *cell, unsigned cell_size)
{
    unsigned content = page_size;

    memset(page, 0, page_size);
    page[0] = index ? 2 : 5;
    put_number(page + 3, BRANCHES, 2);
    put_number(page + 8, child, 4);
    for (unsigned i = 0; i < BRANCHES; i++) {
        content -= 4 + cell_size;
        put_number(page + content, child, 4);
        memcpy(page + content + 4, cell, cell_size);
        put_number(page + 12 + 2 * i, content, 2);
    }
    put_number(page + 5, content, 2);
    assert_true(12 + 2 * BRANCHES <= content);
}

/* The leaf that a table or an index is gets levels above it, each of which leads to the
 * next many times over: BRANCHES to the power of LEVELS rows in some pages. */
static void multiply_rows(const char *path, unsigned root)
{
    int file = open(path, O_RDWR);
    struct stat status;
    uint8_t head[100], cell[64] = {1};
    unsigned cell_size = 1;

    assert_true(file >= 0 && fstat(file, &status) == 0);
    assert_int_equal(pread(file, head, sizeof head, 0), sizeof head);
    const unsigned page_size = number_at(head + 16, 2);
    const unsigned last = (unsigned)status.st_size / page_size;
    uint8_t *page = malloc(page_size);

    assert_non_null(page);
    assert_int_equal(pread(file, page, page_size, (off_t)(root - 1) * page_size), page_size);
    const bool index = page[0] == 10;
    assert_true(index || page[0] == 13);
    if (index) { /* inner pages of an index have rows themselves */
        unsigned at = number_at(page + 8, 2);

        cell_size = 1u + page[at];
        assert_true(cell_size <= 40 && at + cell_size <= page_size);
        memcpy(cell, page + at, cell_size);
    }
    assert_int_equal(pwrite(file, page, page_size, (off_t)last * page_size), page_size);
    for (unsigned level = 1; level <= LEVELS; level++) {
        unsigned place = level < LEVELS ? last + 1 + level : root;

        fill_inner(page, page_size, last + level, index, cell, cell_size);
        assert_int_equal(pwrite(file, page, page_size, (off_t)(place - 1) * page_size), page_size);
    }
    put_number(head + 28, last + LEVELS, 4); /* pages of the file */
    assert_int_equal(pwrite(file, head, sizeof head, 0), sizeof head);
    free(page);
    close(file);
}

static struct store *open_to_read(const char *path)
{
    struct problem problem = {""};
    struct store *store = store_open_readonly(path, &problem);

    assert_string_equal(problem.text, "");
    assert_non_null(store);
    return store;
}

static bool count_fact(void *owner, const struct fact *fact)
{
    (void)fact;
    ++*(uint64_t *)owner;
    return true;
}

/* Reading ends, with a sentence, before more rows than the file has bytes. */
static void assert_refused_soon(const char *path, enum fact_kind kind,
                                const struct fact_selection *selection)
{
    struct problem problem = {""};
    struct store *store = open_to_read(path);
    struct stat status;
    uint64_t count = 0;
    clock_t begun = clock();

    assert_int_equal(stat(path, &status), 0);
    assert_false(facts_read(store, kind, selection, count_fact, &count, &problem));
    assert_non_null(strstr(problem.text, "is damaged (it asks for more than"));
    assert_true(count <= (uint64_t)status.st_size);
    assert_true((clock() - begun) / CLOCKS_PER_SEC < SECONDS_AT_MOST);
    store_close(store);
}

static void test_a_table_of_endless_rows(void **state)
{
    const struct fixture *fixture = *state;

    write_run(fixture->path);
    multiply_rows(fixture->path, root_of(fixture->path, "source"));
    assert_refused_soon(fixture->path, FACT_SOURCE, NULL);
}

/* One long value, which all the rows of the file show. */
static void assert_long_value_is_refused(const char *path, const char *sql)
{
    write_run(path);
    spoil(path, sql);
    multiply_rows(path, root_of(path, "dns_by_time"));
    assert_refused_soon(path, FACT_DNS, NULL);
    unlink(path);
}

static void test_rows_that_share_a_long_value(void **state)
{
    const struct fixture *fixture = *state;

    assert_long_value_is_refused(
        fixture->path, "INSERT INTO dns (id, run, query_time, records) VALUES (1, 1, 1, '[[\"' ||"
                       " replace(hex(zeroblob(490000)), '0', 'a'))");
    assert_long_value_is_refused(fixture->path,
                                 "INSERT INTO dns (id, run, query_time, name) VALUES (1, 1, 1,"
                                 " replace(hex(zeroblob(490000)), '0', 'a'))");
}

/* What sorting rows that share a long value says: "" where it is not told in time. */
static void sort_in_child(const char *path, int to)
{
    struct rlimit memory = {MEBIBYTES(512), MEBIBYTES(512)};
    struct rlimit file = {MEBIBYTES(64), MEBIBYTES(64)};
    struct problem problem = {""};
    uint64_t count = 0;
    struct store *store = store_open_readonly(path, &problem);

    signal(SIGXFSZ, SIG_IGN);
    alarm(10 * SECONDS_AT_MOST);
    if (store != NULL && setrlimit(RLIMIT_DATA, &memory) == 0 &&
        setrlimit(RLIMIT_FSIZE, &file) == 0)
        (void)facts_read(store, FACT_DNS, NULL, count_fact, &count, &problem);
    _exit(write(to, problem.text, strlen(problem.text)) < 0);
}

/* A file with a hole behind its pages, which are as many as that takes. */
static void grow_to(const char *path, off_t size)
{
    uint8_t head[100], count[4];
    int file = open(path, O_RDWR);

    assert_true(file >= 0);
    assert_int_equal(pread(file, head, sizeof head, 0), sizeof head);
    put_number(count, (unsigned)((uint64_t)size / number_at(head + 16, 2)), sizeof count);
    assert_int_equal(pwrite(file, count, sizeof count, 28), sizeof count);
    assert_int_equal(pwrite(file, head + 24, 4, 92), 4); /* the count is valid for this version */
    assert_int_equal(ftruncate(file, size), 0);
    close(file);
}

/* Without an index they go through a sort, and none is seen before it has all of them: in
 * memory, as the file system has no room for files without end. `size` 0: as it is. */
static void assert_sort_ends(const struct fixture *fixture, off_t size)
{
    char said[sizeof(struct problem)] = "";
    int ends[2], status;

    if (MAPS_MORE)
        skip();
    write_run(fixture->path);
    spoil(fixture->path, "DROP INDEX dns_by_time; DROP INDEX dns_asked_for;"
                         "INSERT INTO dns (id, run, query_time, name) VALUES (1, 1, 1,"
                         " replace(hex(zeroblob(490000)), '0', 'a'))");
    multiply_rows(fixture->path, root_of(fixture->path, "dns"));
    if (size > 0)
        grow_to(fixture->path, size);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        sort_in_child(fixture->path, ends[1]);
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(read(ends[0], said, sizeof said - 1) > 0);
    close(ends[0]);
    assert_non_null(strstr(said, "memory has run out"));
}

static void test_a_sort_of_endless_rows(void **state)
{
    assert_sort_ends(*state, 0);
}

static void test_a_sort_of_a_large_file(void **state)
{
    assert_sort_ends(*state, MEBIBYTES(700));
}

/* None of the rows is wanted, so that none can be counted. */
static void test_endless_rows_that_nobody_sees(void **state)
{
    const struct fixture *fixture = *state;
    const uint8_t octets[4] = {192, 0, 2, 1};
    const struct address other = address_from_ipv4(octets);
    const struct fact_selection selection = {TIMESTAMP_NONE, TIMESTAMP_NONE, &other};

    write_run(fixture->path);
    multiply_rows(fixture->path, root_of(fixture->path, "host"));
    assert_refused_soon(fixture->path, FACT_HOST, &selection);
}

static void test_an_index_of_endless_rows(void **state)
{
    const struct fixture *fixture = *state;

    write_run(fixture->path);
    multiply_rows(fixture->path, root_of(fixture->path, "flow_by_time"));
    assert_refused_soon(fixture->path, FACT_FLOW, NULL);
}

static void test_a_value_that_is_too_long(void **state)
{
    const struct fixture *fixture = *state;
    struct problem problem = {""};
    uint64_t count = 0;

    write_run(fixture->path);
    spoil(fixture->path, "UPDATE source SET name = zeroblob(1000001)");
    struct store *store = open_to_read(fixture->path);
    assert_false(facts_read(store, FACT_SOURCE, NULL, count_fact, &count, &problem));
    assert_non_null(strstr(problem.text, "is damaged"));
    store_close(store);
}

static uint64_t count_all(const char *path, enum fact_kind kind)
{
    struct problem problem = {""};
    struct store *store = open_to_read(path);
    uint64_t count = 0;

    assert_true(facts_read(store, kind, NULL, count_fact, &count, &problem));
    store_close(store);
    return count;
}

/* Triggers are of who wrote the file: they do not see what is added to it. */
static void test_triggers_do_not_run(void **state)
{
    const struct fixture *fixture = *state;

    write_run(fixture->path);
    spoil(fixture->path, "CREATE TRIGGER harm AFTER INSERT ON run BEGIN DELETE FROM host; END;"
                         "CREATE TRIGGER more BEFORE UPDATE ON run BEGIN DELETE FROM flow; END;");
    struct problem problem = {""};
    struct store *store = open_to_write(fixture->path);
    assert_true(store_finish_run(store, &problem));
    store_close(store);
    assert_int_equal(count_all(fixture->path, FACT_HOST), 3);
    assert_int_equal(count_all(fixture->path, FACT_FLOW), 3);
}

static void assert_not_opened(const char *path)
{
    struct problem problem = {""};

    assert_null(store_open_readonly(path, &problem));
    assert_true(strlen(problem.text) > 0);
    memset(&problem, 0, sizeof problem);
    assert_null(store_open(path, &problem));
    assert_true(strlen(problem.text) > 0);
}

/* What looks like a table of ours, and computes what is read. */
static void test_a_view_in_a_tables_place(void **state)
{
    const struct fixture *fixture = *state;

    write_run(fixture->path);
    spoil(fixture->path, "ALTER TABLE host RENAME TO kept; CREATE VIEW host AS "
                         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                         "SELECT kept.* FROM kept, n");
    assert_not_opened(fixture->path);
}

static void test_a_computed_column(void **state)
{
    const struct fixture *fixture = *state;

    write_run(fixture->path);
    spoil(fixture->path, "ALTER TABLE host RENAME COLUMN mac TO kept;"
                         "ALTER TABLE host ADD COLUMN mac AS (hex(zeroblob(100000)))");
    assert_not_opened(fixture->path);
}

/* Names that SQLite's own tables have, or that were theirs. */
static void test_tables_of_a_stranger_change_nothing(void **state)
{
    const struct fixture *fixture = *state;

    write_run(fixture->path);
    spoil(fixture->path, "CREATE TABLE pragma_table_info (name, arg HIDDEN);"
                         "CREATE TABLE pragma_page_count (page_count);"
                         "INSERT INTO pragma_page_count VALUES (-1);"
                         "CREATE VIEW harm AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                         "SELECT i + 1 FROM n) SELECT i FROM n;"
                         "ANALYZE; UPDATE sqlite_stat1 SET stat = '9223372036854775807 0 -1'");
    assert_int_equal(count_all(fixture->path, FACT_HOST), 3);
    assert_int_equal(count_all(fixture->path, FACT_FLOW), 3);
}

/* A journal that was left in the middle of a write, and says which file lists others: SQLite
 * would undo the write and delete that file, whatever it is. */
static void write_journal(const char *database, const char *named)
{
    static const uint8_t mark[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
    uint8_t bytes[1024] = {0};
    unsigned length = (unsigned)strlen(named), sum = 0;
    char name[128];
    struct stat status;

    assert_int_equal(stat(database, &status), 0);
    memcpy(bytes, mark, sizeof mark);
    put_number(bytes + 16, (unsigned)status.st_size / 4096, 4);
    put_number(bytes + 20, 512, 4);
    put_number(bytes + 24, 4096, 4);
    put_number(bytes + 512, 0x40000000 / 4096 + 1, 4);
    memcpy(bytes + 516, named, length);
    for (unsigned i = 0; i < length; i++)
        sum += (unsigned)named[i];
    put_number(bytes + 516 + length, length, 4);
    put_number(bytes + 520 + length, sum, 4);
    memcpy(bytes + 524 + length, mark, sizeof mark);
    snprintf(name, sizeof name, "%s-journal", database);
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, 532 + length, file), 532 + length);
    fclose(file);
}

static void test_a_journal_that_names_a_file(void **state)
{
    const struct fixture *fixture = *state;
    char victim[128], journal[128];

    write_run(fixture->path);
    snprintf(victim, sizeof victim, "%s/victim", fixture->folder);
    snprintf(journal, sizeof journal, "%s-journal", fixture->path);
    fclose(fopen(victim, "wb"));
    write_journal(fixture->path, victim);
    assert_not_opened(fixture->path);
    assert_int_equal(access(victim, F_OK), 0);
    assert_int_equal(access(journal, F_OK), 0);
    unlink(journal);
    unlink(victim);
    assert_int_equal(count_all(fixture->path, FACT_FLOW), 3);
}

/* As `read -d` does with a capture that may be there already, and was begun before. */
static bool add_run(const char *path, struct problem *problem)
{
    const struct capture_beginning capture = {.name = "b.pcap", .content = "1234"};
    const uint8_t octets[4] = {10, 0, 0, 9};
    struct fact flow = {.kind = FACT_FLOW};
    size_t removed;
    bool holds;
    uint64_t count = 0;
    struct store *store = store_open(path, problem);

    if (store == NULL)
        return false;
    flow.as.flow.id = 1;
    flow.as.flow.client.address = address_from_ipv4(octets);
    flow.as.flow.first_time = flow.as.flow.last_time = 4;
    bool done = store_holds_capture(store, "1234", false, &holds, problem) &&
                store_begin_reading(store, "0.1.0", 2, &capture, 1, &removed, problem) &&
                (take(store, &flow) || problem_set(problem, "%s", store_problem(store)->text)) &&
                store_finish_run(store, problem) &&
                facts_read(store, FACT_HOST, NULL, count_fact, &count, problem) &&
                facts_read(store, FACT_FLOW, NULL, count_fact, &count, problem);
    store_close(store);
    return done;
}

/* Whatever of it has endless rows: adding to it ends, and with a sentence where they are met. */
static void test_endless_rows_where_one_writes(void **state)
{
    static const struct {
        const char *name;
        bool met;
    } tables[] = {{"source", true}, {"host", true}, {"flow", true},          {"flow_by_time", true},
                  {"begun", true},  {"run", false}, {"event_by_flow", false}};
    const struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        struct problem problem = {""};
        write_run(fixture->path);
        /* A run that was stopped, so that it is taken out again. */
        spoil(fixture->path, "INSERT INTO run (id) VALUES (2); INSERT INTO begun VALUES (2, "
                             "'b.pcap', '1234'); "
                             "INSERT INTO event (flow, packet_time) VALUES (1, 1), (2, 2);");
        multiply_rows(fixture->path, root_of(fixture->path, tables[i].name));
        clock_t begun = clock();
        bool done = add_run(fixture->path, &problem);
        print_message("%s: %s %.2f s\n", tables[i].name, problem.text,
                      (double)(clock() - begun) / CLOCKS_PER_SEC);
        assert_true(done || strstr(problem.text, "is damaged") != NULL);
        assert_true(!done || !tables[i].met);
        assert_true((clock() - begun) / CLOCKS_PER_SEC < SECONDS_AT_MOST);
        unlink(fixture->path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_table_of_endless_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rows_that_share_a_long_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_sort_of_endless_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_sort_of_a_large_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_endless_rows_that_nobody_sees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_index_of_endless_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_value_that_is_too_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_triggers_do_not_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_view_in_a_tables_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_computed_column, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_journal_that_names_a_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tables_of_a_stranger_change_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_endless_rows_where_one_writes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
