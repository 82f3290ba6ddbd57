/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/problem.c: does the first cause stay, and is it safe on a terminal?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/problem.h"

static void test_first_stays(void **state)
{
    struct problem problem = {{0}};

    (void)state;
    assert_false(problem_set(&problem, "%s: cannot be read; check the name", "a.pcap"));
    assert_false(problem_set(&problem, "later"));
    assert_string_equal(problem.text, "a.pcap: cannot be read; check the name");
}

static void test_control_characters(void **state)
{
    struct problem problem = {{0}};

    (void)state;
    problem_set(&problem, "%s",
                "a\x1b[31mb\nc\x7f d\x9b"
                "31m \xc2\x9b \xc3\xa9 \xc3\x9c");
    assert_string_equal(problem.text, "a?[31mb?c? d?31m ?? \xc3\xa9 \xc3\x9c");
}

static void test_empty_is_still_a_problem(void **state)
{
    struct problem problem = {{0}};

    (void)state;
    problem_set(&problem, "%s", "");
    assert_string_not_equal(problem.text, "");
}

/* Cut in the middle of a character, the rest of it must not stay. */
static void test_cut(void **state)
{
    struct problem problem = {{0}};
    char name[2000];

    (void)state;
    for (size_t i = 0; i + 1 < sizeof name; i += 2)
        memcpy(name + i, "\xc3\xa9", 2);
    name[sizeof name - 2] = '\0';
    problem_set(&problem, "%s", name);
    assert_int_equal(strlen(problem.text), sizeof problem.text - 1);
    assert_int_equal(problem.text[sizeof problem.text - 2], '?');
    assert_memory_equal(problem.text, "\xc3\xa9", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_stays),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_empty_is_still_a_problem),
        cmocka_unit_test(test_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
