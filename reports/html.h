/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the HTML report, and what they are written with.  Markup is ours and
 * goes in by text_add; everything else goes through html_add or what is built on it.
 */
#ifndef APPLEPATH_REPORTS_HTML_H
#define APPLEPATH_REPORTS_HTML_H

#include "base/text.h"
#include "reports/report.h"

/* Foreign text is cut behind this many bytes, and the cut is shown. */
#define HTML_TEXT_LIMIT 2000u

/* Adds text that is not ours: markup characters as references, control and bidi
 * characters and what is no UTF-8 as \xNN. Nothing for NULL. */
void html_add(struct text *out, const char *foreign);

/* The same with line breaks kept, and not cut: a rule of our own making. */
void html_add_rule(struct text *out, const char *rule);

/* "<code>...</code>". */
void html_add_code(struct text *out, const char *foreign);

/* "1 packet", "12,345 packets". */
void html_add_number(struct text *out, uint64_t number);
void html_add_count(struct text *out, uint64_t count, const char *noun);

/* ", and 12 more" where only `shown` of `count` were added. */
void html_add_rest(struct text *out, uint64_t count, uint64_t shown);

void html_add_address(struct text *out, const struct address *address);

/* "tcp/5223" as far as it is known; false, and nothing, where it is not. */
bool html_add_port(struct text *out, int port, uint8_t transport);

/* "<time>2026-11-20 08:00:04.100</time>" in UTC, "-" for TIMESTAMP_NONE; and without the
 * date. */
void html_add_time(struct text *out, int64_t time);
void html_add_clock(struct text *out, int64_t time);

/* "08:00:04.100 to 08:03:40.000 UTC on 2026-11-20". */
void html_add_range(struct text *out, int64_t first, int64_t last);

/* "1.5 s", "4 min 10 s", "3 h 20 min". */
void html_add_duration(struct text *out, int64_t nanoseconds);

/* Where a finding stands on the page: <a href="#f1">F1</a>. */
void html_add_finding_link(struct text *out, const char *id);

/* The word of a status or severity with its mark: <span class="tag critical">... */
void html_add_severity(struct text *out, enum severity severity);

/* "Push (APNs)" in place of "apns"; the category itself where no better is known. */
const char *html_category_title(const char *category);

/* "Port blocked" in place of "port-blocked"; the kind itself likewise. */
const char *html_kind_title(const char *kind);

/* The head of a page of that title, up to its body. */
void html_begin(struct text *out, const char *title);

/* html_style.c: the style sheet (reports/html.css). */
void html_add_style(struct text *out);

/* Findings told at length; the others are listed with their summaries. */
#define HTML_FINDINGS_SHOWN 60u

/* The sections, each with its heading; nothing where there is nothing to say. */
void html_path(struct text *out, const struct diagnosis *diagnosis);
void html_finding(struct text *out, const struct diagnosis *diagnosis,
                  const struct finding *finding);
void html_ladder(struct text *out, const struct finding *finding);
void html_timeline(struct text *out, const struct diagnosis *diagnosis);
void html_stories(struct text *out, const struct diagnosis *diagnosis);
void html_devices(struct text *out, const struct diagnosis *diagnosis);
void html_coverage(struct text *out, const struct diagnosis *diagnosis);
void html_condition(struct text *out, const struct diagnosis *diagnosis);
void html_making(struct text *out, const struct diagnosis *diagnosis,
                 const struct report_style *style);

/* A device as people know it: "iPad-Cart-07 (10.0.0.20)". */
void html_add_device(struct text *out, const struct device *device);

/* Up to `limit` devices by their addresses, the rest counted. */
void html_add_addresses(struct text *out, const struct diagnosis *diagnosis,
                        const struct address *addresses, size_t count, size_t begin, size_t limit);

#endif
