/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a SPAN port or capture is fit to judge by, for spreadsheets: one check a row.
 * Columns: doc/csv.md.
 */
#include <stdio.h>

#include "diagnosis/fitness.h"
#include "reports/csv_row.h"
#include "reports/renderers.h"

/* "two_sided_connections=20; client_only_connections=0" */
static void add_figures(struct csv_row *row, const struct fitness_check *check)
{
    struct text text = {0};

    for (size_t i = 0; i < check->figure_count; i++)
        text_add_format(&text, "%s%s=%.10g", i > 0 ? "; " : "", check->figures[i].name,
                        check->figures[i].number);
    csv_text(row, text.length > 0 ? text_content(&text) : NULL);
    row->out->failed = row->out->failed || text.failed;
    text_release(&text);
}

void csv_doctor(struct text *out, const struct fitness *fitness, const struct report_style *style)
{
    static const char *const headings[] = {"check", "title",  "subject", "verdict",
                                           "seen",  "advice", "figures"};

    (void)style;
    csv_headings(out, headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < fitness->check_count; i++) {
        const struct fitness_check *check = &fitness->checks[i];
        struct csv_row row = {out, false};

        csv_text(&row, check->name);
        csv_text(&row, check->title);
        csv_text(&row, check->subject);
        csv_text(&row, fitness_grade_word(check->grade));
        csv_text(&row, check->seen);
        csv_text(&row, check->advice);
        add_figures(&row, check);
        csv_end(&row);
    }
}
