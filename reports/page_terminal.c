/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do a paragraph and a table row fit a terminal?  Content comes in, lines of
 * at most the page's width go out; only a single word may be longer.  Colours
 * are ECMA-48 SGR sequences, written here alone, and only where they are wanted.
 */
#include <assert.h>
#include <string.h>

#include "reports/page_syntax.h"

#define CELL_GAP 2u
#define FOLD_INDENT 4u
#define TITLE_GAP 2u

static void add_spaces(struct text *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_add_bytes(out, " ", 1);
}

static void add_coloured(struct page *page, enum page_colour colour, const char *content,
                         size_t length)
{
    static const char *const sequences[] = {
        [PAGE_PLAIN] = "",         [PAGE_BOLD] = "\033[1m",      [PAGE_DIM] = "\033[2m",
        [PAGE_RED] = "\033[1;31m", [PAGE_YELLOW] = "\033[1;33m", [PAGE_GREEN] = "\033[1;32m",
    };
    bool coloured = page->colour && colour != PAGE_PLAIN;

    if (coloured)
        text_add(page->out, sequences[colour]);
    text_add_bytes(page->out, content, length);
    if (coloured)
        text_add(page->out, "\033[0m");
}

static void terminal_paragraph(struct page *page, const struct page_label *described,
                               enum page_colour colour)
{
    const char *label = described->words;
    size_t indent = described->indent;
    size_t hang = described->hang;
    size_t label_columns = label != NULL ? page_text_columns(label) : 0;
    const char *body;

    assert(label == NULL || indent + label_columns < hang);
    text_clear(&page->wrapped);
    text_add_wrapped(&page->wrapped, text_content(&page->content), hang, page->width);
    body = text_content(&page->wrapped);
    if (page->wrapped.failed || page->wrapped.length <= hang)
        return;
    add_spaces(page->out, label != NULL ? indent : hang);
    if (label != NULL) {
        add_coloured(page, described->colour, label, strlen(label));
        add_spaces(page->out, hang - indent - label_columns);
    }
    add_coloured(page, colour, body + hang, page->wrapped.length - hang - 1);
    text_add(page->out, "\n");
}

static void break_row(struct page *page)
{
    text_add(page->out, "\n");
    page->column = 0;
}

static void terminal_cell(struct page *page, const struct page_column *column,
                          enum page_colour colour)
{
    size_t start = column->start;
    const char *content = text_content(&page->content);
    size_t columns = page_text_columns(content);

    if (columns == 0)
        return;
    if (column->right && columns < column->width)
        start += column->width - columns;
    if (page->folded)
        start = page->column + CELL_GAP;
    else if (page->column != 0 && page->column + CELL_GAP > start)
        break_row(page);
    if (start > 0 && start + columns > page->width) {
        if (page->column != 0)
            break_row(page);
        page->folded = true;
        start = FOLD_INDENT;
    }
    add_spaces(page->out, start - page->column);
    add_coloured(page, colour, content, page->content.length);
    page->column = start + columns;
}

static void terminal_row_end(struct page *page)
{
    if (page->column != 0)
        text_add(page->out, "\n");
    page->column = 0;
    page->folded = false;
}

static void terminal_table_head(struct page *page, const struct page_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_add(&page->content, columns[i].heading);
        terminal_cell(page, &columns[i], PAGE_DIM);
        text_clear(&page->content);
    }
    terminal_row_end(page);
}

static void terminal_heading(struct page *page, const char *heading)
{
    text_add(page->out, "\n");
    add_coloured(page, PAGE_BOLD, heading, strlen(heading));
    text_add(page->out, "\n");
}

/* The label stands before the first of several lines. */
static void terminal_item(struct page *page, const struct page_label *label, size_t index,
                          enum page_colour colour)
{
    struct page_label shown = *label;

    if (index > 0)
        shown.words = NULL;
    terminal_paragraph(page, &shown, colour);
}

/* Never wrapped: a rule that is copied must be whole. */
static void terminal_lines(struct page *page, const char *foreign, size_t indent)
{
    while (page_take_line(&foreign, &page->wrapped)) {
        add_spaces(page->out, indent);
        text_add(page->out, text_content(&page->wrapped));
        text_add(page->out, "\n");
    }
}

static void terminal_gap(struct page *page)
{
    text_add(page->out, "\n");
}

static void terminal_title(struct page *page, const char *label, enum page_colour colour)
{
    struct page_label described = {label, colour, 0, strlen(label) + TITLE_GAP};

    terminal_gap(page);
    terminal_paragraph(page, &described, PAGE_BOLD);
}

const struct page_syntax page_terminal_syntax = {
    .narrow = true,
    .add_foreign = text_add_printable,
    .paragraph = terminal_paragraph,
    .item = terminal_item,
    .lines = terminal_lines,
    .title = terminal_title,
    .gap = terminal_gap,
    .heading = terminal_heading,
    .table_head = terminal_table_head,
    .cell = terminal_cell,
    .row_end = terminal_row_end,
};
