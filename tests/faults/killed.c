/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a process that is killed leave, at every moment that there is?  killed STRIDE
 * CAPTURE OTHER LONG kills what writes a database before its first write (half of it is
 * there), sync, truncation, new file or removal, before its second, and so on: all of the
 * first and the last ones, and every STRIDE-th between; the larger the STRIDE, the fewer
 * first and last ones.
 *
 * What is left must be readable as it lies, by SQLite and by a report, be whole, have what
 * was committed; and doing the same again must give what it gives undisturbed.
 */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program/commands.h"
#include "storage/retention.h"
#include "storage/schema.h"
#include "tests/faults/child.h"
#include "tests/faults/failing.h"

#define FILE_NAME "killed.db"
#define SNAPSHOTS 6
#define FLOWS_EACH 20u
#define OPEN_FLOWS 3u

static const char *capture, *other, *long_capture; /* as named to main */

struct scenario {
    const char *name;
    const char *begins_as; /* a database that is copied; NULL: none */
    int (*act)(void); /* 0 when all went well */
    const char *never_less; /* a number that only grows from one moment to the next */
    const char *one_of; /* NULL, or a number that must be 0 */
    unsigned long thinner; /* times the stride */
    bool reported; /* a report of what is left, and of the same done again */
    bool lacks_shared_memory;
};

static int run_program(const char *const *arguments)
{
    char *argv[12] = {"applepath"};
    int count = 1;

    for (; arguments[count - 1] != NULL; count++)
        argv[count] = (char *)(uintptr_t)arguments[count - 1];
    return (int)applepath_main(count, argv);
}

static int read_into(const char *database, const char *file)
{
    const char *const arguments[] = {"read", "--no-sandbox", "-d", database, file, NULL};

    return run_program(arguments);
}

static int read_capture(void)
{
    return read_into(FILE_NAME, capture);
}

static int read_long(void)
{
    return read_into(FILE_NAME, long_capture);
}

static int make_other(void)
{
    return read_into("other.db", other);
}

static int begin_long(void)
{
    return read_into("begun.db", long_capture);
}

static int report(void)
{
    static const char *const arguments[] = {"report",   "--no-sandbox", "-d", FILE_NAME,
                                            "--format", "json",         NULL};

    return run_program(arguments);
}

static bool take_flows(struct store *store, unsigned first, unsigned count)
{
    struct fact_sink sink = store_sink(store);
    struct fact fact;
    bool ok = true;

    memset(&fact, 0, sizeof fact);
    fact.kind = FACT_FLOW;
    for (unsigned i = first; i < first + count && ok; i++) {
        fact.as.flow.id = i;
        fact.as.flow.first_time = fact.as.flow.last_time = i * NANOSECONDS_PER_SECOND;
        fact.as.flow.first_packet = packet_identity(1, i);
        ok = sink.take(sink.owner, &fact);
    }
    return ok;
}

static bool take_source(struct store *store)
{
    struct fact_sink sink = store_sink(store);
    struct fact fact;

    memset(&fact, 0, sizeof fact);
    fact.kind = FACT_SOURCE;
    fact.as.source.id = 1;
    fact.as.source.name = "b1";
    return sink.take(sink.owner, &fact);
}

/* What `watch` does with its database: flows that are over, and some that are not. */
static int write_snapshots(int64_t keep)
{
    const struct retention_limits limits = {.keep = keep};
    struct problem problem = {""};
    struct store *store = store_open(FILE_NAME, &problem);
    struct retention *retention = NULL;
    bool more, ok = store != NULL && store_begin_run(store, "killed", 1, &problem) &&
                    store_go_live(store, &problem);

    if (ok && keep > 0)
        ok = (retention = retention_create(store, &limits, &problem)) != NULL;
    for (unsigned i = 0; i < SNAPSHOTS && ok; i++) {
        ok = take_flows(store, 1 + i * FLOWS_EACH, FLOWS_EACH);
        if (retention != NULL && ok)
            ok = retention_run(retention, (i + 1) * FLOWS_EACH * NANOSECONDS_PER_SECOND, 1000,
                               &more, &problem);
        store_begin_snapshot(store);
        ok = ok && take_flows(store, 1000 + i, OPEN_FLOWS) && take_source(store) &&
             store_commit_snapshot(store, &problem);
    }
    ok = ok && take_flows(store, 1000 + SNAPSHOTS, OPEN_FLOWS) && store_finish_run(store, &problem);
    retention_release(retention);
    store_close(store);
    return ok ? 0 : 2;
}

