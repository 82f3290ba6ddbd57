/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every format that messages offer exists, is complete, and no other does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "reports/report.h"

static void offered_formats_exist(void **state)
{
    char names[128];

    (void)state;
    snprintf(names, sizeof names, "%s", report_format_names());
    assert_non_null(strstr(names, "text"));
    assert_non_null(strstr(names, "md"));
    assert_non_null(strstr(names, "csv"));
    assert_non_null(strstr(names, "json"));
    for (char *name = strtok(names, ", "); name != NULL; name = strtok(NULL, ", ")) {
        const struct report_format *format = report_format_find(name);

        assert_non_null(format);
        assert_string_equal(format->name, name);
        assert_non_null(format->report);
        assert_non_null(format->hosts);
        assert_non_null(format->diff);
        assert_non_null(format->doctor);
    }
}

static void other_formats_do_not(void **state)
{
    (void)state;
    assert_null(report_format_find(""));
    assert_null(report_format_find("tex"));
    assert_null(report_format_find("JSON"));
    assert_null(report_format_find("text, json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offered_formats_exist),
        cmocka_unit_test(other_formats_do_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
