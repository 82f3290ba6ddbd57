/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the sandbox hold?  Each case runs in a child, which does one thing after it has
 * entered: what is forbidden ends it, what is not permitted of files fails, and what a
 * parser needs goes on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program/sandbox.h"

#define NOT_THERE 77 /* exit status of a child that could not enter */

struct place {
    char folder[64];
    char inside[96];
    char outside[96];
};

static void write_file(const char *path)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs("text\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    static struct place place;
    char inner[80];

    strcpy(place.folder, "/tmp/applepath-test-XXXXXX");
    if (mkdtemp(place.folder) == NULL)
        return -1;
    snprintf(inner, sizeof inner, "%s/inner", place.folder);
    snprintf(place.inside, sizeof place.inside, "%s/file", inner);
    snprintf(place.outside, sizeof place.outside, "%s/file", place.folder);
    if (mkdir(inner, 0700) != 0)
        return -1;
    write_file(place.inside);
    write_file(place.outside);
    *state = &place;
    return 0;
}

static int tear_down(void **state)
{
    const struct place *place = *state;
    char inner[80];

    unlink(place->inside);
    unlink(place->outside);
    snprintf(inner, sizeof inner, "%s/inner", place->folder);
    rmdir(inner);
    return rmdir(place->folder);
}

/* Runs `act` in the sandbox: its answer is the child's exit status. */
static int in_sandbox(const struct place *place, enum sandbox_access access, unsigned wanted,
                      int (*act)(const struct place *place))
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        struct sandbox sandbox = {0};

        setrlimit(RLIMIT_CORE, &no_core);
        sandbox_permit_folder_of(&sandbox, place->inside, access);
        _exit((sandbox_enter(&sandbox) & wanted) == wanted ? act(place) : NOT_THERE);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void ends_process(void **state, int (*act)(const struct place *place))
{
    int status = in_sandbox(*state, SANDBOX_READ, SANDBOX_CALLS, act);

    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
        skip();
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void answers(void **state, enum sandbox_access access, unsigned wanted, int expected,
                    int (*act)(const struct place *place))
{
    int status = in_sandbox(*state, access, wanted, act);

    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
        skip();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), expected);
}

static int make_socket(const struct place *place)
{
    (void)place;
    return socket(AF_INET, SOCK_DGRAM, 0) >= 0 ? 0 : 1;
}

static int run_program(const struct place *place)
{
    char *arguments[] = {NULL};

    execv(place->inside, arguments);
    return 0;
}

static int make_process(const struct place *place)
{
    (void)place;
    return fork() == 0 ? 0 : 1;
}

static int make_code(const struct place *place)
{
    (void)place;
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED;
}

static int turn_into_code(const struct place *place)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)place;
    return page == MAP_FAILED || mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0;
}

static int signal_another(const struct place *place)
{
    (void)place;
    return kill(getppid(), 0) == 0 ? 0 : 1;
}

static void test_forbidden_calls(void **state)
{
    ends_process(state, make_socket);
    ends_process(state, run_program);
    ends_process(state, make_process);
    ends_process(state, make_code);
    ends_process(state, turn_into_code);
    ends_process(state, signal_another);
}

static int errno_of_open(const char *path, int flags)
{
    int descriptor = open(path, flags, 0600);

    if (descriptor < 0)
        return errno;
    close(descriptor);
    return 0;
}

static int read_outside(const struct place *place)
{
    return errno_of_open(place->outside, O_RDONLY);
}

static int read_inside(const struct place *place)
{
    return errno_of_open(place->inside, O_RDONLY);
}

static int write_inside(const struct place *place)
{
    return errno_of_open(place->inside, O_WRONLY);
}

static int make_inside(const struct place *place)
{
    char name[128];
    int error;

    snprintf(name, sizeof name, "%s.new", place->inside);
    error = errno_of_open(name, O_WRONLY | O_CREAT | O_EXCL);
    if (error == 0 && unlink(name) != 0)
        error = errno;
    return error;
}