static int watch_all(void)
{
    return write_snapshots(0);
}

static int watch_and_forget(void)
{
    return write_snapshots(2 * FLOWS_EACH * NANOSECONDS_PER_SECOND);
}

/* To a schema to come, from this one, as connection.c does it. */
static int upgrade(void)
{
    static const char *const steps[] = {"ALTER TABLE run ADD COLUMN fruit TEXT",
                                        "UPDATE run SET fruit = 'apple'",
                                        "CREATE TABLE tree (flow INTEGER PRIMARY KEY)",
                                        "INSERT INTO tree SELECT id FROM flow", NULL};
    struct schema_upgrade list[SCHEMA_VERSION + 1] = {{NULL, NULL}};
    sqlite3 *database = NULL;
    bool ok = sqlite3_open_v2(FILE_NAME, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
              sqlite3_exec(database,
                           "PRAGMA journal_mode = MEMORY; PRAGMA journal_mode = WAL;"
                           "PRAGMA synchronous = NORMAL",
                           NULL, NULL, NULL) == SQLITE_OK;

    list[SCHEMA_VERSION].steps = steps;
    list[SCHEMA_VERSION].marks = "PRAGMA user_version = 2";
    _Static_assert(SCHEMA_VERSION == 1, "the mark above");
    ok = ok && schema_upgrade_by(database, list, SCHEMA_VERSION + 1) == SQLITE_OK;
    sqlite3_close(database);
    return ok ? 0 : 2;
}

#define ROWS "SELECT (SELECT count(*) FROM flow) + (SELECT count(*) FROM event)"
#define UPGRADED                                                                                   \
    "(SELECT user_version = 2 FROM pragma_user_version) + (SELECT count(*) FROM"                   \
    " pragma_table_info('run') WHERE name = 'fruit') + (SELECT count(*) FROM sqlite_master WHERE"  \
    " name = 'tree')"

static const struct scenario scenarios[] = {
    {"read, into a new database", NULL, read_capture, ROWS, NULL, 1, true, false},
    {"read, into one that has facts", "other.db", read_capture, ROWS, NULL, 1, true, false},
    {"read, what was left half-read", "begun.db", read_long,
     "SELECT count(*) FROM run JOIN flow ON flow.run = run.id WHERE finished", NULL, 60, true,
     false},
    {"read, several batches", "other.db", read_long, ROWS, NULL, 60, true, false},
    {"read, where no memory is shared", "other.db", read_capture, ROWS, NULL, 1, true, true},
    {"watch", NULL, watch_all, "SELECT coalesce(max(id), 0) FROM flow WHERE id < 1000",
     /* A snapshot is there as a whole or not at all. */
     "SELECT CASE count(*) WHEN 0 THEN 0 ELSE (count(*) - 3) % 20 END FROM flow", 1, false, false},
    {"watch, and forget", NULL, watch_and_forget,
     "SELECT coalesce(max(id), 0) FROM flow WHERE id < 1000",
     "SELECT CASE count(*) WHEN 0 THEN 0 ELSE count(*) FILTER (WHERE id >= 1000) - 3 END"
     " FROM flow",
     1, false, false},
    {"upgrade", "other.db", upgrade, ROWS, "SELECT (" UPGRADED ") % 3", 1, false, false},
};

#define SCENARIOS (sizeof scenarios / sizeof scenarios[0])

struct trial {
    struct failing *failing; /* shared with the children */
    const struct scenario *scenario;
    unsigned long calls; /* undisturbed */
    long long least; /* what never_less has been */
    bool had_tables;
    unsigned long failures, runs;
};

/* In a process of its own, killed at the nth call (0: not). Its wait status. */
static int in_child(struct trial *trial, int (*act)(void), unsigned long nth)
{
    int status = 0;
    pid_t child;

    atomic_store(&trial->failing->calls, 0);
    trial->failing->nth = nth;
    trial->failing->kills = true;
    trial->failing->lacks_shared_memory =
        trial->scenario != NULL && trial->scenario->lacks_shared_memory;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        child_redirect("out", STDOUT_FILENO);
        child_redirect("err", STDERR_FILENO);
        failing_disk_begin(trial->failing);
        exit(act());
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        abort();
    return status;
}

static void copy_file(const char *from, const char *ending, const char *to)
{
    char source[64], target[64];
    static char buffer[1 << 16];
    size_t length;
    FILE *in, *out;

    snprintf(source, sizeof source, "%s%s", from, ending);
    snprintf(target, sizeof target, "%s%s", to, ending);
    unlink(target);
    if ((in = fopen(source, "rb")) == NULL)
        return;
    if ((out = fopen(target, "wb")) == NULL)
        abort();
    while ((length = fread(buffer, 1, sizeof buffer, in)) > 0)
        if (fwrite(buffer, 1, length, out) != length)
            abort();
    fclose(in);
    if (fclose(out) != 0)
        abort();
}

static void copy_database(const char *from, const char *to)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        copy_file(from, endings[i], to);
}

