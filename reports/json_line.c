/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is a record written as JSON while it is made?  Members come in, in their
 * order; commas and escapes (RFC 8259) are put between and into them.
 */
#include "reports/json_line.h"

#include "reports/export_text.h"

static void member(struct json_line *line, const char *key)
{
    if (line->comma)
        text_add_bytes(line->out, ",", 1);
    line->comma = true;
    if (key == NULL)
        return;
    text_add_bytes(line->out, "\"", 1);
    text_add(line->out, key);
    text_add_bytes(line->out, "\":", 2);
}

static void open_with(struct json_line *line, const char *key, const char *bracket)
{
    member(line, key);
    text_add_bytes(line->out, bracket, 1);
    line->comma = false;
}

static void close_with(struct json_line *line, const char *bracket)
{
    text_add_bytes(line->out, bracket, 1);
    line->comma = true;
}

void json_line_begin(struct json_line *line, struct text *out)
{
    *line = (struct json_line){.out = out};
    open_with(line, NULL, "{");
}

void json_line_end(struct json_line *line)
{
    text_add_bytes(line->out, "}\n", 2);
}

void json_line_object(struct json_line *line, const char *key)
{
    open_with(line, key, "{");
}

void json_line_object_end(struct json_line *line)
{
    close_with(line, "}");
}

void json_line_array(struct json_line *line, const char *key)
{
    open_with(line, key, "[");
}

void json_line_array_end(struct json_line *line)
{
    close_with(line, "]");
}

void json_line_text(struct json_line *line, const char *key, const char *foreign)
{
    if (foreign == NULL)
        return;
    member(line, key);
    export_json_text(line->out, foreign);
}

void json_line_count(struct json_line *line, const char *key, uint64_t count)
{
    member(line, key);
    export_count(line->out, count);
}

void json_line_bool(struct json_line *line, const char *key, bool value)
{
    member(line, key);
    text_add(line->out, value ? "true" : "false");
}

void json_line_address(struct json_line *line, const char *key, const struct address *address)
{
    char printed[ADDRESS_TEXT_SIZE];
    if (!address_is_none(address))
        json_line_text(line, key, address_print(address, printed));
}

void json_line_time(struct json_line *line, const char *key, int64_t time)
{
    if (time == TIMESTAMP_NONE)
        return;
    member(line, key);
    text_add_bytes(line->out, "\"", 1);
    export_eve_time(line->out, time);
    text_add_bytes(line->out, "\"", 1);
}

void json_line_seconds(struct json_line *line, const char *key, int64_t nanoseconds)
{
    if (nanoseconds == DIFFERENCE_NONE)
        return;
    member(line, key);
    export_seconds(line->out, nanoseconds);
}
