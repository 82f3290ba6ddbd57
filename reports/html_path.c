/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the way to Apple look like, and where does it break?  The diagnosis' path
 * comes in; a row of places with their addresses goes out, those that break marked and
 * linked to the findings that say why.
 */
#include "reports/html.h"

struct station {
    const char *title;
    const char *does;
    const char *unseen; /* where nobody was seen there; NULL: nothing is to be said */
    const char *icon; /* shapes within 24 by 24 */
};

static const struct station stations[PATH_PLACE_COUNT] = {
    [PATH_DEVICE] = {"Devices", "ask and connect", NULL,
                     "<rect x=\"6\" y=\"2\" width=\"12\" height=\"20\" rx=\"2\"/><path "
                     "d=\"M11 19h2\"/>"},
    [PATH_RESOLVER] = {"Resolver", "answers for names", "none seen",
                       "<path d=\"M4 4h16v11H10l-4 5v-5H4z\"/><path d=\"M8 8h8M8 11h5\"/>"},
    [PATH_PROXY] = {"Proxy", "relays or inspects", "none seen",
                    "<path d=\"M3 8h14M13 4l4 4-4 4M21 16H7M11 12l-4 4 4 4\"/>"},
    [PATH_NETWORK] = {"Firewall and network", "lets packets pass", "no address seen",
                      "<path d=\"M3 4h18v16H3zM3 9.3h18M3 14.6h18M9 4v5.3M15 9.3v5.3M9 "
                      "14.6V20\"/>"},
    [PATH_APPLE] = {"Apple", "serves", NULL,
                    "<path d=\"M7 19a5 5 0 0 1-1-9.8A6 6 0 0 1 17.6 9 5 5 0 0 1 17 19z\"/>"},
};

static void add_addresses(struct text *out, const struct path_node *node,
                          const struct station *station)
{
    if (node->address_count == 0) {
        if (station->unseen != NULL)
            text_add_format(out, "<p class=\"faint\">%s</p>",
                            node->finding_count > 0 ? "address not seen" : station->unseen);
        return;
    }
    text_add(out, "<p>");
    for (size_t i = 0; i < node->address_count; i++) {
        text_add(out, i > 0 ? "<br>" : "");
        html_add_address(out, &node->addresses[i]);
    }
    if (node->addresses_left_out > 0) {
        text_add(out, "<br>and ");
        html_add_number(out, node->addresses_left_out);
        text_add(out, " more");
    }
    text_add(out, "</p>");
}

static void add_breaks(struct text *out, const struct path_node *node)
{
    if (node->finding_count == 0)
        return;
    text_add_format(out, "<p class=\"break\"><span aria-hidden=\"true\">%s</span> %s ",
                    node->worst == SEVERITY_CRITICAL ? "&#10005;" : "&#9650;",
                    node->worst == SEVERITY_CRITICAL ? "breaks here:" : "hinders here:");
    for (size_t i = 0; i < node->finding_count && i < HTML_FINDINGS_SHOWN; i++) {
        text_add(out, i > 0 ? ", " : "");
        html_add_finding_link(out, node->findings[i]);
    }
    html_add_rest(out, node->finding_count, HTML_FINDINGS_SHOWN);
    text_add(out, "</p>");
}

void html_path(struct text *out, const struct diagnosis *diagnosis)
{
    size_t broken = 0;

    text_add(out, "<section aria-labelledby=\"path\">\n<h2 id=\"path\">The path</h2>\n"
                  "<ol class=\"path\">\n");
    for (int place = 0; place < PATH_PLACE_COUNT; place++) {
        const struct path_node *node = &diagnosis->path[place];
        const struct station *station = &stations[place];
        bool seen = station->unseen == NULL || node->address_count > 0 || node->finding_count > 0 ||
                    place == PATH_NETWORK;

        broken += node->finding_count > 0;
        text_add_format(out, "<li class=\"%s%s\">",
                        node->finding_count == 0           ? "whole"
                        : node->worst == SEVERITY_CRITICAL ? "critical"
                                                           : "warning",
                        seen ? "" : " absent");
        text_add_format(out,
                        "<svg viewBox=\"0 0 24 24\" width=\"28\" height=\"28\" "
                        "aria-hidden=\"true\" focusable=\"false\">%s</svg>"
                        "<h3>%s</h3><p class=\"faint\">%s</p>",
                        station->icon, station->title, station->does);
        add_addresses(out, node, station);
        add_breaks(out, node);
        text_add(out, "</li>\n");
    }
    text_add(out, "</ol>\n<p class=\"faint\">");
    text_add(out, broken > 0 ? "Resolvers and proxies are those that the devices used. A place is "
                               "marked where the findings put the cause; nothing is said of the "
                               "places that are not marked."
                             : "Resolvers and proxies are those that the devices used. Nothing in "
                               "this capture shows a break.");
    text_add(out, "</p>\n</section>\n");
}
