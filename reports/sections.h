/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sections of a report for people, in their order: what text and Markdown say
 * alike.  Each prints on a page (reports/page.h) whatever it looks like.
 */
#ifndef APPLEPATH_REPORTS_SECTIONS_H
#define APPLEPATH_REPORTS_SECTIONS_H

#include "diagnosis/comparison.h"
#include "diagnosis/fitness.h"
#include "reports/report.h"

struct page;

/* All of a report, and all of the list of hosts. */
void sections_report(struct page *page, const struct diagnosis *diagnosis);
void sections_hosts(struct page *page, const struct catalog *catalog);

/* What changed between two captures. */
void sections_diff(struct page *page, const struct comparison *comparison);

/* Whether a SPAN port or capture is fit to judge by. */
void sections_doctor(struct page *page, const struct fitness *fitness);

/* Adds "site.pcap, 812 packets, ..." to the content; nothing where no capture was read. */
void sections_add_sources(struct page *page, const struct diagnosis *diagnosis);

/* Whoever is given a report of a part must see that it is one. */
void sections_selection(struct page *page, const struct selection *selection);

/* One finding, of `diagnosis`. */
void sections_finding(struct page *page, const struct diagnosis *diagnosis,
                      const struct finding *finding);

/* The devices, and how far those came that were being set up and did not get there. */
void sections_devices(struct page *page, const struct diagnosis *diagnosis);
void sections_stories(struct page *page, const struct diagnosis *diagnosis);

#endif
