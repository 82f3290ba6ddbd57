/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is one finding told to those who can end it?  A finding comes in; what is broken,
 * for whom, since when, by whom, why, how sure, the packets with a filter for Wireshark,
 * and the rule to paste go out.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/timestamp.h"
#include "reports/html.h"

#define NAMES_SHOWN 8u
#define ADDRESSES_SHOWN 12u
#define DEVICES_NAMED 6u
#define DEVICES_LISTED 200u
#define PERIODS_SHOWN 12u

static void begin_field(struct text *out, const char *label)
{
    text_add_format(out, "<div><dt>%s</dt><dd>", label);
}

static void end_field(struct text *out)
{
    text_add(out, "</dd></div>\n");
}

static void add_names(struct text *out, const struct finding *finding)
{
    for (size_t i = 0; i < finding->name_count && i < NAMES_SHOWN; i++) {
        text_add(out, i > 0 ? ", " : "");
        html_add_code(out, finding->names[i]);
    }
    html_add_rest(out, finding->name_count, NAMES_SHOWN);
    if (finding->name_count == 0 && finding->host != NULL)
        html_add_code(out, finding->host);
}

static void add_what(struct text *out, const struct finding *finding)
{
    bool any = finding->name_count > 0 || finding->host != NULL;

    if (!any && finding->address_count == 0)
        return;
    begin_field(out, "What");
    add_names(out, finding);
    if (finding->port > 0) {
        text_add(out, any ? ", " : "");
        html_add_port(out, finding->port, finding->transport);
    }
    for (size_t i = 0; i < finding->address_count && i < ADDRESSES_SHOWN; i++) {
        text_add(out, i > 0 ? ", " : any ? "; at " : "");
        html_add_address(out, &finding->addresses[i]);
    }
    html_add_rest(out, finding->address_count, ADDRESSES_SHOWN);
    if (finding->category != NULL) {
        text_add(out, ". Needed for: ");
        html_add(out, html_category_title(finding->category));
    }
    end_field(out);
}

static void add_who(struct text *out, const struct diagnosis *diagnosis,
                    const struct finding *finding)
{
    size_t count = finding->device_count;

    if (count == 0)
        return;
    begin_field(out, "Who");
    html_add_count(out, finding_devices(finding), "device");
    text_add(out, ": ");
    html_add_addresses(out, diagnosis, finding->devices, count, 0, DEVICES_NAMED);
    if (count > DEVICES_NAMED) {
        text_add(out, "<details><summary>");
        html_add_number(out, count - DEVICES_NAMED);
        text_add(out, " more by address</summary><p>");
        html_add_addresses(out, diagnosis, finding->devices, count, DEVICES_NAMED, DEVICES_LISTED);
        html_add_rest(out, count, DEVICES_NAMED + DEVICES_LISTED);
        text_add(out, "</p></details>");
    }
    end_field(out);
}

static void add_periods(struct text *out, const struct finding *finding)
{
    if (finding->period_count == 0)
        return;
    text_add(out, "<ul>");
    for (size_t i = 0; i < finding->period_count && i < PERIODS_SHOWN; i++) {
        text_add(out, "<li>failed ");
        html_add_range(out, finding->periods[i].first, finding->periods[i].last);
        text_add(out, finding->periods[i].over ? ", then it worked</li>"
                                               : ", and no success after it</li>");
    }
    if (finding->period_count > PERIODS_SHOWN) {
        text_add(out, "<li>");
        html_add_count(out, finding->period_count - PERIODS_SHOWN, "more period");
        text_add(out, "</li>");
    }
    text_add(out, "</ul>");
}

static void add_when(struct text *out, const struct finding *finding)
{
    begin_field(out, "When");
    html_add_range(out, finding->first_seen, finding->last_seen);
    if (finding->count > 0) {
        text_add(out, ", seen ");
        html_add_count(out, finding->count, "time");
    }
    if (finding->ongoing == ONGOING_YES)
        text_add(out, ". <strong>Still so when the capture ended.</strong>");
    else if (finding->ongoing == ONGOING_NO)
        text_add(out, ". It worked again afterwards.");
    add_periods(out, finding);
    end_field(out);
}

