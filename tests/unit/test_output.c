/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report appears whole or not at all, its owner's alone; what was there before
 * stays until then; devices and links stay what they are.
 */
#include "tests/support/scratch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "program/output.h"

static struct scratch scratch;

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

/* Writes `content` to a file of the folder; the problem's text, "" if none. */
static const char *write_report(const char *path, const char *content)
{
    static struct problem problem;
    char name[512];
    struct output output;
    struct text text = {0};
    problem.text[0] = '\0';
    snprintf(name, sizeof name, "%s", path);
    text_add(&text, content);
    bool ok = output_open(&output, name, &problem) && output_finish(&output, &text, &problem);
    output_abandon(&output);
    text_release(&text);
    assert_int_equal(ok, problem.text[0] == '\0');
    return problem.text;
}

static void assert_content(const char *name, const char *content)
{
    char *found = scratch_read(&scratch, name);
    assert_string_equal(found, content);
    free(found);
}

static void test_a_file_is_written_for_its_owner(void **state)
{
    (void)state;
    struct stat status;
    mode_t mask = umask(0);
    assert_string_equal(write_report(scratch_path(&scratch, "report"), "all of it\n"), "");
    umask(mask);
    assert_content("report", "all of it\n");
    assert_int_equal(stat(scratch_path(&scratch, "report"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    scratch_remove(&scratch, "report");
}

static void test_an_empty_report_is_a_file_too(void **state)
{
    (void)state;
    assert_string_equal(write_report(scratch_path(&scratch, "report"), ""), "");
    assert_content("report", "");
    scratch_remove(&scratch, "report");
}

static void test_the_old_one_stays_until_the_new_one_is_whole(void **state)
{
    (void)state;
    char name[512];
    struct output output;
    struct problem problem = {""};
    struct text text = {0};
    scratch_write(&scratch, "report", "old\n");
    snprintf(name, sizeof name, "%s", scratch_path(&scratch, "report"));
    assert_true(output_open(&output, name, &problem));
    assert_content("report", "old\n");
    output_abandon(&output);
    output_abandon(&output);
    assert_content("report", "old\n");
    assert_true(output_open(&output, name, &problem));
    text_add(&text, "new\n");
    assert_true(output_finish(&output, &text, &problem));
    output_abandon(&output);
    assert_content("report", "new\n");
    text_release(&text);
    scratch_remove(&scratch, "report");
}

static void test_a_text_that_lacks_memory_is_no_report(void **state)
{
    (void)state;
    char name[512];
    struct output output;
    struct problem problem = {""};
    struct text text = {.failed = true};
    snprintf(name, sizeof name, "%s", scratch_path(&scratch, "report"));
    assert_true(output_open(&output, name, &problem));
    assert_false(output_finish(&output, &text, &problem));
    assert_non_null(strstr(problem.text, "memory"));
    output_abandon(&output);
    assert_int_not_equal(access(name, F_OK), 0);
}

static void test_bad_places_are_refused_at_once(void **state)
{
    (void)state;
    char path[8192];
    assert_non_null(strstr(write_report(scratch.folder, "x"), "is a directory"));
    assert_non_null(
        strstr(write_report(scratch_path(&scratch, "no/report"), "x"), "cannot be written"));
    assert_non_null(strstr(write_report("", "x"), "empty"));
    struct output output;
    struct problem problem = {""};
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_false(output_open(&output, path, &problem));
    assert_int_not_equal(problem.text[0], '\0');
    output_abandon(&output);
}

static void check_link_is_replaced(void)
{
    struct stat status;
    assert_string_equal(write_report(scratch_path(&scratch, "link"), "new\n"), "");
    assert_int_equal(lstat(scratch_path(&scratch, "link"), &status), 0);
    assert_true(S_ISREG(status.st_mode));
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_content("link", "new\n");
    scratch_remove(&scratch, "link");
}

static void test_a_link_is_replaced_and_not_followed(void **state)
{
    (void)state;
    char target[512];
    scratch_write(&scratch, "report", "old\n");
    snprintf(target, sizeof target, "%s", scratch_path(&scratch, "report"));
    assert_int_equal(symlink(target, scratch_path(&scratch, "link")), 0);
    check_link_is_replaced();
    assert_content("report", "old\n");
    scratch_remove(&scratch, "report");
    /* A dangling one makes nothing where it leads. */
    assert_int_equal(symlink(target, scratch_path(&scratch, "link")), 0);
    check_link_is_replaced();
    assert_int_not_equal(access(target, F_OK), 0);
    /* Nor is a device written to. */
    assert_int_equal(symlink("/dev/null", scratch_path(&scratch, "link")), 0);
    check_link_is_replaced();
}

static void test_a_device_stays_one(void **state)
{
    (void)state;
    struct stat status;
    assert_string_equal(write_report("/dev/null", "lost"), "");
    assert_int_equal(stat("/dev/null", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
    if (access("/dev/full", W_OK) != 0)
        return;
    assert_non_null(strstr(write_report("/dev/full", "too much"), "cannot be written"));
    assert_int_equal(stat("/dev/full", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
}

static void test_a_pipe_takes_the_report(void **state)
{
    (void)state;
    char received[64] = "";
    char name[512];
    snprintf(name, sizeof name, "%s", scratch_path(&scratch, "pipe"));
    assert_int_equal(mkfifo(name, 0600), 0);
    int reader = open(name, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_string_equal(write_report(name, "through the pipe"), "");
    assert_int_equal(read(reader, received, sizeof received - 1), 16);
    assert_string_equal(received, "through the pipe");
    close(reader);
    scratch_remove(&scratch, "pipe");
}

static void test_a_file_has_no_colours_and_80_columns(void **state)
{
    (void)state;
    char name[512];
    struct output output;
    struct problem problem = {""};
    snprintf(name, sizeof name, "%s", scratch_path(&scratch, "report"));
    assert_true(output_open(&output, name, &problem));
    assert_false(output_takes_colour(&output));
    assert_int_equal(output_width(&output), 80);
    output_abandon(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_file_is_written_for_its_owner, begin, end),
        cmocka_unit_test_setup_teardown(test_an_empty_report_is_a_file_too, begin, end),
        cmocka_unit_test_setup_teardown(test_the_old_one_stays_until_the_new_one_is_whole, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_a_text_that_lacks_memory_is_no_report, begin, end),
        cmocka_unit_test_setup_teardown(test_bad_places_are_refused_at_once, begin, end),
        cmocka_unit_test_setup_teardown(test_a_link_is_replaced_and_not_followed, begin, end),
        cmocka_unit_test_setup_teardown(test_a_device_stays_one, begin, end),
        cmocka_unit_test_setup_teardown(test_a_pipe_takes_the_report, begin, end),
        cmocka_unit_test_setup_teardown(test_a_file_has_no_colours_and_80_columns, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
