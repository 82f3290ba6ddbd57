/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed between two captures, as one HTML page: the outcome, the two sides,
 * each finding with how one knows, the rows of Apple's list that changed, the devices.
 */
#include <string.h>

#include "diagnosis/comparison.h"
#include "reports/html.h"
#include "reports/renderers.h"

#define ROWS_SHOWN 400u
#define DEVICES_SHOWN 200u

static const char *change_title(enum change change)
{
    static const char *const titles[CHANGE_COUNT] = {[CHANGE_NOT_COMPARABLE] = "Not comparable",
                                                     [CHANGE_SAME] = "Unchanged",
                                                     [CHANGE_MENDED] = "Mended",
                                                     [CHANGE_BETTER] = "Better",
                                                     [CHANGE_WORSE] = "Worse",
                                                     [CHANGE_NEW] = "New"};

    return titles[change];
}

/* The style sheet's class of a verdict and of a finding as bad as that. */
static const char *verdict_class(enum change change)
{
    return change == CHANGE_NEW || change == CHANGE_WORSE       ? "blocked"
           : change == CHANGE_MENDED || change == CHANGE_BETTER ? "healthy"
                                                                : "inconclusive";
}

static const char *severity_class(enum change change)
{
    return change == CHANGE_NEW || change == CHANGE_WORSE ? "critical" : "note";
}

static void add_side(struct text *out, const char *title, const char *name,
                     const struct diagnosis *diagnosis)
{
    text_add_format(out, "<div><dt>%s (%s)</dt><dd>", title, verdict_word(diagnosis->verdict));
    html_add(out, name);
    for (size_t i = 0; i < diagnosis->source_count && i < 3; i++) {
        text_add(out, i == 0 ? ": " : ", ");
        html_add(out, diagnosis->sources[i].name);
    }
    html_add_rest(out, diagnosis->source_count, 3);
    text_add(out, "; ");
    html_add_count(out, diagnosis->device_count, "device");
    text_add(out, "</dd></div>\n");
}

static void add_header(struct text *out, const struct comparison *comparison)
{
    text_add_format(out,
                    "<header class=\"verdict %s\">\n<p class=\"kicker\">applepath diff: what "
                    "changed on the path to Apple's services</p>\n<h1>%s<span "
                    "class=\"sentence\"><span class=\"apart\">: </span>",
                    verdict_class(comparison->outcome), change_title(comparison->outcome));
    html_add(out, comparison->sentence);
    text_add(out, "</span></h1>\n<dl class=\"figures\">\n");
    add_side(out, "Before", comparison->before_name, comparison->before);
    add_side(out, "After", comparison->after_name, comparison->after);
    text_add(out, "</dl>\n</header>\n");
}

static void add_finding_side(struct text *out, const char *title, const struct finding *finding)
{
    if (finding == NULL)
        return;
    text_add_format(out, "<div><dt>%s</dt><dd>", title);
    html_add(out, finding->id);
    text_add_format(out, ", %s, %s, ", severity_word(finding->severity),
                    confidence_word(finding->confidence));
    html_add_count(out, finding_devices(finding), "device");
    text_add(out, ", ");
    html_add_range(out, finding->first_seen, finding->last_seen);
    text_add(out, "</dd></div>\n");
}

static void add_field(struct text *out, const char *title, const char *foreign)
{
    if (foreign == NULL)
        return;
    text_add_format(out, "<div><dt>%s</dt><dd>", title);
    html_add(out, foreign);
    text_add(out, "</dd></div>\n");
}

static void add_finding(struct text *out, const struct finding_change *change)
{
    const struct finding *shown = change->after != NULL ? change->after : change->before;

    text_add_format(out, "<article class=\"finding %s\">\n<header><h3>%s: ",
                    severity_class(change->change), change_title(change->change));
    html_add(out, html_kind_title(shown->kind));
    if (shown->host != NULL) {
        text_add(out, " <span class=\"host\">");
        html_add_code(out, shown->host);
        text_add(out, " ");
        html_add_port(out, shown->port, shown->transport);
        text_add(out, "</span>");
    }
    text_add(out, "</h3></header>\n<p class=\"lede\">");
    html_add(out, shown->summary);
    text_add(out, "</p>\n<dl class=\"fields\">\n");
    add_finding_side(out, "Before", change->before);
    add_finding_side(out, "After", change->after);
    add_field(out, "Known by", change->reason);
    if (change->after != NULL && change->change != CHANGE_SAME)
        add_field(out, "Do", change->after->remedy);
    text_add(out, "</dl>\n</article>\n");
}