static void add_culprit(struct text *out, const struct culprit *culprit)
{
    static const char *const nouns[] = {
        [CULPRIT_UNKNOWN] = "Something that this capture does not name",
        [CULPRIT_FIREWALL] = "A firewall",
        [CULPRIT_RESOLVER] = "The resolver",
        [CULPRIT_PROXY] = "A proxy or inspection",
        [CULPRIT_SERVER] = "The server",
        [CULPRIT_DEVICE] = "The device",
        [CULPRIT_NETWORK] = "Something on the path",
    };

    text_add(out, nouns[culprit->role]);
    if (culprit->has_address) {
        text_add(out, " at ");
        html_add_address(out, &culprit->address);
    } else if (culprit->role != CULPRIT_UNKNOWN) {
        text_add(out, "; its address is not in the capture");
    }
    if (culprit->hops > 0) {
        text_add(out, ", ");
        html_add_count(out, (uint64_t)culprit->hops, "hop");
        text_add(out, " from where the capture was made");
    }
}

static void add_by(struct text *out, const struct finding *finding)
{
    if (finding->culprit == NULL && finding->severity == SEVERITY_NOTE)
        return;
    begin_field(out, "By whom");
    if (finding->culprit != NULL)
        add_culprit(out, finding->culprit);
    else
        text_add(out, "Not known from this capture");
    text_add(out, ".");
    end_field(out);
}

static void add_sure(struct text *out, const struct finding *finding)
{
    static const char *const meanings[] = {
        [CONFIDENCE_POSSIBLE] = "Possible: one sign points at it.",
        [CONFIDENCE_LIKELY] = "Likely: the signs agree, and leave one other explanation.",
        [CONFIDENCE_CERTAIN] = "Certain: the packets say it themselves.",
    };

    begin_field(out, "How sure");
    text_add(out, meanings[finding->confidence]);
    if (finding->doubt != NULL) {
        text_add(out, " <span class=\"doubt\">Why not surer: ");
        html_add(out, finding->doubt);
        text_add(out, "</span>");
    }
    end_field(out);
}

static void add_details(struct text *out, const struct finding *finding)
{
    if (finding->detail_count == 0)
        return;
    begin_field(out, "Detail");
    for (size_t i = 0; i < finding->detail_count; i++) {
        const struct detail *detail = &finding->details[i];

        text_add(out, i > 0 ? "; " : "");
        for (const char *letter = detail->name; *letter != '\0'; letter++)
            text_add_bytes(out, *letter == '_' ? " " : letter, 1);
        text_add(out, ": ");
        if (detail->text != NULL)
            html_add(out, detail->text);
        else if (isnan(detail->number))
            text_add(out, "not known");
        else
            text_add_format(out, "%.10g", detail->number);
    }
    end_field(out);
}

static bool is_repeated(const struct finding *finding, size_t index)
{
    const struct evidence *one = &finding->evidence[index];

    for (size_t i = 0; i < index; i++)
        if (finding->evidence[i].packet == one->packet && finding->evidence[i].source != NULL &&
            strcmp(finding->evidence[i].source, one->source) == 0)
            return true;
    return false;
}

/* "frame.number == 44 || frame.number == 45" for one source, to paste into Wireshark. */
static void add_filter(struct text *out, const struct finding *finding, size_t first, bool one)
{
    const char *source = finding->evidence[first].source;
    bool any = false;

    text_add(out, "<p class=\"filter\"><span>Wireshark filter");
    if (!one) {
        text_add(out, " for ");
        html_add_code(out, source);
    }
    text_add(out, ":</span> <code class=\"paste\">");
    for (size_t i = first; i < finding->evidence_count; i++) {
        const struct evidence *evidence = &finding->evidence[i];

        if (evidence->packet == 0 || source == NULL || evidence->source == NULL ||
            strcmp(evidence->source, source) != 0 || is_repeated(finding, i))
            continue;
        text_add_format(out, "%sframe.number == %" PRIu64, any ? " || " : "", evidence->packet);
        any = true;
    }
    text_add(out, "</code></p>\n");
}

static bool is_first_of_source(const struct finding *finding, size_t index)
{
    const char *source = finding->evidence[index].source;

    for (size_t i = 0; i < index; i++)
        if (finding->evidence[i].packet != 0 && finding->evidence[i].source != NULL &&
            strcmp(finding->evidence[i].source, source) == 0)
            return false;
    return true;
}

static bool is_one_source(const struct finding *finding)
{
    const char *first = finding->evidence[0].source;

    for (size_t i = 0; i < finding->evidence_count; i++)
        if (first == NULL || finding->evidence[i].source == NULL ||
            strcmp(first, finding->evidence[i].source) != 0)
            return false;
    return true;
}

