/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is a value written so that it stays one cell, and no formula?  Values come in,
 * cells go out.  RFC 4180 section 2; formulas begin with = + - @, TAB or CR, in full
 * width too.
 */
#include "reports/csv_row.h"

#include <math.h>
#include <string.h>

#include "base/timestamp.h"

static void begin_cell(struct csv_row *row)
{
    if (row->begun)
        text_add(row->out, ",");
    row->begun = true;
}

static bool is_formula(const char *text)
{
    static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
                                       "\xef\xbc\xa0"}; /* U+FF1D = + - @ */

    if (*text != '\0' && strchr("=+-@\t\r", *text) != NULL)
        return true;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (strncmp(text, wide[i], 3) == 0)
            return true;
    return false;
}

/* Always in quotes: some spreadsheets part cells at semicolons. */
void csv_text(struct csv_row *row, const char *foreign)
{
    struct text shown = {0};

    begin_cell(row);
    if (foreign == NULL || *foreign == '\0')
        return;
    text_add_printable(&shown, foreign);
    text_add(row->out, is_formula(foreign) ? "\"'" : "\"");
    for (const char *at = text_content(&shown); *at != '\0'; at++) {
        text_add(row->out, *at == '"' ? "\"" : "");
        text_add_bytes(row->out, at, 1);
    }
    text_add(row->out, "\"");
    row->out->failed = row->out->failed || shown.failed;
    text_release(&shown);
}

void csv_number(struct csv_row *row, uint64_t number)
{
    begin_cell(row);
    text_add_format(row->out, "%llu", (unsigned long long)number);
}

void csv_time(struct csv_row *row, int64_t time)
{
    char printed[TIMESTAMP_TEXT_SIZE];

    begin_cell(row);
    if (time != TIMESTAMP_NONE)
        text_add(row->out, timestamp_print(time, printed));
}

void csv_port(struct csv_row *row, int port)
{
    begin_cell(row);
    if (port > 0)
        text_add_format(row->out, "%d", port);
}

/* Writes what was gathered as one cell. */
static void take(struct csv_row *row, struct text *gathered)
{
    csv_text(row, text_content(gathered));
    row->out->failed = row->out->failed || gathered->failed;
    text_release(gathered);
}

void csv_texts(struct csv_row *row, const char *const *texts, size_t count)
{
    struct text gathered = {0};

    for (size_t i = 0; i < count; i++)
        text_add_format(&gathered, "%s%s", i > 0 ? "; " : "", texts[i]);
    take(row, &gathered);
}

void csv_addresses(struct csv_row *row, const struct address *addresses, size_t count)
{
    struct text gathered = {0};
    char printed[ADDRESS_TEXT_SIZE];

    for (size_t i = 0; i < count; i++)
        text_add_format(&gathered, "%s%s", i > 0 ? "; " : "",
                        address_print(&addresses[i], printed));
    take(row, &gathered);
}

void csv_details(struct csv_row *row, const struct finding *finding)
{
    struct text gathered = {0};

    for (size_t i = 0; i < finding->detail_count; i++) {
        const struct detail *detail = &finding->details[i];

        text_add_format(&gathered, "%s%s=", i > 0 ? "; " : "", detail->name);
        if (detail->text != NULL)
            text_add(&gathered, detail->text);
        else if (isfinite(detail->number))
            text_add_format(&gathered, "%.10g", detail->number);
    }
    take(row, &gathered);
}

/* Their lines apart like other values: a line end would be shown as \x0a. */
void csv_rules(struct csv_row *row, const struct finding *finding)
{
    struct text gathered = {0};

    for (size_t i = 0; i < finding->prescription_count; i++) {
        const char *prescribed = finding->prescriptions[i].text;
        const char *text = prescribed != NULL ? prescribed : "";

        text_add_format(&gathered, "%s%s:", i > 0 ? "; " : "",
                        finding->prescriptions[i].at != NULL ? finding->prescriptions[i].at : "?");
        while (*text != '\0') {
            size_t length = strcspn(text, "\n");

            text_add(&gathered, " ");
            text_add_bytes(&gathered, text, length);
            text += length + (text[length] == '\n');
            text_add(&gathered, *text != '\0' ? ";" : "");
        }
    }
    take(row, &gathered);
}

void csv_evidence(struct csv_row *row, const struct finding *finding)
{
    struct text gathered = {0};

    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct evidence *evidence = &finding->evidence[i];

        text_add_format(&gathered, "%s%s", i > 0 ? "; " : "",
                        evidence->source != NULL ? evidence->source : "?");
        if (evidence->packet != 0)
            text_add_format(&gathered, " #%llu", (unsigned long long)evidence->packet);
    }
    take(row, &gathered);
}

void csv_culprit(struct csv_row *row, const struct culprit *culprit)
{
    char printed[ADDRESS_TEXT_SIZE];

    csv_text(row, culprit != NULL ? culprit_role_word(culprit->role) : NULL);
    csv_text(row, culprit != NULL && culprit->has_address
                      ? address_print(&culprit->address, printed)
                      : NULL);
}

void csv_end(struct csv_row *row)
{
    text_add(row->out, "\r\n");
    row->begun = false;
}

void csv_headings(struct text *out, const char *const *headings, size_t count)
{
    struct csv_row row = {out, false};

    for (size_t i = 0; i < count; i++) {
        begin_cell(&row);
        text_add(out, headings[i]);
    }
    csv_end(&row);
}
