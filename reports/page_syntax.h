/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a page is written as.  Each function prints the page's content, which the
 * caller (reports/page.c) empties.  A new syntax is a file and a line here.
 */
#ifndef APPLEPATH_REPORTS_PAGE_SYNTAX_H
#define APPLEPATH_REPORTS_PAGE_SYNTAX_H

#include "reports/page.h"

/* Our own words before a paragraph (NULL: none), and where both stand. */
struct page_label {
    const char *words;
    enum page_colour colour;
    size_t indent;
    size_t hang;
};

struct page_syntax {
    bool narrow; /* columns are scarce: long cells are cut */
    void (*add_foreign)(struct text *content, const char *foreign);
    void (*paragraph)(struct page *page, const struct page_label *label, enum page_colour colour);
    void (*item)(struct page *page, const struct page_label *label, size_t index,
                 enum page_colour colour);
    void (*lines)(struct page *page, const char *foreign, size_t indent);
    void (*title)(struct page *page, const char *label, enum page_colour colour);
    void (*gap)(struct page *page);
    void (*heading)(struct page *page, const char *heading);
    void (*table_head)(struct page *page, const struct page_column *columns, size_t count);
    void (*cell)(struct page *page, const struct page_column *column, enum page_colour colour);
    void (*row_end)(struct page *page);
};

/* Takes the next line of foreign text, made safe to show; false at the end. */
bool page_take_line(const char **foreign, struct text *scratch);

extern const struct page_syntax page_terminal_syntax;
extern const struct page_syntax page_markdown_syntax;

#endif
