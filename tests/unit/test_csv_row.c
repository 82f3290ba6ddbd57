/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV: a value stays one cell, whatever is in it, and never becomes a formula.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/timestamp.h"
#include "reports/csv_row.h"

static void assert_cell(const char *foreign, const char *expected)
{
    struct text out = {0};
    struct csv_row row = {&out, false};

    csv_text(&row, foreign);
    assert_string_equal(text_content(&out), expected);
    text_release(&out);
}

static void text_is_quoted(void **state)
{
    (void)state;
    assert_cell(NULL, "");
    assert_cell("", "");
    assert_cell("plain", "\"plain\"");
    assert_cell("a,b;c", "\"a,b;c\"");
    assert_cell("say \"no\"", "\"say \"\"no\"\"\"");
    assert_cell("a\r\nb", "\"a\\x0d\\x0ab\"");
    assert_cell("\033[31m\xff", "\"\\x1b[31m\\xff\"");
}

static void formulas_are_neutralised(void **state)
{
    (void)state;
    assert_cell("=1+1", "\"'=1+1\"");
    assert_cell("+1", "\"'+1\"");
    assert_cell("-1", "\"'-1\"");
    assert_cell("@SUM(A1)", "\"'@SUM(A1)\"");
    assert_cell("\t=1", "\"'\\x09=1\"");
    assert_cell("\r=1", "\"'\\x0d=1\"");
    assert_cell("\xef\xbc\x9d"
                "1",
                "\"'\xef\xbc\x9d"
                "1\"");
    assert_cell("a=1", "\"a=1\"");
    assert_cell("=HYPERLINK(\"http://evil\",\"x\")",
                "\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\"");
}

static void values_are_cells_of_one_row(void **state)
{
    static const char *const names[] = {"=a", "b"};
    struct finding finding = {
        .details = {{"how", "no-answer", 0}, {"idle_seconds", NULL, 1800}, {"loss", NULL, NAN}},
        .detail_count = 3,
        .evidence = {{.source = "site.pcap", .packet = 44, .note = "SYN"}, {.packet = 0}},
        .evidence_count = 2};
    struct culprit culprit = {.role = CULPRIT_FIREWALL, .has_address = true};
    struct text out = {0};
    struct csv_row row = {&out, false};

    (void)state;
    assert_true(address_parse("2001:db8::1", &culprit.address));
    csv_texts(&row, names, 2);
    csv_texts(&row, names, 0);
    csv_number(&row, UINT64_MAX);
    csv_time(&row, 0);
    csv_time(&row, TIMESTAMP_NONE);
    csv_port(&row, 443);
    csv_port(&row, -1);
    csv_addresses(&row, &culprit.address, 1);
    csv_culprit(&row, &culprit);
    csv_culprit(&row, NULL);
    csv_details(&row, &finding);
    csv_evidence(&row, &finding);
    csv_end(&row);
    assert_string_equal(text_content(&out),
                        "\"'=a; b\",,18446744073709551615,1970-01-01T00:00:00Z,,443,,"
                        "\"2001:db8::1\",\"firewall\",\"2001:db8::1\",,,"
                        "\"how=no-answer; idle_seconds=1800; loss=\","
                        "\"site.pcap #44; ?\"\r\n");
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_quoted),
        cmocka_unit_test(formulas_are_neutralised),
        cmocka_unit_test(values_are_cells_of_one_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
