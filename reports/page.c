/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do a paragraph and a table row fit a terminal?  Content comes in, lines of
 * at most the page's width go out; only a single word may be longer.  Colours
 * are ECMA-48 SGR sequences, written here alone, and only where they are wanted.
 */
#include "reports/page.h"

#include <assert.h>
#include <string.h>

#include "base/timestamp.h"

#define CELL_GAP 2u
#define FOLD_INDENT 4u

/* Of "2026-11-20T08:00:04.1Z": the packets' times are always of four-digit years. */
#define DATE_LENGTH 10
#define CLOCK_OFFSET 11
#define CLOCK_LENGTH 8

struct page page_begin(struct text *out, const struct report_style *style)
{
    struct page page = {.out = out, .colour = style->colour, .width = style->width};

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
        text_add_printable(&page->content, foreign);
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

static void add_spaces(struct text *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_add_bytes(out, " ", 1);
}

/* UTF-8 characters: every byte but the continuations. */
static size_t count_columns(const char *text)
{
    size_t columns = 0;

    for (; *text != '\0'; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
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

void page_cut(struct page *page, size_t columns)
{
    const char *content = text_content(&page->content);
    size_t end = 0;

    if (count_columns(content) <= columns)
        return;
    for (size_t i = 3; i < columns; i++)
        end += text_printable_length(content + end);
    page->content.length = end;
    text_add(&page->content, "...");
}

void page_paragraph(struct page *page, const char *label, enum page_colour label_colour,
                    size_t indent, size_t hang, enum page_colour colour)
{
    size_t label_columns = label != NULL ? count_columns(label) : 0;
    const char *body;

    assert(label == NULL || indent + label_columns < hang);
    text_clear(&page->wrapped);
    text_add_wrapped(&page->wrapped, text_content(&page->content), hang, page->width);
    text_clear(&page->content);
    body = text_content(&page->wrapped);
    if (page->wrapped.failed || page->wrapped.length <= hang)
        return;
    add_spaces(page->out, label != NULL ? indent : hang);
    if (label != NULL) {
        add_coloured(page, label_colour, label, strlen(label));
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

void page_table_head(struct page *page, const struct page_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_add(&page->content, columns[i].heading);
        page_cell(page, &columns[i], PAGE_DIM);
    }
    page_row_end(page);
}

void page_cell(struct page *page, const struct page_column *column, enum page_colour colour)
{
    size_t start = column->start;
    const char *content = text_content(&page->content);
    size_t columns = count_columns(content);

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
    text_clear(&page->content);
}

void page_row_end(struct page *page)
{
    if (page->column != 0)
        text_add(page->out, "\n");
    page->column = 0;
    page->folded = false;
}

void page_heading(struct page *page, const char *heading)
{
    text_add(page->out, "\n");
    add_coloured(page, PAGE_BOLD, heading, strlen(heading));
    text_add(page->out, "\n");
}

size_t page_columns(struct page *page, const char *foreign)
{
    size_t columns;

    text_clear(&page->wrapped);
    if (foreign != NULL)
        text_add_printable(&page->wrapped, foreign);
    columns = count_columns(text_content(&page->wrapped));
    text_clear(&page->wrapped);
    return columns;
}
