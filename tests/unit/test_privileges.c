/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is chosen to parse packets, and is there a way back?  Where the test is not run by
 * root, only that nothing changes and nothing fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program/privileges.h"

static void run_in_child(void (*act)(void))
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void expect(bool condition, int step)
{
    if (!condition)
        _exit(step);
}

static void drop_to_nobody(void)
{
    struct problem problem = {""};
    struct privileges privileges;
    gid_t groups[8];

    expect(privileges_choose(&privileges, "nobody", "/some.db", &problem), 1);
    expect(privileges_drop(&privileges, &problem), 2);
    expect(getuid() == privileges.user && geteuid() == privileges.user, 3);
    expect(getgid() == privileges.group && getegid() == privileges.group, 4);
    expect(getgroups(8, groups) <= 1, 5);
    expect(setuid(0) != 0 && seteuid(0) != 0 && setgid(0) != 0, 6);
    expect(open("/etc/shadow", O_RDONLY) < 0, 7);
    expect(chown("/tmp", 0, 0) != 0, 8);
}

static void test_root_becomes_another_for_good(void **state)
{
    (void)state;
    if (geteuid() != 0 || getpwnam("nobody") == NULL)
        skip();
    run_in_child(drop_to_nobody);
}

static void keep_files(void)
{
    uid_t user = geteuid();

    privileges_drop_for_files();
    expect(geteuid() == user, 1);
    expect(setuid(user) == 0, 2);
    /* A right that root had, and has no more. */
    expect(user != 0 || sethostname("x", 0) != 0, 3);
}

static void test_files_stay_within_reach(void **state)
{
    (void)state;
    run_in_child(keep_files);
}

static void test_folder_decides(void **state)
{
    struct problem problem = {""};
    struct privileges privileges;
    char folder[64] = "/tmp/applepath-test-XXXXXX", database[96];

    (void)state;
    if (geteuid() != 0 || getpwnam("nobody") == NULL || getpwuid(1) == NULL)
        skip();
    assert_non_null(mkdtemp(folder));
    snprintf(database, sizeof database, "%s/site.db", folder);
    /* Root's folder: nobody, who cannot write it. */
    assert_true(privileges_choose(&privileges, NULL, database, &problem));
    assert_true(privileges.changes_user);
    assert_int_equal(privileges.user, getpwnam("nobody")->pw_uid);
    assert_false(privileges.writes_folder);
    /* Another's: its owner, who can. */
    assert_int_equal(chown(folder, 1, 1), 0);
    assert_true(privileges_choose(&privileges, NULL, database, &problem));
    assert_int_equal(privileges.user, 1);
    assert_true(privileges.writes_folder);
    /* A name outranks the owner. */
    assert_true(privileges_choose(&privileges, "nobody", database, &problem));
    assert_string_equal(privileges.name, "nobody");
    assert_false(privileges.writes_folder);
    assert_int_equal(geteuid(), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_unknown_user(void **state)
{
    struct problem problem = {""};
    struct privileges privileges;

    (void)state;
    assert_false(privileges_choose(&privileges, "no-such-user-here", "x.db", &problem));
    assert_non_null(strstr(problem.text, "no-such-user-here"));
}

static void stay(void)
{
    struct problem problem = {""};
    struct privileges privileges;

    expect(geteuid() != 0 || setuid(65534) == 0, 1);
    expect(privileges_choose(&privileges, NULL, "x.db", &problem), 2);
    expect(!privileges.changes_user && privileges.writes_folder, 3);
    expect(privileges_drop(&privileges, &problem), 4);
    expect(!privileges_choose(&privileges, "nobody", "x.db", &problem), 5);
}

static void test_others_stay_who_they_are(void **state)
{
    (void)state;
    run_in_child(stay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_root_becomes_another_for_good),
        cmocka_unit_test(test_files_stay_within_reach),
        cmocka_unit_test(test_folder_decides),
        cmocka_unit_test(test_unknown_user),
        cmocka_unit_test(test_others_stay_who_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
