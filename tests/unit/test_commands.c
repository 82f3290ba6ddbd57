/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program as a function: which command runs, its exit status, and that each
 * thing it cannot do is one line on standard error.  What users see is held by
 * tests/program.
 */
#include "tests/support/scratch.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program/commands.h"

static struct scratch scratch;
static char said[4096]; /* standard error of the last call */
static char printed[4096]; /* standard output */

static int begin(void **state)
{
    (void)state;
    scratch_begin(&scratch);
    return 0;
}

static int end(void **state)
{
    (void)state;
    scratch_end(&scratch);
    return 0;
}

static int divert(int descriptor, FILE *stream, const char *name)
{
    fflush(stream);
    int saved = dup(descriptor);
    int file = open(scratch_path(&scratch, name), O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(saved >= 0 && file >= 0 && dup2(file, descriptor) >= 0);
    close(file);
    return saved;
}

static void restore(int saved, int descriptor, FILE *stream, const char *name, char *content,
                    size_t size)
{
    fflush(stream);
    assert_true(dup2(saved, descriptor) >= 0);
    close(saved);
    char *all = scratch_read(&scratch, name);
    snprintf(content, size, "%s", all);
    free(all);
    scratch_remove(&scratch, name);
}

/* In a process of its own, since the sandbox has no way back. */
static int run_apart(int argc, char **argv)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        status = applepath_main(argc, argv);
        fflush(NULL);
        _exit(status);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Runs the program with up to five words; NULL ends them. */
static int call(const char *one, const char *two, const char *three, const char *four,
                const char *five)
{
    const char *const words[] = {"applepath", one, two, three, four, five, NULL};
    char copies[6][512];
    char *argv[7];
    int argc = 0;
    for (; words[argc] != NULL; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc]);
        argv[argc] = copies[argc];
    }
    argv[argc] = NULL;
    int saved_out = divert(STDOUT_FILENO, stdout, "out");
    int saved_err = divert(STDERR_FILENO, stderr, "err");
    int status = run_apart(argc, argv);
    restore(saved_err, STDERR_FILENO, stderr, "err", said, sizeof said);
    restore(saved_out, STDOUT_FILENO, stdout, "out", printed, sizeof printed);
    return status;
}

static void assert_one_line(const char *says)
{
    char *end_of_line = strchr(said, '\n');
    if (end_of_line == NULL || end_of_line[1] != '\0' || strncmp(said, "applepath", 9) != 0 ||
        strstr(said, says) == NULL)
        fail_msg("\"%s\" is not one line that says \"%s\"", said, says);
    assert_string_equal(printed, "");
}

static void test_what_is_no_command(void **state)
{
    (void)state;
    assert_int_equal(call(NULL, NULL, NULL, NULL, NULL), EXIT_UNABLE);
    assert_one_line("no command");
    assert_int_equal(call("rad", NULL, NULL, NULL, NULL), EXIT_UNABLE);
    assert_one_line("'rad'");
    assert_int_equal(call("", NULL, NULL, NULL, NULL), EXIT_UNABLE);
    assert_one_line("''");
    assert_int_equal(call("rea", NULL, NULL, NULL, NULL), EXIT_UNABLE);
    assert_int_equal(call("reads", NULL, NULL, NULL, NULL), EXIT_UNABLE);
}

static void test_help(void **state)
{
    (void)state;
    static const char *const spellings[] = {"--help", "-h", "help"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(call(spellings[i], NULL, NULL, NULL, NULL), EXIT_RAN);
        assert_non_null(strstr(printed, "applepath read"));
        assert_non_null(strstr(printed, "applepath report"));
        assert_non_null(strstr(printed, "applepath hosts"));
        assert_string_equal(said, "");
    }
    assert_int_equal(call("report", "--help", NULL, NULL, NULL), EXIT_RAN);
    assert_non_null(strstr(printed, "usage: applepath report"));
    assert_non_null(strstr(printed, "--device"));
    assert_null(strstr(printed, "--all-flows"));
}

