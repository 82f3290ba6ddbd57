/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The renderers that the table of formats (reports/formats.c) names, as
 * report.h describes them: they add to `out`, and memory that runs out shows
 * in `out->failed`.
 */
#ifndef APPLEPATH_REPORTS_RENDERERS_H
#define APPLEPATH_REPORTS_RENDERERS_H

#include "reports/report.h"

struct page;

/* For people: plain text in lines of at most `style->width` columns. */
void terminal_report(struct text *out, const struct diagnosis *diagnosis,
                     const struct report_style *style);
void terminal_hosts(struct text *out, const struct catalog *catalog,
                    const struct report_style *style);

/* One finding, of `diagnosis`, on the page of a report. */
void terminal_finding(struct page *page, const struct diagnosis *diagnosis,
                      const struct finding *finding);

/* The devices, and how far those came that were being set up and did not get there. */
void terminal_devices(struct page *page, const struct diagnosis *diagnosis);
void terminal_stories(struct page *page, const struct diagnosis *diagnosis);

/* For programs: schemas "applepath-report/1" and "applepath-hosts/1". */
void json_report(struct text *out, const struct diagnosis *diagnosis,
                 const struct report_style *style);
void json_hosts(struct text *out, const struct catalog *catalog, const struct report_style *style);

/* For whoever has to act on it: one page that needs no script and loads nothing. */
void html_report(struct text *out, const struct diagnosis *diagnosis,
                 const struct report_style *style);
void html_hosts(struct text *out, const struct catalog *catalog, const struct report_style *style);

#endif
