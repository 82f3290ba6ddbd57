/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a key made once, for its owner alone, and refused where it is not?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "program/anonymity_key.h"

static void a_key_is_made_once_and_kept(void **state)
{
    (void)state;
    char folder[] = "/tmp/applepath-key.XXXXXX", path[64], other[64];
    uint8_t first[PSEUDONYM_KEY_SIZE], second[PSEUDONYM_KEY_SIZE];
    struct problem problem = {""};
    struct stat status;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/db.key", folder);
    snprintf(other, sizeof other, "%s/link", folder);
    assert_true(anonymity_key_open(path, first, &problem));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_nlink, 1);
    assert_true(anonymity_key_open(path, second, &problem));
    assert_memory_equal(first, second, sizeof first);

    assert_int_equal(symlink(path, other), 0);
    assert_false(anonymity_key_open(other, second, &problem));
    assert_non_null(strstr(problem.text, "is a link"));

    problem.text[0] = '\0';
    assert_int_equal(chmod(path, 0640), 0);
    assert_false(anonymity_key_open(path, second, &problem));
    assert_non_null(strstr(problem.text, "others may read"));

    problem.text[0] = '\0';
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(truncate(path, 20), 0);
    assert_false(anonymity_key_open(path, second, &problem));
    assert_non_null(strstr(problem.text, "is no key"));
    unlink(other);
    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_key_is_made_once_and_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
