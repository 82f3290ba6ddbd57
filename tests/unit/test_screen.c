/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the screen fit every size, and say what matters first?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "program/screen.h"

static struct watch_view view_of_all(void)
{
    struct watch_view view = {.known = true,
                              .has_verdict = true,
                              .verdict = VERDICT_BLOCKED,
                              .devices = 3,
                              .finding_total = WATCH_FINDING_LIMIT + 4,
                              .finding_count = WATCH_FINDING_LIMIT,
                              .category_count = 2};
    strcpy(view.categories[0].name, "apns");
    view.categories[0].status = COVERAGE_FAILING;
    view.categories[0].attempts = 7;
    strcpy(view.categories[1].name, "education");
    for (size_t i = 0; i < WATCH_FINDING_LIMIT; i++) {
        view.findings[i].severity = SEVERITY_CRITICAL;
        view.findings[i].ongoing = i != 1;
        strcpy(view.findings[i].text, "port-blocked: \xc3\xa9\xc3\xa9\xc3\xa9 is blocked.");
    }
    return view;
}

static const struct watch_counters counters = {.running = 3723 * NANOSECONDS_PER_SECOND,
                                               .packets = 12,
                                               .dropped = 5,
                                               .packets_per_second = 1234567,
                                               .bits_per_second = 2.5e9,
                                               .open_flows = 9};

static void test_what_it_says(void **state)
{
    struct watch_view view = view_of_all();
    struct text text = {0};
    (void)state;
    screen_write(&text, "eth1", &view, &counters, "eth1: is down", 60, 120);
    const char *shown = text_content(&text);
    assert_non_null(strstr(shown, "applepath watch eth1   1:02:03"));
    assert_non_null(strstr(shown, "1.2 Mpackets/s, 2.50 Gbit/s; 12 packets, 5 dropped, 9 flows"));
    assert_non_null(strstr(shown, "verdict: blocked; 3 devices\neth1: is down\n"));
    assert_non_null(strstr(shown, "apns             FAILS          0 of 7"));
    assert_null(strstr(shown, "education"));
    assert_non_null(strstr(shown, "and 4 more"));
    assert_non_null(strstr(shown, "  over "));
    text_release(&text);
}

static void test_every_size(void **state)
{
    struct watch_view view = view_of_all();
    (void)state;
    for (size_t rows = 0; rows < 40; rows++) {
        for (size_t columns = 1; columns < 130; columns += 3) {
            struct text text = {0};
            size_t lines = 0, length = 0;
            screen_write(&text, "eth1", &view, &counters, "message", rows, columns);
            for (const char *at = text_content(&text); *at != '\0'; at++) {
                bool begins = ((unsigned char)*at & 0xc0) != 0x80;
                length = *at == '\n' ? 0 : length + begins;
                lines += *at == '\n';
                assert_true(length <= columns);
            }
            assert_true(lines <= rows);
            text_release(&text);
        }
    }
}

static void test_before_the_first_diagnosis(void **state)
{
    static const struct watch_view nothing;
    struct text text = {0};
    (void)state;
    screen_write(&text, "eth1", &nothing, &counters, NULL, 24, 80);
    assert_non_null(strstr(text_content(&text), "verdict: not yet"));
    assert_null(strstr(text_content(&text), "No fault"));
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_says),
        cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_before_the_first_diagnosis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
