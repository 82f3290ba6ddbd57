/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may a database do to who opens it?  A connection comes in, with nothing of it read
 * yet; out goes one in which triggers and views do not run, no value is longer than what
 * we write, and reading ends.  The last is not a matter of course: pages that all lead to
 * the same next ones make a small file have more rows than anybody can walk, and SQLite
 * looks for loops alone.  So the file's size says how many rows and bytes a walk, and how many
 * instructions all walks, may have; who writes has some more for each row that is added.
 * https://sqlite.org/security.html
 */
#include "storage/caution.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MILLISECONDS 4000
#define LEAST_ROW_BYTES 4 /* of a page: two of its directory, a length, a header */

/* Ours take 0.1 instructions a byte for a report, and 0.3 for an export of all. */
#define ROUND 20000 /* instructions between two looks at what is left */
#define ROUNDS_AT_LEAST 1000
#define BYTES_A_ROUND 1000

/* sqlite3_progress_handler: another value than 0 ends the statement. */
static int take_round(void *owner)
{
    struct caution *caution = owner;

    if (caution->effort == 0)
        return 1;
    caution->effort--;
    return 0;
}

/* Roomy for our own statements, and for schemas of people who add tables of theirs. */
static void set_limits(sqlite3 *database)
{
    static const struct {
        int what, most;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, CAUTION_LONGEST_CELL},
        {SQLITE_LIMIT_SQL_LENGTH, 200000},
        {SQLITE_LIMIT_COLUMN, 200},
        {SQLITE_LIMIT_EXPR_DEPTH, 100},
        {SQLITE_LIMIT_COMPOUND_SELECT, 20},
        {SQLITE_LIMIT_FUNCTION_ARG, 16},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
    };

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        sqlite3_limit(database, limits[i].what, limits[i].most);
}

#define SETTINGS "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"

int caution_begin(sqlite3 *database, struct caution *caution, bool writable)
{
    caution->effort = ROUNDS_AT_LEAST;
    caution->most_rows = caution->most_bytes = UINT64_MAX;
    sqlite3_progress_handler(database, ROUND, take_round, caution);
    sqlite3_extended_result_codes(database, 1);
    sqlite3_busy_timeout(database, BUSY_TIMEOUT_MILLISECONDS);
    set_limits(database);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
#ifdef SQLITE_DBCONFIG_ENABLE_VIEW
    if (!writable) /* upgrades may look at ours */
        sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
#endif
#ifdef SQLITE_DBCONFIG_DEFENSIVE
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
#endif
    /* Who writes appends, and reads each row once; who only reads comes back to some. */
    return sqlite3_exec(database,
                        writable ? "PRAGMA cache_size = -4000;" SETTINGS
                                 : "PRAGMA cache_size = -32000;" SETTINGS,
                        NULL, NULL, NULL);
}

/* The first column of the only row. */
static int ask_number(sqlite3 *database, const char *sql, uint64_t *number)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);

    *number = 0;
    if (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        *number = (uint64_t)sqlite3_column_int64(statement, 0);
    return code == SQLITE_OK ? sqlite3_finalize(statement) : code;
}

int caution_measure(sqlite3 *database, struct caution *caution)
{
    uint64_t pages, page_size;
    int code = ask_number(database, "PRAGMA page_count", &pages);

    if (code == SQLITE_OK)
        code = ask_number(database, "PRAGMA page_size", &page_size);
    if (code != SQLITE_OK)
        return code;
    caution->most_rows = pages * page_size / LEAST_ROW_BYTES;
    caution->most_bytes = pages * page_size;
    caution->effort = ROUNDS_AT_LEAST + pages * page_size / BYTES_A_ROUND;
    return SQLITE_OK;
}

void caution_lift(struct caution *caution)
{
    caution->effort = caution->most_rows = caution->most_bytes = UINT64_MAX;
}

/* A journal that ends with its mark has a super-journal's name before it: the file that
 * lists the journals of several databases which were changed together, and is deleted when
 * none of them needs it. https://sqlite.org/fileformat2.html section 3, atomiccommit.html
 * section 5.3. */
bool caution_journal_names_a_file(const char *path)
{
    static const uint8_t mark[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
    size_t size = strlen(path) + sizeof "-journal";
    char *name = malloc(size);
    struct stat status;
    uint8_t end[sizeof mark];

    if (name == NULL)
        return true; /* the careful answer */
    snprintf(name, size, "%s-journal", path);
    int file = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    free(name);
    if (file < 0)
        return false; /* SQLite cannot read it, either */
    bool names =
        fstat(file, &status) == 0 && status.st_size >= (off_t)sizeof end &&
        pread(file, end, sizeof end, status.st_size - (off_t)sizeof end) == (ssize_t)sizeof end &&
        memcmp(end, mark, sizeof mark) == 0;
    close(file);
    return names;
}