static void lay_out(const struct scenario *scenario)
{
    copy_database(scenario->begins_as != NULL ? scenario->begins_as : "nothing", FILE_NAME);
}

static void wrong(struct trial *trial, unsigned long nth, const char *what, const char *said)
{
    printf("FAIL: faults/killed %s: at call %lu of %lu: %s: %s\n", trial->scenario->name, nth,
           trial->calls, what, said);
    trial->failures++;
}

/* The first number of an answer, or -1 and what SQLite says. */
static long long ask(const char *file, int flags, const char *sql, char *said, size_t size)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    long long number = -1;

    if (sqlite3_open_v2(file, &database, flags, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        number = sqlite3_column_int64(statement, 0);
        snprintf(said, size, "%s", (const char *)sqlite3_column_text(statement, 0));
    } else {
        snprintf(said, size, "%s", sqlite3_errmsg(database));
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return number;
}

static bool file_has_bytes(const char *file)
{
    struct stat status;

    return stat(file, &status) == 0 && status.st_size > 0;
}

/* Is there a journal that only a writer may roll back? Where no memory is shared there may
 * be one, and a report says what to do. */
static bool is_told(const struct trial *trial, const char *said)
{
    return trial->scenario->lacks_shared_memory &&
           strstr(said, "with 'applepath read -d' mends it") != NULL;
}

static void check_report(struct trial *trial, unsigned long nth)
{
    static char said[CHILD_ANSWER_SIZE];
    int status;

    /* Each as the first to open what is left. */
    copy_database(FILE_NAME, "left.db");
    status = in_child(trial, report, 0);
    child_content("err", said);
    if ((!WIFEXITED(status) || WEXITSTATUS(status) != 0) && trial->had_tables &&
        !is_told(trial, said))
        wrong(trial, nth, "no report", said);
    trial->had_tables = trial->had_tables || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
    copy_database("left.db", FILE_NAME);
}

static void check_left(struct trial *trial, unsigned long nth)
{
    const struct scenario *scenario = trial->scenario;
    char said[512];
    long long tables, number;
    int flags = scenario->lacks_shared_memory ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;

    if (!file_has_bytes(FILE_NAME)) {
        if (trial->had_tables)
            wrong(trial, nth, "the database", "is gone");
        return;
    }
    if (scenario->reported)
        check_report(trial, nth);
    tables = ask(FILE_NAME, flags, "SELECT count(*) FROM sqlite_master", said, sizeof said);
    if (tables < 0 || (tables == 0 && trial->had_tables))
        wrong(trial, nth, "the tables cannot be read", said);
    if (tables <= 0)
        return;
    trial->had_tables = true;
    number = ask(FILE_NAME, flags, scenario->never_less, said, sizeof said);
    if (number < trial->least)
        wrong(trial, nth, "less than was committed", said);
    else
        trial->least = number;
    if (scenario->one_of != NULL && ask(FILE_NAME, flags, scenario->one_of, said, sizeof said) != 0)
        wrong(trial, nth, "half of what belongs together", said);
    ask(FILE_NAME, SQLITE_OPEN_READWRITE, "PRAGMA integrity_check", said, sizeof said);
    if (strcmp(said, "ok") != 0)
        wrong(trial, nth, "not whole", said);
}

/* Done again, it is as if nothing had been. */
static void check_again(struct trial *trial, unsigned long nth, const char *undisturbed)
{
    static char said[CHILD_ANSWER_SIZE];
    int status = in_child(trial, trial->scenario->act, 0);

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        wrong(trial, nth, "cannot be done again", child_content("err", said));
    } else if (trial->scenario->reported) {
        status = in_child(trial, report, 0);
        if (status != 0 || strcmp(child_content("out", said), undisturbed) != 0)
            wrong(trial, nth, "done again, it gives other facts", child_content("err", said));
    }
}