static void begin_section(struct text *out, const char *id, const char *title)
{
    text_add_format(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id,
                    title);
}

static void add_findings(struct text *out, const struct comparison *comparison)
{
    begin_section(out, "findings", "Findings");
    for (size_t i = 0; i < comparison->finding_count && i < HTML_FINDINGS_SHOWN; i++)
        add_finding(out, &comparison->findings[i]);
    if (comparison->finding_count == 0)
        text_add(out, "<p>No findings on either side.</p>\n");
    if (comparison->finding_count > HTML_FINDINGS_SHOWN) {
        text_add(out, "<p>And ");
        html_add_number(out, comparison->finding_count - HTML_FINDINGS_SHOWN);
        text_add(out, " more.</p>\n");
    }
    text_add(out, "</section>\n");
}

static void begin_table(struct text *out, const char *caption, const char *what)
{
    text_add_format(out,
                    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                    "aria-label=\"%s\"><table>\n<caption>%s</caption>\n<thead><tr><th "
                    "scope=\"col\">%s</th><th scope=\"col\">Change</th><th "
                    "scope=\"col\">Before</th><th scope=\"col\">After</th></tr></thead>\n<tbody>\n",
                    caption, caption, what);
}

static void add_row_side(struct text *out, const struct coverage *row)
{
    text_add(out, "<td>");
    if (row != NULL) {
        text_add_format(out, "%s, ", coverage_status_word(row->status));
        html_add_number(out, row->successes);
        text_add(out, " of ");
        html_add_number(out, row->attempts);
    } else {
        text_add(out, "-");
    }
    text_add(out, "</td>");
}

static void add_rows(struct text *out, const struct comparison *comparison)
{
    size_t shown = 0;

    begin_section(out, "coverage", "Coverage of Apple's list");
    begin_table(out, "Rows that changed, by successes of attempts", "Host");
    for (size_t i = 0; i < comparison->coverage_count; i++) {
        const struct coverage_change *change = &comparison->coverage[i];
        const struct coverage *row = change->after != NULL ? change->after : change->before;

        if (change->change == CHANGE_SAME || change->change == CHANGE_NOT_COMPARABLE ||
            shown++ >= ROWS_SHOWN)
            continue;
        text_add(out, "<tr><th scope=\"row\">");
        html_add_code(out, row->host);
        text_add(out, " ");
        html_add_port(out, row->port, row->transport);
        text_add_format(out, "</th><td>%s</td>", change_title(change->change));
        add_row_side(out, change->before);
        add_row_side(out, change->after);
        text_add(out, "</tr>\n");
    }
    text_add(out, "</tbody></table></div>\n<p>");
    html_add_count(out, comparison_rows(comparison, CHANGE_SAME), "row");
    text_add(out, " unchanged; ");
    html_add_count(out, comparison_rows(comparison, CHANGE_NOT_COMPARABLE), "row");
    text_add(out, " not contacted on one side or both, which proves nothing.</p>\n</section>\n");
}

static void add_device(struct text *out, const struct device_change *change)
{
    text_add(out, "<tr><th scope=\"row\">");
    html_add_device(out, change->after != NULL ? change->after : change->before);
    text_add_format(out, "</th><td>%s</td><td>", change_title(change->change));
    if (change->before != NULL)
        html_add_count(out, change->findings_before, "finding");
    text_add(out, "</td><td>");
    if (change->after != NULL)
        html_add_count(out, change->findings_after, "finding");
    text_add(out, "</td></tr>\n");
}

static void add_devices(struct text *out, const struct comparison *comparison)
{
    size_t shown = 0;

    if (comparison->device_count == 0)
        return;
    begin_section(out, "devices", "Devices");
    begin_table(out, "Devices that changed, and the findings that they suffer from", "Device");
    for (size_t i = 0; i < comparison->device_count; i++)
        if (comparison->devices[i].change != CHANGE_SAME && shown++ < DEVICES_SHOWN)
            add_device(out, &comparison->devices[i]);
    text_add(out, "</tbody></table></div>\n<p>");
    html_add_count(out, comparison_devices(comparison, CHANGE_SAME), "device");
    text_add(out, " unchanged");
    html_add_rest(out, shown, DEVICES_SHOWN);
    text_add(out, ".</p>\n</section>\n");
}

void html_diff(struct text *out, const struct comparison *comparison,
               const struct report_style *style)
{
    (void)style;
    html_begin(out, "applepath diff");
    add_header(out, comparison);
    text_add(out, "<main id=\"main\">\n");
    add_findings(out, comparison);
    add_rows(out, comparison);
    add_devices(out, comparison);
    text_add(out, "</main>\n</body>\n</html>\n");
}
