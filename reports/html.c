/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for somebody who did not make the capture: one HTML page that needs no
 * script and loads nothing.  A diagnosis comes in; the page's frame, verdict, summary
 * and the order of its sections are here.
 * HTML Living Standard; Content Security Policy Level 3; WCAG 2.2.
 */
#include <string.h>

#include "base/timestamp.h"
#include "reports/html.h"
#include "reports/renderers.h"

#define SOURCES_NAMED 3u

void html_begin(struct text *out, const char *title)
{
    text_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src 'unsafe-inline'; img-src data:\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
                  "<meta name=\"referrer\" content=\"no-referrer\">\n"
                  "<meta name=\"robots\" content=\"noindex\">\n"
                  "<link rel=\"icon\" href=\"data:,\">\n<title>");
    html_add(out, title);
    text_add(out, "</title>\n<style>\n");
    html_add_style(out);
    text_add(out, "</style>\n</head>\n<body>\n"
                  "<a class=\"skip\" href=\"#main\">Skip to the report</a>\n");
}

static const char *verdict_title(enum verdict verdict)
{
    static const char *const titles[] = {
        [VERDICT_INCONCLUSIVE] = "Inconclusive",
        [VERDICT_HEALTHY] = "Healthy",
        [VERDICT_IMPAIRED] = "Impaired",
        [VERDICT_BLOCKED] = "Blocked",
    };

    return titles[verdict];
}

/* A shape for each verdict, for colours alone say nothing to everybody. */
static void add_verdict_mark(struct text *out, enum verdict verdict)
{
    static const char *const shapes[] = {
        [VERDICT_INCONCLUSIVE] = "<circle cx=\"24\" cy=\"24\" r=\"21\"/><path class=\"line\" "
                                 "d=\"M17 19a7 7 0 1 1 10 6c-2 1-3 2-3 5M24 36v1\"/>",
        [VERDICT_HEALTHY] = "<circle cx=\"24\" cy=\"24\" r=\"21\"/><path class=\"line\" d=\"M14 "
                            "25l7 7 13-15\"/>",
        [VERDICT_IMPAIRED] = "<path d=\"M24 4l21 38H3z\"/><path class=\"line\" d=\"M24 "
                             "18v12M24 36v1\"/>",
        [VERDICT_BLOCKED] = "<path d=\"M15 3h18l12 12v18L33 45H15L3 33V15z\"/><path "
                            "class=\"line\" d=\"M16 16l16 16M32 16L16 32\"/>",
    };

    text_add(out, "<svg class=\"mark\" viewBox=\"0 0 48 48\" width=\"48\" height=\"48\" "
                  "aria-hidden=\"true\" focusable=\"false\">");
    text_add(out, shapes[verdict]);
    text_add(out, "</svg>");
}

static void add_severity_counts(struct text *out, const struct diagnosis *diagnosis)
{
    static const char *const nouns[] = {"note", "warning", "critical finding"};
    bool any = false;

    for (size_t severity = SEVERITY_CRITICAL + 1; severity-- > SEVERITY_NOTE;) {
        size_t count = diagnosis_count(diagnosis, (enum severity)severity);
        if (count == 0)
            continue;
        text_add(out, any ? ", " : "");
        html_add_count(out, count, nouns[severity]);
        any = true;
    }
    text_add(out, any ? "." : "No findings.");
}

static void add_source_names(struct text *out, const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->source_count && i < SOURCES_NAMED; i++) {
        text_add(out, i > 0 ? ", " : "");
        html_add(out,
                 diagnosis->sources[i].name != NULL ? diagnosis->sources[i].name : "a capture");
    }
    html_add_rest(out, diagnosis->source_count, SOURCES_NAMED);
}

/* One number of the header, with what it counts. */
static void add_figure(struct text *out, const char *what)
{
    text_add(out, "<div><dt>");
    text_add(out, what);
    text_add(out, "</dt><dd>");
}

