/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a finding told once, when two diagnoses agree on it, and its end likewise?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "program/announcements.h"

static const int64_t start = INT64_C(1763769600) * NANOSECONDS_PER_SECOND;
static struct text lines;
static int64_t elapsed, step; /* since `start`; between two diagnoses */

static struct finding blocked(int port, enum ongoing ongoing)
{
    struct finding finding = {.kind = "port-blocked",
                              .severity = SEVERITY_CRITICAL,
                              .confidence = CONFIDENCE_CERTAIN,
                              .category = "apns",
                              .host = "*.push.apple.com",
                              .port = port,
                              .transport = 6,
                              .ongoing = ongoing,
                              .summary = "It is blocked."};
    return finding;
}

static const char *take(struct announcements *announcements, struct finding *findings, size_t count)
{
    struct diagnosis diagnosis = {.verdict = count > 0 ? VERDICT_BLOCKED : VERDICT_HEALTHY,
                                  .findings = findings,
                                  .finding_count = count};
    text_clear(&lines);
    announcements_take(announcements, &diagnosis, start + elapsed, &lines);
    elapsed += step;
    return text_content(&lines);
}

static int begin(void **state)
{
    *state = announcements_create();
    elapsed = 0;
    step = ANNOUNCEMENTS_SPAN;
    return *state == NULL;
}

static int end(void **state)
{
    announcements_release(*state);
    text_release(&lines);
    return 0;
}

#define FOUND " found critical port-blocked (certain): It is blocked.\n"
#define OVER " over critical port-blocked (certain): It is blocked.\n"
#define VERDICT " verdict "

static void test_told_when_two_agree_and_once(void **state)
{
    struct finding finding = blocked(5223, ONGOING_YES);
    enum verdict verdict;
    assert_string_equal(take(*state, &finding, 1), "");
    assert_false(announcements_verdict(*state, &verdict));
    assert_string_equal(take(*state, &finding, 1),
                        "2025-11-22T00:00:08Z" FOUND "2025-11-22T00:00:08Z" VERDICT
                        "blocked: 1 critical, 0 warning\n");
    assert_string_equal(take(*state, &finding, 1), "");
    assert_int_equal(announcements_open(*state, SEVERITY_CRITICAL), 1);
    /* Other words for the same cause. */
    finding.summary = "It is blocked for two devices.";
    finding.severity = SEVERITY_WARNING;
    assert_non_null(strstr(take(*state, &finding, 1), VERDICT "impaired: 0 critical, 1 warning\n"));
}

static void test_what_was_only_under_way_is_never_told(void **state)
{
    struct finding finding = blocked(5223, ONGOING_YES);
    for (int i = 0; i < 4; i++) {
        assert_string_equal(take(*state, &finding, 1), "");
        take(*state, NULL, 0);
        assert_null(strstr(text_content(&lines), "found"));
        assert_null(strstr(text_content(&lines), "blocked"));
    }
    assert_int_equal(announcements_open(*state, SEVERITY_CRITICAL), 0);
}

/* However often is looked: what lasts for a few seconds is no news. */
static void test_not_before_it_has_gone_on(void **state)
{
    struct finding finding = blocked(5223, ONGOING_YES);
    step = NANOSECONDS_PER_SECOND;
    for (int i = 0; i < 8; i++)
        assert_string_equal(take(*state, &finding, 1), "");
    assert_non_null(strstr(take(*state, &finding, 1), FOUND));
}

static void test_one_reset_is_no_news(void **state)
{
    struct finding finding = blocked(5223, ONGOING_YES);
    finding.kind = "connection-reset";
    for (finding.count = 1; finding.count < 3; finding.count++) {
        take(*state, &finding, 1);
        assert_string_equal(take(*state, &finding, 1), "");
    }
    assert_non_null(strstr(take(*state, &finding, 1), " found critical connection-reset"));
}

static void test_two_causes_are_not_one(void **state)
{
    struct finding findings[2] = {blocked(5223, ONGOING_YES), blocked(443, ONGOING_YES)};
    take(*state, &findings[0], 1);
    assert_string_equal(take(*state, &findings[1], 1), "");
    assert_non_null(strstr(take(*state, findings, 2), FOUND)); /* the second, twice now */
    assert_int_equal(announcements_open(*state, SEVERITY_CRITICAL), 1);
    assert_non_null(strstr(take(*state, findings, 2), FOUND));
    assert_int_equal(announcements_open(*state, SEVERITY_CRITICAL), 2);
}

static void test_over_when_it_works_again(void **state)
{
    struct finding going = blocked(5223, ONGOING_YES), over = blocked(5223, ONGOING_NO);
    take(*state, &going, 1);
    take(*state, &going, 1);
    assert_string_equal(take(*state, &over, 1), "");
    assert_string_equal(take(*state, &going, 1), ""); /* it was not */
    assert_string_equal(take(*state, &over, 1), "");
    assert_non_null(strstr(take(*state, &over, 1), OVER));
    assert_non_null(strstr(take(*state, &over, 1), VERDICT "healthy: 0 critical, 0 warning\n"));
    assert_string_equal(take(*state, NULL, 0), "");
    /* And again. */
    take(*state, &going, 1);
    assert_non_null(strstr(take(*state, &going, 1), FOUND));
}

static void test_what_came_and_went_between_two_looks(void **state)
{
    struct finding over = blocked(5223, ONGOING_NO);
    assert_string_equal(take(*state, &over, 1), "");
    assert_non_null(strstr(take(*state, &over, 1), " passed critical port-blocked"));
    assert_null(strstr(take(*state, &over, 1), "passed"));
}

static void test_more_causes_than_are_kept(void **state)
{
    struct finding finding;
    for (int port = 1; port <= (int)ANNOUNCEMENTS_LIMIT + 10; port++) {
        finding = blocked(port, ONGOING_YES);
        take(*state, &finding, 1);
        take(*state, NULL, 0);
        take(*state, NULL, 0);
    }
    take(*state, &finding, 1);
    assert_non_null(strstr(take(*state, &finding, 1), FOUND));
}

static void test_foreign_text(void **state)
{
    struct finding finding = blocked(5223, ONGOING_YES);
    finding.summary = "\033[2J\nfound";
    take(*state, &finding, 1);
    assert_null(strchr(take(*state, &finding, 1), '\033'));
    assert_non_null(strstr(text_content(&lines), "\\x1b[2J\\x0afound\n"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_told_when_two_agree_and_once),
        CASE(test_what_was_only_under_way_is_never_told),
        CASE(test_not_before_it_has_gone_on),
        CASE(test_one_reset_is_no_news),
        CASE(test_two_causes_are_not_one),
        CASE(test_over_when_it_works_again),
        CASE(test_what_came_and_went_between_two_looks),
        CASE(test_more_causes_than_are_kept),
        CASE(test_foreign_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
