/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The renderers that the table of formats (reports/formats.c) names, as
 * report.h describes them: they add to `out`, and memory that runs out shows
 * in `out->failed`.
 */
#ifndef APPLEPATH_REPORTS_RENDERERS_H
#define APPLEPATH_REPORTS_RENDERERS_H

#include "reports/report.h"

/* For people: plain text in lines of at most `style->width` columns. */
void terminal_report(struct text *out, const struct diagnosis *diagnosis,
                     const struct report_style *style);
void terminal_hosts(struct text *out, const struct catalog *catalog,
                    const struct report_style *style);
void terminal_diff(struct text *out, const struct comparison *comparison,
                   const struct report_style *style);
void terminal_doctor(struct text *out, const struct fitness *fitness,
                     const struct report_style *style);

/* For tickets and chats: the same as Markdown (GitHub's). */
void markdown_report(struct text *out, const struct diagnosis *diagnosis,
                     const struct report_style *style);
void markdown_hosts(struct text *out, const struct catalog *catalog,
                    const struct report_style *style);
void markdown_diff(struct text *out, const struct comparison *comparison,
                   const struct report_style *style);
void markdown_doctor(struct text *out, const struct fitness *fitness,
                     const struct report_style *style);

/* For spreadsheets: one finding a row, one row of the catalogue a row (RFC 4180). */
void csv_report(struct text *out, const struct diagnosis *diagnosis,
                const struct report_style *style);
void csv_hosts(struct text *out, const struct catalog *catalog, const struct report_style *style);
void csv_diff(struct text *out, const struct comparison *comparison,
              const struct report_style *style);
void csv_doctor(struct text *out, const struct fitness *fitness, const struct report_style *style);

/* For programs: schemas "applepath-report/1" and "applepath-hosts/1". */
void json_report(struct text *out, const struct diagnosis *diagnosis,
                 const struct report_style *style);
void json_hosts(struct text *out, const struct catalog *catalog, const struct report_style *style);
void json_diff(struct text *out, const struct comparison *comparison,
               const struct report_style *style);
void json_doctor(struct text *out, const struct fitness *fitness, const struct report_style *style);

/* For whoever has to act on it: one page that needs no script and loads nothing. */
void html_report(struct text *out, const struct diagnosis *diagnosis,
                 const struct report_style *style);
void html_hosts(struct text *out, const struct catalog *catalog, const struct report_style *style);
void html_diff(struct text *out, const struct comparison *comparison,
               const struct report_style *style);
void html_doctor(struct text *out, const struct fitness *fitness, const struct report_style *style);

#endif
