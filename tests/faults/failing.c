/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the program keep its word when memory runs out at the nth call, or a write, sync or
 * truncation of the database fails?  failing (memory | disk) STEPS CAPTURE OTHER runs each
 * command with the first call failing, the second, and so on until none is left to fail
 * (in steps that grow by a STEPS-th); each time in a process of its own.  With `places` for
 * STEPS, memory fails at every place, which is all callers up to the fourteenth, once.
 *
 * It must end with 2 and one line that says what to do, or with 0 and the answer that it
 * gives undisturbed; never by a signal.  A database that was written to must be whole then,
 * and the same reading, repeated, must give what it gives undisturbed.  With one name more,
 * only the commands whose names begin so.
 */
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program/commands.h"
#include "tests/faults/child.h"
#include "tests/faults/failing.h"

#define ARGUMENTS 12
#define PLACES ULONG_MAX
#define NEW "new.db" /* the database that a command makes */

struct scenario {
    const char *name;
    const char *arguments[ARGUMENTS]; /* "CAPTURE" and "OTHER": the captures */
    const char *answer; /* the file of its answer; NULL: standard output */
};

static const struct scenario scenarios[] = {
    {"read -d", {"read", "--no-sandbox", "-d", NEW, "CAPTURE"}, NULL},
    {"read", {"read", "--no-sandbox", "CAPTURE", "OTHER"}, NULL},
    {"report text", {"report", "--no-sandbox", "-d", "a.db"}, NULL},
    {"report json", {"report", "--no-sandbox", "-d", "a.db", "--format", "json"}, NULL},
    {"report md", {"report", "--no-sandbox", "-d", "a.db", "--format", "md"}, NULL},
    {"report csv", {"report", "--no-sandbox", "-d", "a.db", "--format", "csv"}, NULL},
    {"report html", {"report", "--no-sandbox", "-d", "a.db", "--format", "html"}, NULL},
    {"report -o",
     {"report", "--no-sandbox", "-d", "a.db", "--format", "json", "-o", "answer"},
     "answer"},
    {"diff", {"diff", "a.db", "b.db", "--format", "json"}, NULL},
    {"export", {"export", "-d", "a.db"}, NULL},
    {"export zeek", {"export", "-d", "a.db", "--format", "zeek", "-o", "logs"}, "logs/conn.log"},
    {"evidence", {"evidence", "-d", "a.db", "F1", "-w", "answer"}, "answer"},
    {"hosts", {"hosts", "--format", "json"}, NULL},
};

#define SCENARIOS (sizeof scenarios / sizeof scenarios[0])

struct trial {
    const char *kind; /* "memory", "disk" */
    const char *capture;
    const char *other;
    struct failing *failing; /* shared with the children */
    unsigned long failures;
    unsigned long calls; /* undisturbed */
};

/* Runs the program in a child; its wait status. */
static int run(const struct trial *trial, const char *const *arguments, bool disturbed)
{
    char *argv[ARGUMENTS + 2] = {"applepath"};
    int count = 1, status = 0;
    pid_t child;

    for (; arguments[count - 1] != NULL; count++)
        argv[count] =
            (char *)(uintptr_t)(strcmp(arguments[count - 1], "CAPTURE") == 0 ? trial->capture
                                : strcmp(arguments[count - 1], "OTHER") == 0
                                    ? trial->other
                                    : arguments[count - 1]);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        child_redirect("out", STDOUT_FILENO);
        child_redirect("err", STDERR_FILENO);
        if (disturbed && strcmp(trial->kind, "memory") == 0)
            failing_memory_begin(trial->failing);
        else if (disturbed)
            failing_disk_begin(trial->failing);
        exit(applepath_main(count, argv));
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        abort();
    return status;
}

static void tidy(void)
{
    static const char *const files[] = {NEW, NEW "-wal", NEW "-shm", NEW "-journal", "answer"};

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(files[i]);
    if (system("rm -rf logs") != 0)
        abort();
}

static void wrong(struct trial *trial, const struct scenario *scenario, const char *what)
{
    char buffer[4096] = "";
    FILE *stream = fopen("err", "r");

    if (stream != NULL) {
        buffer[fread(buffer, 1, sizeof buffer - 1, stream)] = '\0';
        fclose(stream);
    }
    printf("FAIL: faults/%s %s: call %lu%s: %s\n%s", trial->kind, scenario->name,
           trial->failing->nth, trial->failing->lasting ? " and all after it" : "", what, buffer);
    trial->failures++;
}