/* How many at the beginning, and at the end, are taken one by one. */
static unsigned long all_of_ends(unsigned long stride)
{
    return stride == 1 ? 20 : stride < 100 ? 10 : 2;
}

static unsigned long next_call(unsigned long nth, unsigned long calls, unsigned long step,
                               unsigned long all_of)
{
    if (nth < all_of || nth + all_of >= calls)
        return nth + 1;
    return nth + step < calls - all_of ? nth + step : calls - all_of;
}

static void run_scenario(struct trial *trial, unsigned long stride)
{
    static char undisturbed[CHILD_ANSWER_SIZE];
    unsigned long nth;
    int status;

    lay_out(trial->scenario);
    if (in_child(trial, trial->scenario->act, 0) != 0) {
        wrong(trial, 0, "undisturbed", child_content("err", undisturbed));
        return;
    }
    trial->calls = atomic_load(&trial->failing->calls);
    if (trial->scenario->reported && in_child(trial, report, 0) != 0)
        wrong(trial, 0, "undisturbed", "no report");
    child_content("out", undisturbed);
    for (nth = 1; nth <= trial->calls && trial->failures < 10;) {
        lay_out(trial->scenario);
        status = in_child(trial, trial->scenario->act, nth);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
            wrong(trial, nth, "not killed", "other calls than undisturbed");
        check_left(trial, nth);
        check_again(trial, nth, undisturbed);
        trial->runs++;
        nth = next_call(nth, trial->calls, stride * trial->scenario->thinner, all_of_ends(stride));
    }
    printf("%s: faults/killed %s (at %lu of %lu calls)\n", trial->failures > 0 ? "FAIL" : "PASS",
           trial->scenario->name, trial->runs, trial->calls);
}

/* A database with facts of others, and one that was left half-read. */
static bool prepare(struct trial *trial)
{
    unsigned long calls;

    if (in_child(trial, make_other, 0) != 0)
        return false;
    copy_database("other.db", "begun.db");
    if (in_child(trial, begin_long, 0) != 0)
        return false;
    calls = atomic_load(&trial->failing->calls);
    copy_database("other.db", "begun.db");
    return WIFSIGNALED(in_child(trial, begin_long, calls * 3 / 4));
}

int main(int argc, char **argv)
{
    struct trial trial = {.failing = NULL};
    unsigned long stride = argc >= 5 ? strtoul(argv[1], NULL, 10) : 0;
    const char *wanted = argc == 6 ? argv[5] : "";
    bool failed = false;

    if (stride == 0) {
        fprintf(stderr, "usage: killed STRIDE CAPTURE OTHER LONG [SCENARIO]\n");
        return 2;
    }
    capture = argv[2];
    other = argv[3];
    long_capture = argv[4];
    trial.failing = mmap(NULL, sizeof *trial.failing, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (trial.failing == MAP_FAILED || setenv("SOURCE_DATE_EPOCH", "1800000000", 1) != 0 ||
        !prepare(&trial)) {
        printf("FAIL: faults/killed: cannot be prepared\n");
        return 1;
    }
    for (size_t i = 0; i < SCENARIOS; i++) {
        const struct scenario *scenario = &scenarios[i];

        if (strncmp(scenario->name, wanted, strlen(wanted)) != 0)
            continue;
        trial.scenario = scenario;
        trial.failures = trial.runs = 0;
        trial.least = 0;
        trial.had_tables = scenario->begins_as != NULL;
        run_scenario(&trial, stride);
        failed = failed || trial.failures > 0;
    }
    return failed;
}
