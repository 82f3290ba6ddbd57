/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sections of a report for people, in their order: what text and Markdown say
 * alike.  Each prints on a page (reports/page.h) whatever it looks like.
 */
#ifndef APPLEPATH_REPORTS_SECTIONS_H
#define APPLEPATH_REPORTS_SECTIONS_H

#include "reports/report.h"

struct page;

/* All of a report, and all of the list of hosts. */
void sections_report(struct page *page, const struct diagnosis *diagnosis);
void sections_hosts(struct page *page, const struct catalog *catalog);

/* One finding, of `diagnosis`. */
void sections_finding(struct page *page, const struct diagnosis *diagnosis,
                      const struct finding *finding);

/* The devices, and how far those came that were being set up and did not get there. */
void sections_devices(struct page *page, const struct diagnosis *diagnosis);
void sections_stories(struct page *page, const struct diagnosis *diagnosis);

#endif
