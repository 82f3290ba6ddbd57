/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files are taken and which are refused, with what words; whose eyes a new one
 * is for; and what is left in its folder afterwards?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/connection.h"
#include "storage/schema.h"

struct fixture {
    char folder[64];
    char path[128];
};

static int set_up(void **state)
{
    static struct fixture fixture;

    strcpy(fixture.folder, "/tmp/applepath-test-XXXXXX");
    if (mkdtemp(fixture.folder) == NULL)
        return -1;
    snprintf(fixture.path, sizeof fixture.path, "%s/a ?#%%.db", fixture.folder);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    const struct fixture *fixture = *state;

    unlink(fixture->path);
    return rmdir(fixture->folder);
}

/* How many files the folder holds. */
static int files_in(const char *folder)
{
    DIR *directory = opendir(folder);
    int count = 0;

    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return count;
}

static void write_file(const char *path, const char *content, mode_t mode)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

    assert_true(file >= 0);
    assert_int_equal(write(file, content, strlen(content)), (ssize_t)strlen(content));
    close(file);
}

static void make_database(const char *path, const char *sql)
{
    sqlite3 *database;

    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void make_ours(const char *path)
{
    struct connection connection = CONNECTION_CLOSED;
    struct problem problem = {""};

    assert_true(connection_open(&connection, path, &problem));
    connection_close(&connection);
}

typedef bool opener(struct connection *connection, const char *path, struct problem *problem);

/* The words are the path, then these; and `; ` and advice must be among them. */
static void assert_refused_by(opener *open_it, const char *path, const char *words)
{
    struct connection connection = CONNECTION_CLOSED;
    struct problem problem = {""};

    assert_false(open_it(&connection, path, &problem));
    connection_discard(&connection);
    assert_null(connection.database);
    assert_true(strncmp(problem.text, path, strlen(path)) == 0);
    assert_non_null(strstr(problem.text, words));
    assert_non_null(strstr(problem.text, "; "));
}

static void assert_refused(const char *path, const char *words)
{
    assert_refused_by(connection_open, path, words);
    assert_refused_by(connection_open_readonly, path, words);
}

static void test_new_file_is_its_owners(void **state)
{
    const struct fixture *fixture = *state;
    struct connection connection = CONNECTION_CLOSED;
    struct problem problem = {""};
    mode_t umask_before = umask(0);
    char log[160];
    struct stat status;

    snprintf(log, sizeof log, "%s-wal", fixture->path);
    assert_true(connection_open(&connection, fixture->path, &problem));
    umask(umask_before);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    if (stat(log, &status) == 0)
        assert_int_equal(status.st_mode & 0777, 0600);
    connection_close(&connection);
    assert_int_equal(files_in(fixture->folder), 1);
}

static void test_empty_file_counts_as_new(void **state)
{
    const struct fixture *fixture = *state;
    struct connection connection = CONNECTION_CLOSED;
    struct problem problem = {""};

    write_file(fixture->path, "", 0600);
    assert_refused_by(connection_open_readonly, fixture->path, "is not an applepath database");
    assert_true(connection_open(&connection, fixture->path, &problem));
    connection_close(&connection);
    assert_true(connection_open_readonly(&connection, fixture->path, &problem));
    connection_close(&connection);
    assert_int_equal(files_in(fixture->folder), 1);
}

static void test_not_a_database(void **state)
{
    const struct fixture *fixture = *state;
    static char page[8193];

    write_file(fixture->path, "Dear diary", 0600);
    assert_refused(fixture->path, "is not an applepath database; name another file for -d");
    memset(page, 'x', sizeof page - 1);
    write_file(fixture->path, page, 0600);
    assert_refused(fixture->path, "is not an applepath database; name another file for -d");
    assert_int_equal(files_in(fixture->folder), 1); /* refused, not removed */
}

static void test_another_programs_database(void **state)
{
    const struct fixture *fixture = *state;

    make_database(fixture->path, "CREATE TABLE bookmarks (title TEXT)");
    assert_refused(fixture->path, "is not an applepath database; name another file for -d");
    assert_int_equal(files_in(fixture->folder), 1);
}

static void test_newer_schema(void **state)
{
    const struct fixture *fixture = *state;

    make_ours(fixture->path);
    make_database(fixture->path, "PRAGMA user_version = 9");
    assert_refused(fixture->path, "was written by a newer applepath (schema 9, this one knows 1); "
                                  "use that version");
}

static void test_damaged(void **state)
{
    const struct fixture *fixture = *state;

    make_ours(fixture->path);
    make_database(fixture->path, "DROP TABLE tls");
    assert_refused(fixture->path, "is damaged");
}

/* Every cut of a database is refused or, where SQLite cannot tell, read; no more. */
static void test_cut_database(void **state)
{
    const struct fixture *fixture = *state;
    struct stat status;
    off_t size;

    make_ours(fixture->path);
    assert_int_equal(stat(fixture->path, &status), 0);
    size = status.st_size;
    for (off_t cut = size - 1; cut > 0; cut -= 1021) {
        struct connection connection = CONNECTION_CLOSED;
        struct problem problem = {""};
        assert_int_equal(truncate(fixture->path, cut), 0);
        if (!connection_open_readonly(&connection, fixture->path, &problem))
            assert_string_not_equal(problem.text, "");
        connection_close(&connection);
    }
}

static void test_folders_and_missing_files(void **state)
{
    const struct fixture *fixture = *state;
    char missing[160];

    assert_refused(fixture->folder, "is a folder; ");
    assert_refused_by(connection_open_readonly, fixture->path, ": No such file or directory; ");
    snprintf(missing, sizeof missing, "%s/none/a.db", fixture->folder);
    assert_refused(missing, ": No such file or directory; ");
    assert_refused_by(connection_open, "", ": No such file or directory; ");
    assert_int_equal(mkfifo(fixture->path, 0600), 0);
    assert_refused(fixture->path, "is not an applepath database"); /* and does not hang */
}

/* ":memory:" and "file:..." are names of files like any other. */
static void test_names_that_sqlite_would_take_otherwise(void **state)
{
    const struct fixture *fixture = *state;
    static const char *const names[] = {":memory:", "file:x.db?mode=memory"};
    char before[1024];

    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(fixture->folder), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        make_ours(names[i]);
        assert_int_equal(unlink(names[i]), 0);
    }
    assert_int_equal(chdir(before), 0);
}

