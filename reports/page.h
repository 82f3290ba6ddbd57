/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page for people, on a terminal or in Markdown: paragraphs with a label and a
 * hanging indent, and rows of a table.  The caller fills `content` and then calls
 * page_paragraph or page_cell, which prints it and empties it; what it looks like
 * is the syntax' affair, and indents, widths and colours are a terminal's.
 */
#ifndef APPLEPATH_REPORTS_PAGE_H
#define APPLEPATH_REPORTS_PAGE_H

#include "base/text.h"
#include "reports/report.h"

enum page_colour { PAGE_PLAIN, PAGE_BOLD, PAGE_DIM, PAGE_RED, PAGE_YELLOW, PAGE_GREEN };

/* One column of a table. */
struct page_column {
    const char *heading;
    size_t width; /* 0: as wide as the heading */
    bool right; /* aligned to the right */
    size_t start; /* set by page_place_columns */
};

struct page_syntax;

struct page {
    struct text *out;
    const struct page_syntax *syntax;
    bool colour;
    size_t width;
    struct text content; /* what is printed next; foreign text by page_add_foreign */
    struct text wrapped; /* scratch of page_paragraph */
    size_t column; /* of the row that is open; 0: none is */
    bool folded; /* the row did not fit and goes on below its first line */
    size_t table_columns; /* Markdown: of the table that was begun last */
    size_t cells; /* Markdown: of the row that is open */
    int block; /* Markdown: what stands above */
};

/* Writes to `out`, which stays the caller's: for a terminal, and as Markdown
 * (GitHub's: CommonMark with tables). */
struct page page_begin(struct text *out, const struct report_style *style);
struct page page_begin_markdown(struct text *out);

/* Releases what the page holds; memory that ran out shows in `out->failed`. */
void page_end(struct page *page);

/* Adds foreign text to the content, made safe to show; nothing for NULL. */
void page_add_foreign(struct page *page, const char *foreign);

/* Adds "1 packet", "812 packets" to the content. */
void page_add_count(struct page *page, uint64_t count, const char *noun);

/* Adds the separator unless the content is empty. */
void page_add_separator(struct page *page, const char *separator);

/* Adds " and 3 more" where only `shown` of `count` were added. */
void page_add_rest(struct page *page, size_t count, size_t shown);

void page_add_address(struct page *page, const struct address *address);

/* Adds " tcp/5223" as far as it is known (port 0 or less, transport 0: not). */
void page_add_port(struct page *page, int port, uint8_t transport);

/* Add "2026-11-20" and "08:00:04.100", in UTC; `time` is not TIMESTAMP_NONE. */
void page_add_date(struct page *page, int64_t time);
void page_add_clock(struct page *page, int64_t time);
bool page_same_date(int64_t left, int64_t right);

/* Adds "2026-11-20 08:00:04.100 to 08:03:40.000 UTC"; either may be
 * TIMESTAMP_NONE. */
void page_add_range(struct page *page, int64_t first, int64_t last);

/* Adds "#44" for a terminal, "packet 44" where # has a meaning. */
void page_add_packet(struct page *page, uint64_t packet);

/* Columns of text that is already safe to show. */
size_t page_text_columns(const char *text);

/* Cuts the content to that many columns (4 or more), the last three "...", where
 * columns are narrow. */
void page_cut(struct page *page, size_t columns);

/* Prints the content wrapped, every line from column `hang` on; before the first
 * stands `label` (our own text, NULL: none) at column `indent`. */
void page_paragraph(struct page *page, const char *label, enum page_colour label_colour,
                    size_t indent, size_t hang, enum page_colour colour);

/* The same for one line of several under a label; `index` counts from 0. */
void page_item(struct page *page, const char *label, size_t index, size_t indent, size_t hang,
               enum page_colour colour);

/* Prints foreign text line by line as it is, to be copied; safe to show all the same. */
void page_lines(struct page *page, const char *foreign, size_t indent);

/* Prints the content as the title of a part, after a label of our own. */
void page_title(struct page *page, const char *label, enum page_colour colour);

/* An empty line where paragraphs are not apart by themselves. */
void page_gap(struct page *page);

/* Makes a column wide enough for that many columns of text. */
void page_widen(struct page_column *column, size_t columns);

/* Sets each column's start: side by side from column `indent` on. */
void page_place_columns(struct page_column *columns, size_t count, size_t indent);
void page_table_head(struct page *page, const struct page_column *columns, size_t count);

/* Prints the content as the next cell of a row; one that has no room goes to the
 * next line. */
void page_cell(struct page *page, const struct page_column *column, enum page_colour colour);
void page_row_end(struct page *page);

/* An empty line, and one with a heading. */
void page_heading(struct page *page, const char *heading);

/* Columns that foreign text takes once it is made safe to show; 0 for NULL. */
size_t page_columns(struct page *page, const char *foreign);

#endif