static void add_packet(struct text *out, const struct evidence *evidence, bool with_source)
{
    text_add(out, "<tr><th scope=\"row\">");
    if (evidence->packet != 0)
        text_add_format(out, "%" PRIu64, evidence->packet);
    else
        text_add(out, "-");
    text_add(out, "</th><td class=\"clock\">");
    html_add_clock(out, evidence->time);
    text_add(out, "</td><td>");
    html_add(out, evidence->note);
    if (with_source) {
        text_add(out, "</td><td>");
        html_add(out, evidence->source);
    }
    text_add(out, "</td></tr>\n");
}

/* The name of the capture is told once, or for each packet where there are several. */
static void add_evidence(struct text *out, const struct finding *finding)
{
    bool one = is_one_source(finding);

    text_add(out,
             "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Evidence for ");
    html_add(out, finding->id);
    text_add(out, "\">\n<table class=\"evidence\"><caption>Packets");
    if (one) {
        text_add(out, " of ");
        html_add_code(out, finding->evidence[0].source);
    }
    text_add(out, ", numbered as in Wireshark</caption>\n<thead><tr><th scope=\"col\">Packet</th>"
                  "<th scope=\"col\">Time (UTC)</th><th scope=\"col\">Shows</th>");
    text_add(out, one ? "" : "<th scope=\"col\">Capture</th>");
    text_add(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < finding->evidence_count; i++)
        add_packet(out, &finding->evidence[i], !one);
    text_add(out, "</tbody></table></div>\n");
    for (size_t i = 0; i < finding->evidence_count; i++)
        if (finding->evidence[i].packet != 0 && finding->evidence[i].source != NULL &&
            is_first_of_source(finding, i))
            add_filter(out, finding, i, one);
}

static void add_proof(struct text *out, const struct finding *finding)
{
    bool drawn = finding->ladder != NULL && finding->ladder->step_count > 0;

    if (!drawn && finding->evidence_count == 0)
        return;
    text_add(out, "<h4>What the packets show</h4>\n");
    text_add(out, drawn ? "<div class=\"proof\">\n" : "<div>\n");
    html_ladder(out, finding);
    if (finding->evidence_count > 0) {
        text_add(out, "<div>\n");
        add_evidence(out, finding);
        text_add(out, "</div>\n");
    }
    text_add(out, "</div>\n");
}

static void add_prescription(struct text *out, const struct prescription *prescription)
{
    text_add(out, "<div class=\"rule\">\n<p>Rule for ");
    html_add(out, prescription->at);
    text_add(out, "</p>\n<pre tabindex=\"0\"><code>");
    html_add_rule(out, prescription->text);
    text_add(out, "</code></pre>\n</div>\n");
}

static void add_remedy(struct text *out, const struct finding *finding)
{
    text_add(out, "<h4>What to change</h4>\n<p>");
    html_add(out, finding->remedy);
    text_add(out, "</p>\n");
    for (size_t i = 0; i < finding->prescription_count; i++)
        add_prescription(out, &finding->prescriptions[i]);
}

static void add_heading(struct text *out, const struct finding *finding)
{
    text_add(out, "<header>");
    html_add_severity(out, finding->severity);
    text_add(out, "<h3>");
    html_add(out, finding->id);
    text_add(out, " ");
    html_add(out, html_kind_title(finding->kind));
    if (finding->host != NULL) {
        text_add(out, ": <span class=\"host\">");
        html_add(out, finding->host);
        if (finding->port > 0) {
            text_add(out, " ");
            html_add_port(out, finding->port, finding->transport);
        }
        text_add(out, "</span>");
    }
    text_add(out, "</h3></header>\n");
}

void html_finding(struct text *out, const struct diagnosis *diagnosis,
                  const struct finding *finding)
{
    text_add_format(out, "<article class=\"finding %s\" id=\"", severity_word(finding->severity));
    html_add(out, finding->id);
    text_add(out, "\">\n");
    add_heading(out, finding);
    text_add(out, "<p class=\"lede\">");
    html_add(out, finding->summary);
    text_add(out, "</p>\n<dl class=\"fields\">\n");
    add_what(out, finding);
    add_who(out, diagnosis, finding);
    add_when(out, finding);
    add_by(out, finding);
    begin_field(out, "Why we say so");
    html_add(out, finding->explanation);
    end_field(out);
    add_sure(out, finding);
    add_details(out, finding);
    text_add(out, "</dl>\n");
    add_remedy(out, finding);
    add_proof(out, finding);
    text_add(out, "</article>\n");
}
