/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Markdown: blocks are apart, tables are tables, and foreign text stays text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reports/page.h"

static void assert_foreign(const char *foreign, const char *expected)
{
    struct text out = {0};
    struct page page = page_begin_markdown(&out);

    page_add_foreign(&page, foreign);
    assert_string_equal(text_content(&page.content), expected);
    page_end(&page);
    text_release(&out);
}

static void what_has_a_meaning_is_escaped(void **state)
{
    (void)state;
    assert_foreign("1-courier.push.apple.com", "1-courier.push.apple.com");
    assert_foreign("*.push.apple.com", "\\*.push.apple.com");
    assert_foreign("a`b|c_d\\e", "a\\`b\\|c\\_d\\\\e");
    assert_foreign("[x](http://evil.test)", "\\[x\\](http\\://evil.test)");
    assert_foreign("![x]", "\\!\\[x\\]");
    assert_foreign("<b>&amp;", "&lt;b&gt;&amp;amp;");
    assert_foreign("www.evil.test WWW.evil.test", "www\\.evil.test WWW\\.evil.test");
    assert_foreign("at: 10:20", "at: 10:20");
    assert_foreign("root@evil.test", "root`@`evil.test");
    assert_foreign("~~x~~ #1 $y$", "\\~\\~x\\~\\~ \\#1 \\$y\\$");
}

static void control_characters_are_shown(void **state)
{
    (void)state;
    assert_foreign("a\nb\r\033[31m\x9b", "a\\\\x0ab\\\\x0d\\\\x1b\\[31m\\\\x9b");
    assert_foreign("\xe2\x80\xaetxt", "\\\\xe2\\\\x80\\\\xaetxt");
    assert_foreign("\xc3\xa9", "\xc3\xa9");
}

static void paragraph(struct page *page, const char *label, size_t indent, const char *foreign)
{
    page_add_foreign(page, foreign);
    page_paragraph(page, label, PAGE_RED, indent, 12, PAGE_BOLD);
}

static void blocks_are_apart(void **state)
{
    struct text out = {0};
    struct page page = page_begin_markdown(&out);

    (void)state;
    paragraph(&page, "BLOCKED:", 0, "nothing works.");
    page_gap(&page);
    page_add_foreign(&page, "*");
    page_title(&page, "F1  CRITICAL", PAGE_RED);
    paragraph(&page, "what", 2, "x");
    paragraph(&page, "who", 2, "y");
    paragraph(&page, "nothing", 2, "");
    page_add_packet(&page, 44);
    page_item(&page, "shown by", 0, 2, 12, PAGE_DIM);
    page_add_packet(&page, 45);
    page_item(&page, "shown by", 1, 2, 12, PAGE_DIM);
    page_heading(&page, "Coverage");
    paragraph(&page, NULL, 0, "last");
    page_end(&page);
    assert_string_equal(text_content(&out), "**BLOCKED:** nothing works.\n\n"
                                            "### F1  CRITICAL: \\*\n\n"
                                            "- **what:** x\n"
                                            "- **who:** y\n"
                                            "- **shown by:**\n"
                                            "  - packet 44\n"
                                            "  - packet 45\n\n"
                                            "## Coverage\n\n"
                                            "last\n");
    text_release(&out);
}

static void assert_line(const char *foreign, const char *expected)
{
    struct text out = {0};
    struct page page = page_begin_markdown(&out);

    paragraph(&page, NULL, 0, foreign);
    page_end(&page);
    assert_string_equal(text_content(&out), expected);
    text_release(&out);
}

static void a_line_of_foreign_text_begins_no_block(void **state)
{
    (void)state;
    assert_line("- x", "\\- x\n");
    assert_line("+ x", "\\+ x\n");
    assert_line("=====", "\\=====\n");
    assert_line("1. x", "1\\. x\n");
    assert_line("12) x", "12\\) x\n");
    assert_line("10.0.0.1 x", "10.0.0.1 x\n");
    assert_line("    code", "code\n");
    assert_line("# x", "\\# x\n");
    assert_line("> x", "&gt; x\n");
}

static void cell(struct page *page, const struct page_column *column, const char *foreign)
{
    page_add_foreign(page, foreign);
    page_cell(page, column, PAGE_PLAIN);
}

static void a_table_has_its_columns(void **state)
{
    static const struct page_column columns[] = {
        {"name", 4, false, 0}, {"rows", 4, true, 0}, {"extra", 4, true, 0}};
    struct text out = {0};
    struct page page = page_begin_markdown(&out);

    (void)state;
    paragraph(&page, NULL, 0, "before");
    page_table_head(&page, columns, 2);
    cell(&page, &columns[0], "a|b");
    cell(&page, &columns[1], "a cell that is longer than its column");
    cell(&page, &columns[2], "no column for it");
    page_row_end(&page);
    cell(&page, &columns[0], "");
    cell(&page, &columns[1], "2");
    page_row_end(&page);
    cell(&page, &columns[0], "alone");
    page_row_end(&page);
    page_row_end(&page);
    page_end(&page);
    assert_string_equal(text_content(&out), "before\n\n"
                                            "| name | rows |\n"
                                            "|---|---:|\n"
                                            "| a\\|b | a cell that is longer than its column |\n"
                                            "| | 2 |\n"
                                            "| alone | |\n");
    text_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_a_meaning_is_escaped),
        cmocka_unit_test(control_characters_are_shown),
        cmocka_unit_test(blocks_are_apart),
        cmocka_unit_test(a_line_of_foreign_text_begins_no_block),
        cmocka_unit_test(a_table_has_its_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