static void test_nothing_stays_of_a_failed_creation(void **state)
{
    const struct fixture *fixture = *state;
    struct connection connection = CONNECTION_CLOSED;
    struct problem problem = {""};

    assert_true(connection_open(&connection, fixture->path, &problem));
    assert_true(connection.created);
    connection_discard(&connection);
    assert_int_equal(files_in(fixture->folder), 0);
    /* One that was there is not taken away. */
    make_ours(fixture->path);
    assert_true(connection_open(&connection, fixture->path, &problem));
    assert_false(connection.created);
    connection_discard(&connection);
    assert_int_equal(files_in(fixture->folder), 1);
}

/* Opens for writing in another process; its exit status says whether that went well. */
static int open_elsewhere(const char *path)
{
    pid_t child = fork();
    int status = 0;

    assert_true(child >= 0);
    if (child == 0) {
        struct connection connection = CONNECTION_CLOSED;
        struct problem problem = {""};
        bool opened = connection_open(&connection, path, &problem);
        bool in_use = strstr(problem.text, "is in use by another applepath; wait or") != NULL;
        connection_discard(&connection);
        _exit(opened ? 0 : in_use ? 1 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_one_writer_at_a_time(void **state)
{
    const struct fixture *fixture = *state;
    struct connection connection = CONNECTION_CLOSED;
    struct problem problem = {""};

    assert_true(connection_open(&connection, fixture->path, &problem));
    assert_int_equal(open_elsewhere(fixture->path), 1);
    assert_int_equal(files_in(fixture->folder) >= 1, 1); /* the other has removed nothing */
    connection_close(&connection);
    assert_int_equal(open_elsewhere(fixture->path), 0);
}

static void test_read_only_reader(void **state)
{
    const struct fixture *fixture = *state;
    struct connection connection = CONNECTION_CLOSED;
    struct problem problem = {""};
    int code;

    make_ours(fixture->path);
    assert_true(connection_open_readonly(&connection, fixture->path, &problem));
    code = sqlite3_exec(connection.database, "DELETE FROM run", NULL, NULL, NULL);
    assert_int_equal(code & 0xff, SQLITE_READONLY);
    connection_close(&connection);
    assert_int_equal(files_in(fixture->folder), 1);
}

/* In a folder where nothing can be written; root can write anywhere. */
static void test_folder_that_cannot_be_written(void **state)
{
    const struct fixture *fixture = *state;
    struct connection connection = CONNECTION_CLOSED;
    struct problem problem = {""};

    if (geteuid() == 0)
        skip();
    assert_int_equal(chmod(fixture->folder, 0500), 0);
    assert_refused_by(connection_open, fixture->path, ": Permission denied; ");
    assert_int_equal(chmod(fixture->folder, 0700), 0);
    /* As a writer that was killed leaves it: marked for a log that is not there. */
    make_ours(fixture->path);
    make_database(fixture->path, "PRAGMA journal_mode = WAL");
    assert_int_equal(chmod(fixture->path, 0400), 0);
    assert_refused_by(connection_open, fixture->path, ": Permission denied; ");
    assert_int_equal(chmod(fixture->folder, 0500), 0);
    assert_true(connection_open_readonly(&connection, fixture->path, &problem));
    connection_close(&connection);
    assert_int_equal(chmod(fixture->folder, 0700), 0);
    assert_int_equal(files_in(fixture->folder), 1);
}

static void test_full_disk(void **state)
{
    struct connection connection = CONNECTION_CLOSED;
    struct problem problem = {""};
    const struct fixture *fixture = *state;
    int code;

    assert_true(connection_open(&connection, fixture->path, &problem));
    code = sqlite3_exec(connection.database, "PRAGMA max_page_count = 1", NULL, NULL, NULL);
    assert_int_equal(code, SQLITE_OK);
    code = sqlite3_exec(connection.database,
                        "INSERT INTO source (run, name) VALUES (1, zeroblob(200000))", NULL, NULL,
                        NULL);
    assert_false(connection_problem(&connection, code, &problem));
    assert_non_null(strstr(problem.text, ": the disk is full; free some space and start again"));
    connection_close(&connection);
}

static void test_a_strangers_triggers_do_not_run(void **state)
{
    const struct fixture *fixture = *state;
    struct connection connection = CONNECTION_CLOSED;
    struct problem problem = {""};

    make_ours(fixture->path);
    make_database(fixture->path, "CREATE TRIGGER t AFTER INSERT ON run BEGIN"
                                 " INSERT INTO totals (run) VALUES (77); END");
    assert_true(connection_open(&connection, fixture->path, &problem));
    assert_int_equal(sqlite3_exec(connection.database,
                                  "INSERT INTO run (id) VALUES (1);"
                                  "INSERT INTO totals (run) VALUES (77)", /* not there before */
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    connection_close(&connection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new_file_is_its_owners, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_empty_file_counts_as_new, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_a_database, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_programs_database, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_newer_schema, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_database, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folders_and_missing_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names_that_sqlite_would_take_otherwise, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_stays_of_a_failed_creation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_writer_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_read_only_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folder_that_cannot_be_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_strangers_triggers_do_not_run, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
