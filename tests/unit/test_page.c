/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paragraphs and rows of reports/page.c: where lines break, and what a colour
 * adds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/timestamp.h"
#include "reports/page.h"

static struct page begin(struct text *out, bool colour, size_t width)
{
    struct report_style style = {colour, width, 0};

    return page_begin(out, &style);
}

static void expect(struct page *page, const char *expected)
{
    struct text *out = page->out;

    page_end(page);
    assert_false(out->failed);
    assert_string_equal(text_content(out), expected);
    text_release(out);
}

static void paragraph_hangs_below_its_label(void **state)
{
    struct text out = {0};
    struct page page = begin(&out, false, 24);

    (void)state;
    page_add_foreign(&page, "one two three four five");
    page_paragraph(&page, "why", PAGE_DIM, 2, 8, PAGE_PLAIN);
    page_paragraph(&page, "empty", PAGE_DIM, 2, 8, PAGE_PLAIN);
    page_add_foreign(&page, "no label");
    page_paragraph(&page, NULL, PAGE_DIM, 2, 8, PAGE_PLAIN);
    expect(&page, "  why   one two three\n        four five\n        no label\n");
}

static void colour_surrounds_words_only(void **state)
{
    struct text out = {0};
    struct page page = begin(&out, true, 40);

    (void)state;
    page_add_foreign(&page, "\033[5mblink");
    page_paragraph(&page, "do", PAGE_RED, 1, 4, PAGE_PLAIN);
    expect(&page, " \033[1;31mdo\033[0m \\x1b[5mblink\n");
}

static void cells_align_and_long_ones_go_on_below(void **state)
{
    struct text out = {0};
    struct page page = begin(&out, false, 20);
    struct page_column columns[] = {
        {"host", 6, false, 0}, {"n", 3, true, 0}, {"last", 0, false, 0}};

    (void)state;
    page_place_columns(columns, 3, 1);
    page_table_head(&page, columns, 3);
    for (int i = 0; i < 2; i++) {
        page_add_foreign(&page, i == 0 ? "abc" : "abcdefghij");
        page_cell(&page, &columns[0], PAGE_PLAIN);
        page_add_foreign(&page, "7");
        page_cell(&page, &columns[1], PAGE_PLAIN);
        page_add_foreign(&page, i == 0 ? "fits" : "toolong");
        page_cell(&page, &columns[2], PAGE_PLAIN);
        page_row_end(&page);
    }
    expect(&page, " host      n  last\n"
                  " abc       7  fits\n"
                  " abcdefghij\n           7\n    toolong\n");
}

static void cut_counts_characters(void **state)
{
    struct text out = {0};
    struct page page = begin(&out, false, 40);

    (void)state;
    page_add_foreign(&page, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f-long");
    page_cut(&page, 9);
    page_cut(&page, 6);
    page_paragraph(&page, NULL, PAGE_PLAIN, 0, 0, PAGE_PLAIN);
    expect(&page, "\xc3\xa4\xc3\xb6\xc3\xbc...\n");
}

static void times_and_ports(void **state)
{
    struct text out = {0};
    struct page page = begin(&out, false, 80);
    int64_t first = 0;
    int64_t last = 0;

    (void)state;
    assert_true(timestamp_parse("2026-11-20T23:59:59.9996Z", &first));
    assert_true(timestamp_parse("2026-11-21T00:00:01Z", &last));
    page_add_range(&page, first, last);
    page_paragraph(&page, NULL, PAGE_PLAIN, 0, 0, PAGE_PLAIN);
    page_add_range(&page, TIMESTAMP_NONE, last);
    page_paragraph(&page, NULL, PAGE_PLAIN, 0, 0, PAGE_PLAIN);
    page_add_range(&page, -1, TIMESTAMP_NONE);
    page_paragraph(&page, NULL, PAGE_PLAIN, 0, 0, PAGE_PLAIN);
    page_add_range(&page, TIMESTAMP_NONE, TIMESTAMP_NONE);
    page_add_port(&page, 53, TRANSPORT_UDP);
    page_add_port(&page, 0, TRANSPORT_TCP);
    page_add_port(&page, 7, 0);
    page_add_port(&page, -1, 0);
    page_paragraph(&page, NULL, PAGE_PLAIN, 0, 0, PAGE_PLAIN);
    expect(&page, "2026-11-20 23:59:59.999 to 2026-11-21 00:00:01.000 UTC\n"
                  "2026-11-21 00:00:01.000 UTC\n"
                  "1969-12-31 23:59:59.999 UTC\n"
                  "time not known udp/53 tcp port 7\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paragraph_hangs_below_its_label),
        cmocka_unit_test(colour_surrounds_words_only),
        cmocka_unit_test(cells_align_and_long_ones_go_on_below),
        cmocka_unit_test(cut_counts_characters),
        cmocka_unit_test(times_and_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
