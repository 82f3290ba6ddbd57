/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for a ticket, a chat, a wiki: the sections (reports/sections.h) as
 * Markdown, which reads well unrendered too.
 */
#include "reports/page.h"
#include "reports/renderers.h"
#include "reports/sections.h"

void markdown_report(struct text *out, const struct diagnosis *diagnosis,
                     const struct report_style *style)
{
    struct page page = page_begin_markdown(out);

    (void)style;
    sections_report(&page, diagnosis);
    page_end(&page);
}

void markdown_hosts(struct text *out, const struct catalog *catalog,
                    const struct report_style *style)
{
    struct page page = page_begin_markdown(out);

    (void)style;
    sections_hosts(&page, catalog);
    page_end(&page);
}

void markdown_diff(struct text *out, const struct comparison *comparison,
                   const struct report_style *style)
{
    struct page page = page_begin_markdown(out);

    (void)style;
    sections_diff(&page, comparison);
    page_end(&page);
}

void markdown_doctor(struct text *out, const struct fitness *fitness,
                     const struct report_style *style)
{
    struct page page = page_begin_markdown(out);

    (void)style;
    sections_doctor(&page, fitness);
    page_end(&page);
}
