/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How good is the capture, what can it therefore not tell, and how was this page made?
 * Conditions and sources come in; the last two sections go out, and a short glossary.
 */
#include <inttypes.h>

#include "base/timestamp.h"
#include "reports/html.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.1.0"
#endif

#define SOURCES_SHOWN 100u

static void add_defect(struct text *out, int64_t packets, const char *what, bool *any)
{
    if (packets <= 0)
        return;
    text_add(out, *any ? ", " : "");
    html_add_count(out, (uint64_t)packets, "packet");
    text_add_format(out, " %s", what);
    *any = true;
}

static void add_defects(struct text *out, const struct fact_source *source)
{
    bool any = false;

    add_defect(out, (int64_t)source->undecoded_packets, "not decoded", &any);
    add_defect(out, (int64_t)source->truncated_packets, "cut by the snapshot length", &any);
    add_defect(out, (int64_t)source->duplicate_packets, "seen twice", &any);
    add_defect(out, source->dropped_packets, "dropped while capturing", &any);
    if (source->cut_short) {
        text_add(out, any ? ", breaks off in the middle of a packet"
                          : "breaks off in the middle of a packet");
        any = true;
    }
    text_add(out, any ? "" : "none noticed");
}

static size_t count_unseen(const struct diagnosis *diagnosis)
{
    size_t count = 0;

    for (size_t i = 0; i < diagnosis->coverage_count; i++)
        count += diagnosis->coverage[i].status == COVERAGE_UNSEEN;
    return count;
}

void html_condition(struct text *out, const struct diagnosis *diagnosis)
{
    size_t unseen = count_unseen(diagnosis);

    text_add(out, "<section aria-labelledby=\"condition\">\n<h2 id=\"condition\">The capture's "
                  "condition, and what it cannot tell</h2>\n<ul class=\"conditions\">\n");
    for (size_t i = 0; i < diagnosis->condition_count; i++) {
        const struct condition *condition = &diagnosis->conditions[i];

        text_add(out,
                 condition->serious ? "<li class=\"serious\"><strong>Serious:</strong> " : "<li>");
        html_add(out, condition->sentence);
        text_add(out, "</li>\n");
    }
    if (diagnosis->condition_count == 0)
        text_add(out, "<li>No defect of the capture was noticed.</li>\n");
    if (unseen > 0) {
        text_add(out, "<li>");
        html_add_count(out, unseen, "row");
        text_add(out,
                 " of Apple's list were not tried: whether they would work is not known.</li>\n");
    }
    text_add(out, "<li>It shows what passed the point where it was made. What was dropped before "
                  "that point was never seen, and what changed behind it only by its effect."
                  "</li>\n</ul>\n</section>\n");
}

static void add_source(struct text *out, const struct fact_source *source)
{
    text_add(out, "<tr><th scope=\"row\">");
    html_add(out, source->name != NULL ? source->name : "a capture");
    text_add(out, "</th><td>");
    html_add(out, source->link_type);
    text_add(out, "</td><td class=\"count\">");
    html_add_number(out, source->packets);
    text_add(out, "</td><td>");
    html_add_time(out, source->first_time);
    text_add(out, "</td><td>");
    html_add_time(out, source->last_time);
    text_add(out, "</td><td>");
    add_defects(out, source);
    text_add(out, "</td></tr>\n");
}

static void add_sources(struct text *out, const struct diagnosis *diagnosis)
{
    size_t count = diagnosis->source_count;

    if (count == 0)
        return;
    text_add(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Captures\">\n"
                  "<table><caption>Captures (times in UTC)</caption>\n<thead><tr>"
                  "<th scope=\"col\">Name</th><th scope=\"col\">Link type</th>"
                  "<th scope=\"col\" class=\"count\">Packets</th><th scope=\"col\">First</th>"
                  "<th scope=\"col\">Last</th><th scope=\"col\">Defects</th></tr></thead>\n"
                  "<tbody>\n");
    for (size_t i = 0; i < count && i < SOURCES_SHOWN; i++)
        add_source(out, &diagnosis->sources[i]);
    text_add(out, "</tbody></table></div>\n");
    if (count > SOURCES_SHOWN) {
        text_add(out, "<p>");
        html_add_count(out, count - SOURCES_SHOWN, "more capture");
        text_add(out, "; the JSON report has them all.</p>\n");
    }
}

static void add_glossary(struct text *out)
{
    static const struct {
        const char *word;
        const char *meaning;
    } words[] = {
        {"APNs, push", "Apple's push service: one lasting connection from each device, TCP 5223 "
                       "or else 443. Management and activation depend on it."},
        {"SYN, SYN/ACK", "The first packet of a TCP connection, and its answer."},
        {"RST", "A packet that ends a TCP connection at once. A filter can send one in the name "
                "of either end."},
        {"TTL", "A number that every router on the way lowers by one. Packets of one server "
                "arrive with one TTL; another value means another sender."},
        {"ICMP error", "A router's word that it did not pass a packet on; it names its sender."},
        {"ClientHello", "The first TLS message. It shows the server's name in clear, which is "
                        "what filters look at."},
        {"CONNECT", "How a device asks a proxy for a tunnel to a host and port."},
        {"Unseen", "Not tried in this capture. Neither good nor bad."},
    };

    text_add(out, "<details class=\"glossary\"><summary>Words used here</summary>\n<dl>\n");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        text_add_format(out, "<div><dt>%s</dt><dd>%s</dd></div>\n", words[i].word,
                        words[i].meaning);
    text_add(out, "</dl></details>\n");
}

void html_making(struct text *out, const struct diagnosis *diagnosis,
                 const struct report_style *style)
{
    text_add(out, "<section aria-labelledby=\"making\">\n<h2 id=\"making\">How this was made</h2>\n"
                  "<p>By applepath " PACKAGE_VERSION ", ");
    html_add_time(out, style->generated);
    text_add(out, " UTC, from the packets of the captures below alone: nothing was sent, asked or "
                  "tried. The packet numbers in this report are those that Wireshark shows for the "
                  "same files, so that everything said here can be checked.</p>\n");
    add_sources(out, diagnosis);
    add_glossary(out);
    text_add(out, "</section>\n");
}
