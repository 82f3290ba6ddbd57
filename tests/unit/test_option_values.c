/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, sizes and lengths of time of the command line: their ends, what is no number,
 * and that a word that is refused changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/timestamp.h"
#include "program/option_values.h"

#define UNTOUCHED 77

static void test_digits(void **state)
{
    static const struct {
        const char *text;
        uint64_t most, number;
        size_t length; /* of the digits; 0: refused */
    } cases[] = {
        {"0", 9, 0, 1},
        {"9", 9, 9, 1},
        {"10", 9, 0, 0},
        {"0", 0, 0, 1},
        {"1", 0, 0, 0},
        {"0000000000000000000000007", 7, 7, 25},
        {"15m", 15, 15, 2},
        {"16m", 15, 0, 0},
        {"", 15, 0, 0},
        {"m", 15, 0, 0},
        {"-1", 15, 0, 0},
        {"+1", 15, 0, 0},
        {" 1", 15, 0, 0},
        {"1 ", 15, 1, 1},
        {"18446744073709551615", UINT64_MAX, UINT64_MAX, 20},
        {"18446744073709551616", UINT64_MAX, 0, 0},
        {"99999999999999999999", UINT64_MAX, 0, 0},
        {"18446744073709551615", UINT64_MAX - 1, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t number = UNTOUCHED;
        const char *rest = NULL;
        bool ok = option_values_digits(cases[i].text, cases[i].most, &number, &rest);
        if (ok != (cases[i].length > 0) || number != (ok ? cases[i].number : UNTOUCHED) ||
            rest != (ok ? cases[i].text + cases[i].length : NULL))
            fail_msg("'%s' up to %llu: %d, %llu", cases[i].text, (unsigned long long)cases[i].most,
                     ok, (unsigned long long)number);
    }
}

static void test_numbers(void **state)
{
    static const char *const refused[] = {"", "1", "6", "3x", "x3", "-3", "3 ", "0x3", "3.0"};
    uint64_t number = UNTOUCHED;
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_false(option_values_number(refused[i], 2, 5, &number));
        assert_int_equal(number, UNTOUCHED);
    }
    assert_true(option_values_number("2", 2, 5, &number));
    assert_int_equal(number, 2);
    assert_true(option_values_number("05", 2, 5, &number));
    assert_int_equal(number, 5);
}

static void assert_says(const struct problem *problem, const char *said)
{
    assert_string_equal(problem->text, said);
}

static void test_counts(void **state)
{
    struct problem problem = {""};
    uint64_t count = UNTOUCHED;
    (void)state;
    assert_false(option_values_count("--threads", "0", 32, &count, &problem));
    assert_says(&problem, "--threads takes a number from 1 to 32, not '0'");
    assert_false(option_values_count("--threads", "33", 32, &count, &problem));
    assert_int_equal(count, UNTOUCHED);
    assert_true(option_values_count("--threads", "32", 32, &count, &problem));
    assert_int_equal(count, 32);
}

static void test_sizes(void **state)
{
    static const struct {
        const char *text;
        uint64_t size;
    } cases[] = {{"0", 0},
                 {"0T", 0},
                 {"1048576", 1 << 20},
                 {"1024K", 1 << 20},
                 {"1M", 1 << 20},
                 {"3G", UINT64_C(3) << 30},
                 {"1048576T", UINT64_C(1) << 60},
                 {"1152921504606846976", UINT64_C(1) << 60}};
    static const char *const refused[] = {"",         "M",           "-1M",
                                          "1X",       "1MB",         "1.5M",
                                          "1 M",      "1MM",         "1048577T",
                                          "9999999T", "1073741825G", "1152921504606846977",
                                          "1m",       "0x10",        "18446744073709551617"};
    struct problem problem = {""};
    uint64_t size;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!option_values_size("--max-size", cases[i].text, 1 << 20, true, &size, &problem) ||
            size != cases[i].size)
            fail_msg("'%s': %s", cases[i].text, problem.text);
    }
    size = UNTOUCHED;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        problem.text[0] = '\0';
        if (option_values_size("--max-size", refused[i], 1 << 20, true, &size, &problem) ||
            size != UNTOUCHED || strstr(problem.text, "is not a size; write it as") == NULL)
            fail_msg("'%s': %llu", refused[i], (unsigned long long)size);
    }
    problem.text[0] = '\0';
    assert_false(option_values_size("--max-size", "1023K", 1 << 20, true, &size, &problem));
    assert_int_equal(size, UNTOUCHED);
    assert_says(&problem, "--max-size: 1023K is too small to hold anything; give 1M or more");
    problem.text[0] = '\0';
    assert_false(option_values_size("--max-memory", "0", 64 << 20, false, &size, &problem));
    assert_int_equal(size, UNTOUCHED);
    assert_says(&problem, "--max-memory: 0 is too small to hold anything; give 64M or more");
}

static void test_spans(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {{"1", 1}, {"90s", 90}, {"15m", 900}, {"24h", 86400}, {"7d", 604800}};
    static const char *const refused[] = {
        "", "0", "0d", "s", "-1s", "1w", "1D", "8d", "604801", "1000000000000000000000", "1h30m"};
    struct problem problem = {""};
    int64_t span;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(option_values_span("--window", cases[i].text, 604800, &span, &problem));
        assert_int_equal(span, cases[i].seconds * NANOSECONDS_PER_SECOND);
    }
    span = UNTOUCHED;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        problem.text[0] = '\0';
        if (option_values_span("--window", refused[i], 604800, &span, &problem) ||
            span != UNTOUCHED)
            fail_msg("'%s': %lld", refused[i], (long long)span);
    }
    assert_non_null(strstr(problem.text, "--window: '1h30m' is not a length of time; write it as"));
}

static void test_times(void **state)
{
    struct problem problem = {""};
    int64_t time = UNTOUCHED, expected;
    (void)state;
    assert_false(option_values_time("--since", "", &time, &problem));
    assert_false(option_values_time("--since", "-", &time, &problem));
    problem.text[0] = '\0';
    assert_false(option_values_time("--since", "yesterday", &time, &problem));
    assert_int_equal(time, UNTOUCHED);
    assert_non_null(strstr(problem.text, "--since: 'yesterday' is not a time; write it as"));
    assert_true(option_values_time("--since", "2026-11-20", &time, &problem));
    assert_true(timestamp_parse("2026-11-20T00:00:00Z", &expected));
    assert_int_equal(time, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digits), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_counts), cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_spans),  cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
