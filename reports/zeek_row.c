/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does Zeek write a record?  Fields come in one by one; a line goes out: of tabs
 * with "-" for what is unset and "(empty)" for what has nothing in it, or of JSON
 * (Zeek's ASCII writer).
 */
#include "reports/zeek_row.h"

#include <stdio.h>
#include <time.h>

#include "reports/export_text.h"

static void header_time(struct text *out, const char *what, int64_t time)
{
    struct tm parts;
    time_t seconds = (time_t)(time / NANOSECONDS_PER_SECOND);
    char printed[32] = "1970-01-01-00-00-00";
    if (gmtime_r(&seconds, &parts) != NULL)
        strftime(printed, sizeof printed, "%Y-%m-%d-%H-%M-%S", &parts);
    text_add_format(out, "#%s\t%s\n", what, printed);
}

void zeek_header(struct text *out, const char *path, const struct zeek_field *fields, size_t count,
                 int64_t opened)
{
    text_add(out, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n");
    text_add_format(out, "#path\t%s\n", path);
    header_time(out, "open", opened);
    text_add(out, "#fields");
    for (size_t i = 0; i < count; i++)
        text_add_format(out, "\t%s", fields[i].name);
    text_add(out, "\n#types");
    for (size_t i = 0; i < count; i++)
        text_add_format(out, "\t%s", fields[i].type);
    text_add(out, "\n");
}

void zeek_footer(struct text *out, int64_t closed)
{
    header_time(out, "close", closed);
}

void zeek_begin(struct zeek_row *row, struct text *out, const struct zeek_field *fields,
                size_t count, bool json)
{
    *row = (struct zeek_row){.out = out, .fields = fields, .count = count, .json = json};
    if (json)
        text_add_bytes(out, "{", 1);
}

void zeek_end(struct zeek_row *row)
{
    zeek_unset(row, row->count - row->next);
    text_add(row->out, row->json ? "}\n" : "\n");
}

/* What stands before the next field's value; false where the row has no more. */
static bool field_begin(struct zeek_row *row)
{
    if (row->next == row->count)
        return false;
    const struct zeek_field *field = &row->fields[row->next++];
    if (!row->json) {
        if (row->next > 1)
            text_add_bytes(row->out, "\t", 1);
        return true;
    }
    text_add(row->out, row->begun ? ",\"" : "\"");
    text_add(row->out, field->name);
    text_add_bytes(row->out, "\":", 2);
    row->begun = true;
    return true;
}

void zeek_unset(struct zeek_row *row, size_t count)
{
    for (; count > 0 && row->next < row->count; count--) {
        if (row->json)
            row->next++;
        else if (field_begin(row))
            text_add_bytes(row->out, "-", 1);
    }
}

static void put_text(const struct zeek_row *row, const char *foreign, char separator)
{
    if (row->json)
        export_json_text(row->out, foreign);
    else
        export_zeek_text(row->out, foreign, separator);
}

void zeek_text(struct zeek_row *row, const char *foreign)
{
    if (foreign == NULL)
        zeek_unset(row, 1);
    else if (field_begin(row))
        put_text(row, foreign, 0);
}

void zeek_count(struct zeek_row *row, uint64_t count)
{
    if (field_begin(row))
        export_count(row->out, count);
}

void zeek_bool(struct zeek_row *row, bool value)
{
    if (field_begin(row))
        text_add(row->out, row->json ? (value ? "true" : "false") : (value ? "T" : "F"));
}

void zeek_interval(struct zeek_row *row, int64_t nanoseconds)
{
    if (nanoseconds == DIFFERENCE_NONE)
        zeek_unset(row, 1);
    else if (field_begin(row))
        export_seconds(row->out, nanoseconds);
}

void zeek_time(struct zeek_row *row, int64_t time)
{
    zeek_interval(row, time);
}

void zeek_address(struct zeek_row *row, const struct address *address)
{
    char printed[ADDRESS_TEXT_SIZE];
    if (address_is_none(address))
        zeek_unset(row, 1);
    else if (field_begin(row))
        put_text(row, address_print(address, printed), 0);
}

/* Begins a vector; false where there is nothing to put into it. */
static bool list_begin(struct zeek_row *row, size_t count)
{
    if (!field_begin(row))
        return false;
    if (row->json)
        text_add_bytes(row->out, "[", 1);
    else if (count == 0)
        text_add(row->out, "(empty)");
    return true;
}

void zeek_list(struct zeek_row *row, const char *const *items, size_t count)
{
    if (!list_begin(row, count))
        return;
    for (size_t i = 0; i < count; i++) {
        text_add(row->out, i > 0 ? "," : "");
        put_text(row, items[i], ',');
    }
    text_add(row->out, row->json ? "]" : "");
}

void zeek_seconds_list(struct zeek_row *row, const uint32_t *seconds, size_t count)
{
    if (!list_begin(row, count))
        return;
    for (size_t i = 0; i < count; i++) {
        text_add(row->out, i > 0 ? "," : "");
        export_seconds(row->out, (int64_t)seconds[i] * NANOSECONDS_PER_SECOND);
    }
    text_add(row->out, row->json ? "]" : "");
}
