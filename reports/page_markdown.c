/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How are a paragraph and a row written as Markdown?  Content comes in; CommonMark
 * 0.30 with GitHub's tables goes out, one line a block, as trackers show line ends.
 * Foreign text stays text: what has a meaning is escaped (CommonMark 2.4), control
 * characters are shown as \xNN, and no link or mention grows out of a bare word.
 */
#include <ctype.h>
#include <string.h>

#include "reports/page_syntax.h"

enum block { BLOCK_NONE, BLOCK_PARAGRAPH, BLOCK_LIST, BLOCK_TABLE };

/* Characters that mean something within a line. `<`, `>` and `&` are written as
 * entities, so that raw HTML cannot come about however a reader treats backslashes. */
static void add_character(struct text *content, const char *character, size_t length)
{
    switch (*character) {
    case '<':
        text_add(content, "&lt;");
        return;
    case '>':
        text_add(content, "&gt;");
        return;
    case '&':
        text_add(content, "&amp;");
        return;
    case '@':
        text_add(content, "`@`");
        return; /* trackers notify who is mentioned */
    default:
        break;
    }
    if (length == 1 && strchr("\\`*_[]|~#$!", *character) != NULL)
        text_add(content, "\\");
    text_add_bytes(content, character, length);
}

/* Does a bare address begin before this character: "://", "www."? (GFM, autolinks) */
static bool makes_a_link(const char *foreign, const char *at)
{
    if (*at == ':')
        return at[1] == '/';
    return *at == '.' && at - foreign >= 3 && tolower((unsigned char)at[-1]) == 'w' &&
           tolower((unsigned char)at[-2]) == 'w' && tolower((unsigned char)at[-3]) == 'w';
}

static void markdown_add_foreign(struct text *content, const char *foreign)
{
    for (const char *at = foreign; *at != '\0';) {
        size_t length = text_printable_length(at);

        if (length == 0) {
            text_add_format(content, "\\\\x%02x", (unsigned)(unsigned char)*at++);
            continue;
        }
        if (makes_a_link(foreign, at))
            text_add(content, "\\");
        add_character(content, at, length);
        at += length;
    }
}

/* Blocks are apart by an empty line, items of one list are not. */
static void begin_block(struct page *page, enum block block)
{
    if (page->block != BLOCK_NONE && !(page->block == BLOCK_LIST && block == BLOCK_LIST))
        text_add(page->out, "\n");
    page->block = (int)block;
}

/* A paragraph that begins with foreign text must not begin a list, a heading or a
 * rule: "1." and "-" do so at the start of a line alone (CommonMark 4.1, 4.3, 5.2). */
static void add_line_start(struct page *page)
{
    const char *content = text_content(&page->content);
    size_t digits = strspn(content, "0123456789");

    if (digits > 0 && (content[digits] == '.' || content[digits] == ')') &&
        (content[digits + 1] == ' ' || content[digits + 1] == '\0')) {
        text_add_bytes(page->out, content, digits);
        text_add(page->out, "\\");
        text_add(page->out, content + digits);
        return;
    }
    if (*content != '\0' && strchr("-+=", *content) != NULL)
        text_add(page->out, "\\");
    text_add(page->out, content + strspn(content, " "));
}

static void markdown_paragraph(struct page *page, const struct page_label *label,
                               enum page_colour colour)
{
    bool item = label->words != NULL && label->indent > 0;

    (void)colour;
    if (page->content.length == 0)
        return;
    begin_block(page, item ? BLOCK_LIST : BLOCK_PARAGRAPH);
    if (label->words == NULL) {
        add_line_start(page);
    } else {
        /* A verdict's word ends in a colon of its own. */
        size_t length = strlen(label->words);
        const char *colon = length > 0 && label->words[length - 1] == ':' ? "" : ":";

        text_add_format(page->out, "%s**%s%s** ", item ? "- " : "", label->words, colon);
        text_add(page->out, text_content(&page->content));
    }
    text_add(page->out, "\n");
}

static void markdown_item(struct page *page, const struct page_label *label, size_t index,
                          enum page_colour colour)
{
    (void)colour;
    if (page->content.length == 0)
        return;
    begin_block(page, BLOCK_LIST);
    if (index == 0)
        text_add_format(page->out, "- **%s:**\n", label->words);
    text_add(page->out, "  - ");
    add_line_start(page);
    text_add(page->out, "\n");
}

/* A fenced block (CommonMark 4.5), within the item above it; the fence is longer than any
 * run of backticks that begins a line. */
static void markdown_lines(struct page *page, const char *foreign, size_t indent)
{
    size_t fence = 3;

    (void)indent;
    for (const char *at = foreign; *at != '\0';) {
        size_t run = strspn(at, "`");

        fence = run >= fence ? run + 1 : fence;
        at += run > 0 ? run : 1;
    }
    text_add(page->out, "\n  ");
    for (size_t i = 0; i < fence; i++)
        text_add(page->out, "`");
    text_add(page->out, "\n");
    while (page_take_line(&foreign, &page->wrapped)) {
        text_add(page->out, "  ");
        text_add(page->out, text_content(&page->wrapped));
        text_add(page->out, "\n");
    }
    text_add(page->out, "  ");
    for (size_t i = 0; i < fence; i++)
        text_add(page->out, "`");
    text_add(page->out, "\n");
    page->block = BLOCK_LIST;
}

static void markdown_title(struct page *page, const char *label, enum page_colour colour)
{
    (void)colour;
    begin_block(page, BLOCK_PARAGRAPH);
    text_add_format(page->out, "### %s: ", label);
    text_add(page->out, text_content(&page->content));
    text_add(page->out, "\n");
}

/* Blocks keep apart by themselves. */
static void markdown_gap(struct page *page)
{
    (void)page;
}

static void markdown_heading(struct page *page, const char *heading)
{
    begin_block(page, BLOCK_PARAGRAPH);
    text_add_format(page->out, "## %s\n", heading);
}

static void markdown_table_head(struct page *page, const struct page_column *columns, size_t count)
{
    begin_block(page, BLOCK_TABLE);
    page->table_columns = count;
    page->cells = 0;
    for (size_t i = 0; i < count; i++)
        text_add_format(page->out, "| %s ", columns[i].heading);
    text_add(page->out, "|\n");
    for (size_t i = 0; i < count; i++)
        text_add(page->out, columns[i].right ? "|---:" : "|---");
    text_add(page->out, "|\n");
}

/* Cells that the table has no column for are empty ones. */
static void markdown_cell(struct page *page, const struct page_column *column,
                          enum page_colour colour)
{
    (void)column;
    (void)colour;
    if (page->cells++ >= page->table_columns)
        return;
    text_add(page->out, "| ");
    text_add(page->out, text_content(&page->content));
    text_add(page->out, page->content.length > 0 ? " " : "");
}

static void markdown_row_end(struct page *page)
{
    if (page->cells == 0)
        return;
    for (; page->cells < page->table_columns; page->cells++)
        text_add(page->out, "| ");
    text_add(page->out, "|\n");
    page->cells = 0;
}

const struct page_syntax page_markdown_syntax = {
    .narrow = false,
    .add_foreign = markdown_add_foreign,
    .paragraph = markdown_paragraph,
    .item = markdown_item,
    .lines = markdown_lines,
    .title = markdown_title,
    .gap = markdown_gap,
    .heading = markdown_heading,
    .table_head = markdown_table_head,
    .cell = markdown_cell,
    .row_end = markdown_row_end,
};
