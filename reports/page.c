/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How are a paragraph and a row put together, whatever they are written as?
 * Values and foreign text come in and gather in the page's content; what prints
 * them is the page's syntax (reports/page_terminal.c, page_markdown.c).
 */
#include "reports/page.h"

#include <string.h>

#include "base/timestamp.h"
#include "reports/page_syntax.h"

#define CELL_GAP 2u

/* Of "2026-11-20T08:00:04.1Z": the packets' times are always of four-digit years. */
#define DATE_LENGTH 10
#define CLOCK_OFFSET 11
#define CLOCK_LENGTH 8

struct page page_begin(struct text *out, const struct report_style *style)
{
    struct page page = {.out = out,
                        .syntax = &page_terminal_syntax,
                        .colour = style->colour,
                        .width = style->width};

    return page;
}

struct page page_begin_markdown(struct text *out)
{
    struct page page = {.out = out, .syntax = &page_markdown_syntax};

    return page;
}

void page_end(struct page *page)
{
    if (page->content.failed || page->wrapped.failed)
        page->out->failed = true;
    text_release(&page->content);
    text_release(&page->wrapped);
}

void page_add_foreign(struct page *page, const char *foreign)
{
    if (foreign != NULL)
        page->syntax->add_foreign(&page->content, foreign);
}

void page_add_count(struct page *page, uint64_t count, const char *noun)
{
    text_add_format(&page->content, "%llu %s%s", (unsigned long long)count, noun,
                    count == 1 ? "" : "s");
}

void page_add_separator(struct page *page, const char *separator)
{
    if (page->content.length > 0)
        text_add(&page->content, separator);
}

void page_add_rest(struct page *page, size_t count, size_t shown)
{
    if (count > shown)
        text_add_format(&page->content, " and %zu more", count - shown);
}

void page_add_address(struct page *page, const struct address *address)
{
    char printed[ADDRESS_TEXT_SIZE];

    text_add(&page->content, address_print(address, printed));
}

void page_add_port(struct page *page, int port, uint8_t transport)
{
    const char *word = transport_word(transport);

    if (word == NULL && port <= 0)
        return;
    page_add_separator(page, " ");
    if (word == NULL)
        text_add_format(&page->content, "port %d", port);
    else if (port <= 0)
        text_add(&page->content, word);
    else
        text_add_format(&page->content, "%s/%d", word, port);
}

void page_add_packet(struct page *page, uint64_t packet)
{
    text_add_format(&page->content, page->syntax->narrow ? "#%llu" : "packet %llu",
                    (unsigned long long)packet);
}

void page_add_date(struct page *page, int64_t time)
{
    char printed[TIMESTAMP_TEXT_SIZE];

    text_add_bytes(&page->content, timestamp_print(time, printed), DATE_LENGTH);
}

void page_add_clock(struct page *page, int64_t time)
{
    char printed[TIMESTAMP_TEXT_SIZE];
    int64_t part = time % NANOSECONDS_PER_SECOND;

    if (part < 0)
        part += NANOSECONDS_PER_SECOND;
    text_add_bytes(&page->content, timestamp_print(time, printed) + CLOCK_OFFSET, CLOCK_LENGTH);
    text_add_format(&page->content, ".%03d", (int)(part / NANOSECONDS_PER_MILLISECOND));
}

bool page_same_date(int64_t left, int64_t right)
{
    char left_printed[TIMESTAMP_TEXT_SIZE];
    char right_printed[TIMESTAMP_TEXT_SIZE];

    return strncmp(timestamp_print(left, left_printed), timestamp_print(right, right_printed),
                   DATE_LENGTH) == 0;
}

void page_add_range(struct page *page, int64_t first, int64_t last)
{
    if (first == TIMESTAMP_NONE)
        first = last;
    if (first == TIMESTAMP_NONE) {
        text_add(&page->content, "time not known");
        return;
    }
    page_add_date(page, first);
    text_add(&page->content, " ");
    page_add_clock(page, first);
    /* What would be printed alike is one moment. */
    if (last != TIMESTAMP_NONE &&
        last / NANOSECONDS_PER_MILLISECOND != first / NANOSECONDS_PER_MILLISECOND) {
        text_add(&page->content, " to ");
        if (!page_same_date(first, last)) {
            page_add_date(page, last);
            text_add(&page->content, " ");
        }
        page_add_clock(page, last);
    }
    text_add(&page->content, " UTC");
}

/* UTF-8 characters: every byte but the continuations. */
size_t page_text_columns(const char *text)
{
    size_t columns = 0;

    for (; *text != '\0'; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

void page_cut(struct page *page, size_t columns)
{
    const char *content = text_content(&page->content);
    size_t end = 0;

    if (!page->syntax->narrow || page_text_columns(content) <= columns)
        return;
    for (size_t i = 3; i < columns; i++)
        end += text_printable_length(content + end);
    page->content.length = end;
    text_add(&page->content, "...");
}

void page_widen(struct page_column *column, size_t columns)
{
    if (columns > column->width)
        column->width = columns;
}

void page_place_columns(struct page_column *columns, size_t count, size_t indent)
{
    size_t start = indent;

    for (size_t i = 0; i < count; i++) {
        size_t heading = strlen(columns[i].heading);

        if (columns[i].width < heading)
            columns[i].width = heading;
        columns[i].start = start;
        start += columns[i].width + CELL_GAP;
    }
}

size_t page_columns(struct page *page, const char *foreign)
{
    size_t columns;

    text_clear(&page->wrapped);
    if (foreign != NULL)
        text_add_printable(&page->wrapped, foreign);
    columns = page_text_columns(text_content(&page->wrapped));
    text_clear(&page->wrapped);
    return columns;
}

void page_paragraph(struct page *page, const char *label, enum page_colour label_colour,
                    size_t indent, size_t hang, enum page_colour colour)
{
    struct page_label described = {label, label_colour, indent, hang};

    page->syntax->paragraph(page, &described, colour);
    text_clear(&page->content);
}

void page_item(struct page *page, const char *label, size_t index, size_t indent, size_t hang,
               enum page_colour colour)
{
    struct page_label described = {label, PAGE_DIM, indent, hang};

    page->syntax->item(page, &described, index, colour);
    text_clear(&page->content);
}

void page_lines(struct page *page, const char *foreign, size_t indent)
{
    page->syntax->lines(page, foreign, indent);
}

/* The next line of the text, made safe to show, into `scratch`; false at the end. */
bool page_take_line(const char **foreign, struct text *scratch)
{
    size_t length = strcspn(*foreign, "\n");
    struct text line = {0};

    if (**foreign == '\0')
        return false;
    text_add_bytes(&line, *foreign, length);
    text_clear(scratch);
    text_add_printable(scratch, text_content(&line));
    scratch->failed = scratch->failed || line.failed;
    text_release(&line);
    *foreign += length + ((*foreign)[length] == '\n');
    return true;
}

void page_title(struct page *page, const char *label, enum page_colour colour)
{
    page->syntax->title(page, label, colour);
    text_clear(&page->content);
}

void page_gap(struct page *page)
{
    page->syntax->gap(page);
}

void page_heading(struct page *page, const char *heading)
{
    page->syntax->heading(page, heading);
}

void page_table_head(struct page *page, const struct page_column *columns, size_t count)
{
    page->syntax->table_head(page, columns, count);
}

void page_cell(struct page *page, const struct page_column *column, enum page_colour colour)
{
    page->syntax->cell(page, column, colour);
    text_clear(&page->content);
}

void page_row_end(struct page *page)
{
    page->syntax->row_end(page);
}