/* Whoever is given a report of a part must see that it is one. */
static void add_selection(struct text *out, const struct selection *selection)
{
    if (selection_is_whole(selection))
        return;
    add_figure(out, "Only");
    if (selection->category != NULL) {
        text_add(out, "category ");
        html_add(out, selection->category);
        text_add(out, " ");
    }
    if (selection->has_device) {
        text_add(out, "device ");
        html_add_address(out, &selection->device);
        text_add(out, " ");
    }
    if (selection->has_since) {
        text_add(out, "since ");
        html_add_time(out, selection->since);
        text_add(out, " ");
    }
    if (selection->has_until) {
        text_add(out, "until ");
        html_add_time(out, selection->until);
    }
    text_add(out, "</dd></div>\n");
}

static void add_capture(struct text *out, const struct diagnosis *diagnosis)
{
    uint64_t packets = 0;
    int64_t first = TIMESTAMP_NONE;
    int64_t last = TIMESTAMP_NONE;

    for (size_t i = 0; i < diagnosis->source_count; i++) {
        const struct fact_source *source = &diagnosis->sources[i];

        packets += source->packets;
        if (source->first_time != TIMESTAMP_NONE &&
            (first == TIMESTAMP_NONE || source->first_time < first))
            first = source->first_time;
        last = source->last_time > last ? source->last_time : last;
    }
    text_add(out, "<dl class=\"figures\">\n");
    add_figure(out, "Capture");
    if (diagnosis->source_count > 0)
        add_source_names(out, diagnosis);
    else
        text_add(out, "none was read");
    text_add(out, "</dd></div>\n");
    if (first != TIMESTAMP_NONE && last != TIMESTAMP_NONE) {
        add_figure(out, "Time");
        html_add_range(out, first, last);
        text_add(out, " (");
        html_add_duration(out, last - first);
        text_add(out, ")</dd></div>\n");
    }
    add_figure(out, "Packets");
    html_add_number(out, packets);
    text_add(out, "</dd></div>\n");
    add_figure(out, "Devices");
    html_add_number(out, diagnosis->device_count);
    text_add(out, "</dd></div>\n");
    add_figure(out, "Connections about Apple");
    html_add_number(out, diagnosis->totals.apple_flows);
    text_add(out, " of ");
    html_add_number(out, diagnosis->totals.flows);
    text_add(out, "</dd></div>\n");
    add_selection(out, &diagnosis->selection);
    text_add(out, "</dl>\n");
}

static void add_summary_row(struct text *out, const struct finding *finding, bool told)
{
    text_add(out, "<li>");
    html_add_severity(out, finding->severity);
    text_add(out, "<p><strong>");
    if (told)
        html_add_finding_link(out, finding->id);
    else
        html_add(out, finding->id);
    text_add(out, " ");
    html_add(out, html_kind_title(finding->kind));
    text_add(out, ".</strong> ");
    html_add(out, finding->summary);
    text_add(out, "</p></li>\n");
}

