/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for people at a terminal: the sections (reports/sections.h) as plain
 * text in lines of at most the style's width.
 */
#include "reports/page.h"
#include "reports/renderers.h"
#include "reports/sections.h"

void terminal_report(struct text *out, const struct diagnosis *diagnosis,
                     const struct report_style *style)
{
    struct page page = page_begin(out, style);

    sections_report(&page, diagnosis);
    page_end(&page);
}

void terminal_hosts(struct text *out, const struct catalog *catalog,
                    const struct report_style *style)
{
    struct page page = page_begin(out, style);

    sections_hosts(&page, catalog);
    page_end(&page);
}

void terminal_diff(struct text *out, const struct comparison *comparison,
                   const struct report_style *style)
{
    struct page page = page_begin(out, style);

    sections_diff(&page, comparison);
    page_end(&page);
}

void terminal_doctor(struct text *out, const struct fitness *fitness,
                     const struct report_style *style)
{
    struct page page = page_begin(out, style);

    sections_doctor(&page, fitness);
    page_end(&page);
}