/* One line, that says what to do. */
static bool is_message(const char *text)
{
    const char *end = strchr(text, '\n');

    return strncmp(text, "applepath", 9) == 0 && end != NULL && end[1] == '\0' &&
           strstr(text, "; ") != NULL;
}

/* Lines that say when they were written are passed over. */
static const char *past_times(const char *line)
{
    while (strncmp(line, "#open", 5) == 0 || strncmp(line, "#close", 6) == 0)
        line += strcspn(line, "\n") + (strchr(line, '\n') != NULL);
    return line;
}

static bool is_same(const char *one, const char *other)
{
    for (;;) {
        one = past_times(one);
        other = past_times(other);
        while (*one == *other && *one != '\0' && *one != '\n') {
            one++;
            other++;
        }
        if (*one != *other)
            return false;
        if (*one == '\0')
            return true;
        one++;
        other++;
    }
}

static bool is_whole(const char *file)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    bool whole =
        sqlite3_open_v2(file, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(database, "PRAGMA integrity_check", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW &&
        strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0;

    sqlite3_finalize(statement);
    sqlite3_close(database);
    return whole;
}

/* The database that a disturbed run left, and the same run again. */
static void check_database(struct trial *trial, const struct scenario *scenario,
                           const char *undisturbed)
{
    static const char *const report[] = {"report",   "--no-sandbox", "-d", NEW,
                                         "--format", "json",         NULL};
    static char buffer[CHILD_ANSWER_SIZE];
    struct stat status;

    if (stat(NEW, &status) == 0 && !is_whole(NEW))
        wrong(trial, scenario, "the database is not whole");
    if (stat(NEW, &status) == 0 && status.st_size > 0) {
        int ended = run(trial, report, false);

        if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0)
            wrong(trial, scenario, "no report of what is left");
    }
    if (run(trial, scenario->arguments, false) != 0)
        wrong(trial, scenario, "cannot be repeated");
    if (run(trial, report, false) != 0 || strcmp(child_content("out", buffer), undisturbed) != 0)
        wrong(trial, scenario, "repeated, it gives other facts");
}

/* One disturbed run. False when there was nothing left to disturb. */
static bool disturb(struct trial *trial, const struct scenario *scenario, const char *answer,
                    const char *undisturbed)
{
    static char buffer[CHILD_ANSWER_SIZE];
    bool writes = strcmp(scenario->arguments[0], "read") == 0 && undisturbed[0] != '\0';
    int status;
    bool reached;

    atomic_store(&trial->failing->calls, 0);
    tidy();
    status = run(trial, scenario->arguments, true);
    reached = atomic_load(&trial->failing->calls) >= trial->failing->nth;
    if (!WIFEXITED(status))
        wrong(trial, scenario, "ended by a signal");
    else if (WEXITSTATUS(status) == 2 && !is_message(child_content("err", buffer)))
        wrong(trial, scenario, "not one line that says what to do");
    else if (WEXITSTATUS(status) == 2 && scenario->answer != NULL &&
             access(scenario->answer, F_OK) == 0)
        wrong(trial, scenario, "an output is left of what failed");
    else if (WEXITSTATUS(status) == 0 &&
             !is_same(child_content(scenario->answer != NULL ? scenario->answer : "out", buffer),
                      answer))
        wrong(trial, scenario, "another answer, and it says that all is well");
    else if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 2)
        wrong(trial, scenario, "another exit status");
    if (writes)
        check_database(trial, scenario, undisturbed);
    return reached;
}

static int compare_places(const void *one, const void *other)
{
    const uint64_t *a = one, *b = other;

    return (*a > *b) - (*a < *b);
}

