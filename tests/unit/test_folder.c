/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture/folder.c: regular files of a directory, sorted, and no others.
 */
#include <sys/stat.h>

#include "capture/folder.h"
#include "tests/support/scratch.h"

static void test_listing(void **state)
{
    static const char *const names[] = {"b.pcap", "a.pcap", ".hidden", "c"};
    struct problem problem = {""};
    struct scratch scratch;
    struct folder folder;
    char wanted[600];

    (void)state;
    scratch_begin(&scratch);
    for (size_t i = 0; i < 4; i++)
        scratch_write(&scratch, names[i], "x");
    assert_int_equal(mkdir(scratch_path(&scratch, "inner"), 0700), 0);
    assert_true(folder_is_one(scratch.folder));
    assert_false(folder_is_one(scratch_path(&scratch, "c")));
    assert_false(folder_is_one(scratch_path(&scratch, "none")));
    assert_true(folder_list(scratch.folder, 3, &folder, &problem));
    assert_int_equal(folder.count, 3);
    snprintf(wanted, sizeof wanted, "%s/a.pcap", scratch.folder);
    assert_string_equal(folder.paths[0], wanted);
    snprintf(wanted, sizeof wanted, "%s/c", scratch.folder);
    assert_string_equal(folder.paths[2], wanted);
    folder_release(&folder);
    /* A directory's name may end in a slash. */
    snprintf(wanted, sizeof wanted, "%s/", scratch.folder);
    assert_true(folder_list(wanted, 9, &folder, &problem));
    assert_null(strstr(folder.paths[0], "//"));
    folder_release(&folder);
    assert_false(folder_list(scratch.folder, 2, &folder, &problem));
    assert_non_null(strstr(problem.text, "has more than 2 files; "));
    folder_release(&folder);
    rmdir(scratch_path(&scratch, "inner"));
    for (size_t i = 0; i < 4; i++)
        scratch_remove(&scratch, names[i]);
    problem.text[0] = '\0';
    scratch_end(&scratch);
    assert_false(folder_list(scratch.folder, 2, &folder, &problem));
    assert_non_null(strstr(problem.text, "the directory cannot be read ("));
    folder_release(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_listing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