/* What was found, in one sentence each; notes are folded where there is more to read. */
static void add_summary(struct text *out, const struct diagnosis *diagnosis)
{
    text_add(out, "<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">Summary</h2>\n<p>");
    add_severity_counts(out, diagnosis);
    if (diagnosis->finding_count == 0 && diagnosis->verdict == VERDICT_INCONCLUSIVE)
        text_add(out, " This is no all-clear: the capture shows too little to judge by.");
    text_add(out, "</p>\n");
    if (diagnosis->finding_count > 0) {
        text_add(out, "<ul class=\"summary\">\n");
        for (size_t i = 0; i < diagnosis->finding_count; i++)
            add_summary_row(out, &diagnosis->findings[i], i < HTML_FINDINGS_SHOWN);
        text_add(out, "</ul>\n");
    }
    text_add(out, "</section>\n");
}

static void add_header(struct text *out, const struct diagnosis *diagnosis)
{
    text_add_format(out,
                    "<header class=\"verdict %s\">\n<p class=\"kicker\">applepath report: the "
                    "path to Apple's services</p>\n<div class=\"headline\">",
                    verdict_word(diagnosis->verdict));
    add_verdict_mark(out, diagnosis->verdict);
    text_add_format(out, "<h1>%s<span class=\"sentence\"><span class=\"apart\">: </span>",
                    verdict_title(diagnosis->verdict));
    html_add(out,
             diagnosis->verdict_sentence != NULL ? diagnosis->verdict_sentence : "No statement.");
    text_add(out, "</span></h1></div>\n");
    add_capture(out, diagnosis);
    text_add(out, "</header>\n");
}

static void add_contents(struct text *out, const struct diagnosis *diagnosis)
{
    text_add(out, "<nav aria-label=\"Contents\"><ul>"
                  "<li><a href=\"#summary\">Summary</a></li>"
                  "<li><a href=\"#path\">Path</a></li>");
    if (diagnosis->finding_count > 0)
        text_add(out, "<li><a href=\"#findings\">Findings</a></li>");
    if (diagnosis->timeline.row_count > 0)
        text_add(out, "<li><a href=\"#timeline\">Timeline</a></li>");
    text_add(out, "<li><a href=\"#stories\">Activation</a></li>"
                  "<li><a href=\"#coverage\">Coverage</a></li>"
                  "<li><a href=\"#devices\">Devices</a></li>"
                  "<li><a href=\"#condition\">Limits</a></li>"
                  "<li><a href=\"#making\">How it was made</a></li></ul></nav>\n");
}

static void add_findings(struct text *out, const struct diagnosis *diagnosis)
{
    size_t count = diagnosis->finding_count;

    if (count == 0)
        return;
    text_add(out, "<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>\n");
    for (size_t i = 0; i < count && i < HTML_FINDINGS_SHOWN; i++)
        html_finding(out, diagnosis, &diagnosis->findings[i]);
    if (count > HTML_FINDINGS_SHOWN) {
        text_add(out, "<p>");
        html_add_count(out, count - HTML_FINDINGS_SHOWN, "more finding");
        text_add(out, ": in one sentence each under <a href=\"#summary\">Summary</a>, at length "
                      "in the text and JSON reports.</p>\n");
    }
    text_add(out, "</section>\n");
}

void html_report(struct text *out, const struct diagnosis *diagnosis,
                 const struct report_style *style)
{
    struct text title = {0};

    text_add_format(&title, "%s: the path to Apple's services", verdict_title(diagnosis->verdict));
    html_begin(out, text_content(&title));
    out->failed = out->failed || title.failed;
    text_release(&title);
    add_header(out, diagnosis);
    add_contents(out, diagnosis);
    text_add(out, "<main id=\"main\">\n");
    add_summary(out, diagnosis);
    html_path(out, diagnosis);
    add_findings(out, diagnosis);
    html_timeline(out, diagnosis);
    html_stories(out, diagnosis);
    html_coverage(out, diagnosis);
    html_devices(out, diagnosis);
    html_condition(out, diagnosis);
    html_making(out, diagnosis, style);
    text_add(out, "</main>\n</body>\n</html>\n");
}

static void add_service(struct text *out, const struct service *service)
{
    static const char *const proxy_words[] = {
        [PROXY_UNKNOWN] = "unknown", [PROXY_NO] = "no", [PROXY_YES] = "yes"};

    text_add(out, "<tr><th scope=\"row\">");
    html_add_code(out, service->host);
    text_add(out, "</th><td>");
    if (!html_add_port(out, service->port, service->transport))
        text_add(out, "any");
    text_add_format(out, "</td><td>%s</td><td>", proxy_words[service->proxy]);
    html_add(out, html_category_title(service->category));
    text_add(out, service->retired ? " (retired)</td></tr>\n" : "</td></tr>\n");
}

void html_hosts(struct text *out, const struct catalog *catalog, const struct report_style *style)
{
    (void)style;
    html_begin(out, "Hosts that Apple's services need");
    text_add(out, "<header><p class=\"kicker\">applepath</p><h1>Hosts that Apple's services "
                  "need</h1></header>\n<main id=\"main\">\n<div class=\"scroll\" tabindex=\"0\" "
                  "role=\"region\" "
                  "aria-label=\"Hosts\">"
                  "<table><caption>");
    html_add_count(out, catalog_count(catalog), "row");
    text_add(out, "</caption>\n<thead><tr><th scope=\"col\">Host</th><th scope=\"col\">Port</th>"
                  "<th scope=\"col\">Through a proxy</th><th scope=\"col\">Category</th></tr>"
                  "</thead>\n<tbody>\n");
    for (size_t i = 0; i < catalog_count(catalog); i++)
        add_service(out, catalog_service(catalog, i));
    text_add(out, "</tbody></table></div>\n</main>\n</body>\n</html>\n");
}