/* Fails the first call of each place. How many places there are. */
static unsigned long run_places(struct trial *trial, const struct scenario *scenario,
                                const char *answer, const char *undisturbed)
{
    struct failing *failing = trial->failing;
    uint64_t *calls;
    unsigned long runs = 0;

    atomic_store(&failing->calls, 0);
    failing->nth = 0;
    failing->lasting = false;
    failing->notes_places = true;
    tidy();
    (void)run(trial, scenario->arguments, true);
    failing->notes_places = false;
    trial->calls = atomic_load(&failing->calls);
    if (trial->calls > PLACES_LIMIT || (calls = calloc(trial->calls + 1, sizeof *calls)) == NULL)
        abort();
    for (unsigned long i = 0; i < trial->calls; i++)
        calls[i] = (uint64_t)failing->places[i] << 32 | i;
    qsort(calls, trial->calls, sizeof *calls, compare_places);
    for (unsigned long i = 0; i < trial->calls && trial->failures < 20; i++) {
        if (i > 0 && calls[i] >> 32 == calls[i - 1] >> 32)
            continue;
        failing->nth = (unsigned long)(calls[i] & UINT32_MAX) + 1;
        (void)disturb(trial, scenario, answer, undisturbed);
        runs++;
    }
    free(calls);
    return runs;
}

static void run_scenario(struct trial *trial, const struct scenario *scenario, unsigned long steps)
{
    static const char *const report[] = {"report",   "--no-sandbox", "-d", NEW,
                                         "--format", "json",         NULL};
    static char answer[CHILD_ANSWER_SIZE], undisturbed[CHILD_ANSWER_SIZE];
    unsigned long runs = 0, calls;
    bool stores = strcmp(scenario->name, "read -d") == 0;

    tidy();
    trial->failing->nth = 0;
    if (run(trial, scenario->arguments, false) != 0) {
        wrong(trial, scenario, "fails without any fault");
        return;
    }
    child_content(scenario->answer != NULL ? scenario->answer : "out", answer);
    undisturbed[0] = '\0';
    if (stores && run(trial, report, false) == 0)
        child_content("out", undisturbed);
    if (steps == PLACES) {
        runs = run_places(trial, scenario, answer, undisturbed);
        calls = trial->calls;
        steps = 1;
    }
    for (int lasting = 0; lasting <= 1; lasting++) {
        trial->failing->lasting = lasting;
        trial->failing->nth = 1;
        while (disturb(trial, scenario, answer, undisturbed) && trial->failures < 20) {
            runs++;
            trial->failing->nth += 1 + trial->failing->nth / steps;
        }
        calls = atomic_load(&trial->failing->calls);
    }
    tidy();
    printf("%s: faults/%s %s (%lu runs, up to %lu calls)\n", trial->failures > 0 ? "FAIL" : "PASS",
           trial->kind, scenario->name, runs, calls);
}

static bool prepare(const struct trial *trial)
{
    static const char *const first[] = {"read", "--no-sandbox", "-d", "a.db", "CAPTURE", NULL};
    static const char *const second[] = {"read", "--no-sandbox", "-d", "b.db", "OTHER", NULL};

    return run(trial, first, false) == 0 && run(trial, second, false) == 0;
}

int main(int argc, char **argv)
{
    struct trial trial = {.kind = argc >= 5 ? argv[1] : ""};
    unsigned long steps = argc >= 5 ? strtoul(argv[2], NULL, 10) : 0;
    const char *wanted = argc == 6 ? argv[5] : "";
    bool disk = strcmp(trial.kind, "disk") == 0, failed = false;

    if (argc >= 5 && !disk && strcmp(argv[2], "places") == 0)
        steps = PLACES;
    if (steps == 0 || (!disk && strcmp(trial.kind, "memory") != 0)) {
        fprintf(stderr,
                "usage: failing (memory | disk) (STEPS | places) CAPTURE OTHER [COMMAND]\n");
        return 2;
    }
    trial.capture = argv[3];
    trial.other = argv[4];
    trial.failing = mmap(NULL, sizeof *trial.failing, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (trial.failing == MAP_FAILED || setenv("SOURCE_DATE_EPOCH", "1800000000", 1) != 0 ||
        !prepare(&trial)) {
        printf("FAIL: faults/%s: cannot be prepared\n", trial.kind);
        return 1;
    }
    for (size_t i = 0; i < (disk ? 1 : SCENARIOS); i++) {
        if (strncmp(scenarios[i].name, wanted, strlen(wanted)) != 0)
            continue;
        trial.failures = 0;
        run_scenario(&trial, &scenarios[i], steps);
        failed = failed || trial.failures > 0;
    }
    return failed;
}