static int remove_inside(const struct place *place)
{
    return unlink(place->inside) == 0 ? 0 : errno;
}

static void test_files(void **state)
{
    const struct place *place = *state;

    answers(state, SANDBOX_READ, SANDBOX_FILES, EACCES, read_outside);
    answers(state, SANDBOX_READ, SANDBOX_FILES, 0, read_inside);
    answers(state, SANDBOX_READ, SANDBOX_FILES, EACCES, write_inside);
    answers(state, SANDBOX_READ, SANDBOX_FILES, EACCES, make_inside);
    answers(state, SANDBOX_READ, SANDBOX_FILES, EACCES, remove_inside);
    answers(state, SANDBOX_FILL, SANDBOX_FILES, 0, write_inside);
    answers(state, SANDBOX_FILL, SANDBOX_FILES, 0, make_inside);
    answers(state, SANDBOX_FILL, SANDBOX_FILES, EACCES, read_outside);
    answers(state, SANDBOX_TIDY, SANDBOX_FILES, EACCES, read_inside);
    answers(state, SANDBOX_TIDY, SANDBOX_FILES, 0, remove_inside);
    write_file(place->inside);
}

static void *count_up(void *number)
{
    ++*(int *)number;
    return NULL;
}

/* Memory in all sizes, a thread, a clock, standard output. */
static int work(const struct place *place)
{
    pthread_t thread;
    struct timespec now;
    int number = 0;
    char *small = malloc(100), *large = malloc((size_t)64 << 20);
    char *larger;

    (void)place;
    if (small == NULL || large == NULL || (larger = realloc(large, (size_t)128 << 20)) == NULL)
        return 1;
    free(small);
    free(larger);
    if (pthread_create(&thread, NULL, count_up, &number) != 0 || pthread_join(thread, NULL) != 0)
        return 2;
    return number == 1 && clock_gettime(CLOCK_MONOTONIC, &now) == 0 && fflush(stdout) == 0 ? 0 : 3;
}

static int fail_an_assertion(const struct place *place)
{
    (void)place;
    abort();
}

static void test_work_goes_on(void **state)
{
    int status;

    answers(state, SANDBOX_READ, SANDBOX_CALLS, 0, work);
    status = in_sandbox(*state, SANDBOX_READ, SANDBOX_CALLS, fail_an_assertion);
    if (WIFEXITED(status))
        skip();
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* A second sandbox takes away what the first one gave, and gives nothing back. */
static int narrow_down(const struct place *place)
{
    struct sandbox narrower = {.held = SANDBOX_CALLS | SANDBOX_FILES};

    sandbox_permit_folder_of(&narrower, place->inside, SANDBOX_READ);
    sandbox_permit(&narrower, place->outside, SANDBOX_CHANGE);
    if (sandbox_enter(&narrower) != (SANDBOX_CALLS | SANDBOX_FILES))
        return 1;
    return read_inside(place) == 0 && write_inside(place) == EACCES && read_outside(place) == EACCES
               ? 0
               : 2;
}

static void test_second_only_takes_away(void **state)
{
    answers(state, SANDBOX_FILL, SANDBOX_CALLS | SANDBOX_FILES, 0, narrow_down);
}

static void test_what_is_missing_is_passed_over(void **state)
{
    struct sandbox sandbox = {0};
    const struct place *place = *state;
    char name[128];

    snprintf(name, sizeof name, "%s/nowhere/file", place->folder);
    sandbox_permit(&sandbox, name, SANDBOX_READ);
    sandbox_permit_folder_of(&sandbox, name, SANDBOX_FILL);
    sandbox_permit_database(&sandbox, name, true);
    sandbox_permit_database(&sandbox, NULL, true);
    sandbox_abandon(&sandbox);
    assert_int_equal(sandbox.rules, 0);
    assert_non_null(sandbox_abilities());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forbidden_calls),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_work_goes_on),
        cmocka_unit_test(test_second_only_takes_away),
        cmocka_unit_test(test_what_is_missing_is_passed_over),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