static void test_version(void **state)
{
    (void)state;
    assert_int_equal(call("--version", NULL, NULL, NULL, NULL), EXIT_RAN);
    assert_int_equal(strncmp(printed, "applepath ", 10), 0);
}

static void test_usage_errors(void **state)
{
    (void)state;
    assert_int_equal(call("read", NULL, NULL, NULL, NULL), EXIT_UNABLE);
    assert_one_line("no file");
    assert_int_equal(call("read", "--since", "2026-01-01", "a.pcap", NULL), EXIT_UNABLE);
    assert_one_line("'--since'");
    assert_int_equal(call("report", NULL, NULL, NULL, NULL), EXIT_UNABLE);
    assert_one_line("needs a database");
    assert_int_equal(call("hosts", "extra", NULL, NULL, NULL), EXIT_UNABLE);
    assert_one_line("'extra'");
    assert_int_equal(call("hosts", "--format", "xml", NULL, NULL), EXIT_UNABLE);
    assert_one_line("'xml'");
}

static void test_what_cannot_be_read(void **state)
{
    (void)state;
    char path[512];
    assert_int_equal(call("read", "/nowhere/a.pcap", NULL, NULL, NULL), EXIT_UNABLE);
    assert_one_line("/nowhere/a.pcap");
    assert_int_equal(call("report", "-d", "/nowhere/a.db", NULL, NULL), EXIT_UNABLE);
    assert_one_line("/nowhere/a.db");
    snprintf(path, sizeof path, "%s", scratch_path(&scratch, "text"));
    scratch_write(&scratch, "text", "no packets\n");
    assert_int_equal(call("read", path, NULL, NULL, NULL), EXIT_UNABLE);
    assert_one_line("text");
    assert_int_equal(call("report", "-d", path, NULL, NULL), EXIT_UNABLE);
    assert_one_line("text");
    scratch_remove(&scratch, "text");
}

/* The capture is not needed for the second report. */
static void test_a_capture_is_read_and_reported_again(void **state)
{
    (void)state;
    char capture[512], database[512];
    FILE *file = scratch_capture_begin(&scratch, "a.pcap");
    for (uint16_t i = 0; i < 5; i++)
        scratch_capture_syn(file, i * 1000000u, 50000);
    fclose(file);
    snprintf(capture, sizeof capture, "%s", scratch_path(&scratch, "a.pcap"));
    snprintf(database, sizeof database, "%s", scratch_path(&scratch, "a.db"));
    assert_int_equal(call("read", "-d", database, capture, NULL), EXIT_RAN);
    assert_string_equal(said, "");
    assert_non_null(strstr(printed, "5 packets"));
    assert_int_equal(call("report", "-d", database, NULL, NULL), EXIT_RAN);
    assert_non_null(strstr(printed, "5 packets"));
    scratch_remove(&scratch, "a.pcap");
    scratch_remove(&scratch, "a.db");
}

static void test_the_exit_status_of_fail_on(void **state)
{
    (void)state;
    char example[512];
    if (scratch_source(example, sizeof example, "tests/golden/courier-squashed.pcap") == NULL)
        skip();
    assert_int_equal(call("read", "--fail-on", "critical", example, NULL), EXIT_FOUND);
    assert_int_equal(call("read", "--fail-on=warning", example, NULL, NULL), EXIT_FOUND);
    assert_int_equal(call("read", example, NULL, NULL, NULL), EXIT_RAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_no_command, begin, end),
        cmocka_unit_test_setup_teardown(test_help, begin, end),
        cmocka_unit_test_setup_teardown(test_version, begin, end),
        cmocka_unit_test_setup_teardown(test_usage_errors, begin, end),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_read, begin, end),
        cmocka_unit_test_setup_teardown(test_a_capture_is_read_and_reported_again, begin, end),
        cmocka_unit_test_setup_teardown(test_the_exit_status_of_fail_on, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
