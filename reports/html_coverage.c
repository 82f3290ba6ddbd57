/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of Apple's whole list was seen to work?  The coverage comes in; a table by
 * category goes out, and for each category its rows, those that were tried apart from
 * those that nobody tried: unseen is neither good nor bad.
 */
#include <string.h>

#include "reports/html.h"

#define ROWS_SHOWN 400u /* of one category; a user's list may be long */
#define CATEGORIES_SHOWN 64u
#define FINDINGS_LINKED 6u

struct category {
    const char *name;
    size_t rows[COVERAGE_FAILING + 1];
    size_t seen;
};

static struct category count_category(const struct diagnosis *diagnosis, const char *name)
{
    struct category category = {.name = name};

    for (size_t i = 0; i < diagnosis->coverage_count; i++) {
        if (strcmp(diagnosis->coverage[i].category, name) != 0)
            continue;
        category.rows[diagnosis->coverage[i].status]++;
        category.seen += diagnosis->coverage[i].status != COVERAGE_UNSEEN;
    }
    return category;
}

/* Fills the categories in the catalogue's order; how many there are in all. */
static size_t list_categories(const struct diagnosis *diagnosis, struct category *categories)
{
    size_t count = 0;

    for (size_t i = 0; i < diagnosis->coverage_count; i++) {
        const char *name = diagnosis->coverage[i].category;
        size_t known = 0;

        while (known < count && known < CATEGORIES_SHOWN &&
               strcmp(categories[known].name, name) != 0)
            known++;
        if (known < count && known < CATEGORIES_SHOWN)
            continue;
        if (count < CATEGORIES_SHOWN)
            categories[count] = count_category(diagnosis, name);
        count++;
        if (count > CATEGORIES_SHOWN)
            break;
    }
    return count;
}

static void add_status(struct text *out, enum coverage_status status)
{
    static const char *const marks[] = {[COVERAGE_UNSEEN] = "&#183;",
                                        [COVERAGE_OK] = "&#10003;",
                                        [COVERAGE_PARTIAL] = "&#9650;",
                                        [COVERAGE_FAILING] = "&#10005;"};
    const char *word = coverage_status_word(status);

    text_add_format(out, "<span class=\"status %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
                    word, marks[status], word);
}

static void add_count_cell(struct text *out, size_t count, enum coverage_status status)
{
    text_add_format(out, "<td class=\"count%s%s\">", count > 0 ? " " : " zero",
                    count > 0 ? coverage_status_word(status) : "");
    html_add_number(out, count);
    text_add(out, "</td>");
}

static void add_overview(struct text *out, const struct category *categories, size_t count)
{
    static const enum coverage_status order[] = {COVERAGE_OK, COVERAGE_PARTIAL, COVERAGE_FAILING,
                                                 COVERAGE_UNSEEN};

    text_add(out, "<table class=\"overview\"><caption>Rows of Apple's list by category</caption>\n"
                  "<thead><tr><th scope=\"col\">Category</th><th scope=\"col\">ok</th>"
                  "<th scope=\"col\">partial</th><th scope=\"col\">failing</th>"
                  "<th scope=\"col\">unseen</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < count; i++) {
        text_add(out, "<tr><th scope=\"row\">");
        html_add(out, html_category_title(categories[i].name));
        text_add(out, "</th>");
        for (size_t k = 0; k < sizeof order / sizeof order[0]; k++)
            add_count_cell(out, categories[i].rows[order[k]], order[k]);
        text_add(out, "</tr>\n");
    }
    text_add(out, "</tbody></table>\n");
}

static void add_host(struct text *out, const struct coverage *row)
{
    html_add_code(out, row->host);
    text_add(out, " ");
    html_add_port(out, row->port, row->transport);
    if (row->retired)
        text_add(out, " (retired)");
}

static void add_seen_row(struct text *out, const struct coverage *row)
{
    text_add(out, "<tr><th scope=\"row\">");
    add_host(out, row);
    text_add(out, "</th><td>");
    add_status(out, row->status);
    text_add(out, "</td><td>");
    html_add_number(out, row->successes);
    text_add(out, " of ");
    html_add_number(out, row->attempts);
    text_add(out, "</td><td>");
    for (size_t i = 0; i < row->finding_count && i < FINDINGS_LINKED; i++) {
        text_add(out, i > 0 ? ", " : "");
        html_add_finding_link(out, row->findings[i]);
    }
    html_add_rest(out, row->finding_count, FINDINGS_LINKED);
    text_add(out, "</td></tr>\n");
}

static void add_seen(struct text *out, const struct diagnosis *diagnosis,
                     const struct category *category)
{
    size_t shown = 0;

    if (category->seen == 0)
        return;
    text_add(out, "<table class=\"rows\"><thead><tr><th scope=\"col\">Host and port</th>"
                  "<th scope=\"col\">Status</th><th scope=\"col\">Succeeded</th>"
                  "<th scope=\"col\">See</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < diagnosis->coverage_count && shown < ROWS_SHOWN; i++) {
        const struct coverage *row = &diagnosis->coverage[i];

        if (row->status == COVERAGE_UNSEEN || strcmp(row->category, category->name) != 0)
            continue;
        add_seen_row(out, row);
        shown++;
    }
    text_add(out, "</tbody></table>\n");
    if (category->seen > shown) {
        text_add(out, "<p>");
        html_add_count(out, category->seen - shown, "more row");
        text_add(out, " that were tried.</p>\n");
    }
}

static void add_unseen(struct text *out, const struct diagnosis *diagnosis,
                       const struct category *category)
{
    size_t count = category->rows[COVERAGE_UNSEEN];
    size_t shown = 0;

    if (count == 0)
        return;
    text_add(out, "<p class=\"unseen\"><strong>Unseen</strong> (nobody tried them in this "
                  "capture): ");
    for (size_t i = 0; i < diagnosis->coverage_count && shown < ROWS_SHOWN; i++) {
        const struct coverage *row = &diagnosis->coverage[i];

        if (row->status != COVERAGE_UNSEEN || strcmp(row->category, category->name) != 0)
            continue;
        text_add(out, shown > 0 ? ", " : "");
        add_host(out, row);
        shown++;
    }
    html_add_rest(out, count, shown);
    text_add(out, ".</p>\n");
}

static void add_category(struct text *out, const struct diagnosis *diagnosis,
                         const struct category *category)
{
    size_t bad = category->rows[COVERAGE_FAILING] + category->rows[COVERAGE_PARTIAL];

    text_add_format(out, "<details%s><summary>", bad > 0 ? " open" : "");
    html_add(out, html_category_title(category->name));
    text_add(out, " <span class=\"faint\">");
    html_add_count(out, category->seen, "row");
    text_add(out, " seen, ");
    html_add_number(out, category->rows[COVERAGE_UNSEEN]);
    text_add(out, " unseen</span></summary>\n");
    add_seen(out, diagnosis, category);
    add_unseen(out, diagnosis, category);
    text_add(out, "</details>\n");
}

void html_coverage(struct text *out, const struct diagnosis *diagnosis)
{
    struct category categories[CATEGORIES_SHOWN];
    size_t count;
    size_t shown;

    text_add(out, "<section aria-labelledby=\"coverage\">\n<h2 id=\"coverage\">Coverage of Apple's "
                  "list</h2>\n");
    if (diagnosis->coverage_count == 0) {
        text_add(out, "<p>There is no list to hold the capture against.</p>\n</section>\n");
        return;
    }
    text_add(out, "<p>Every host and port that Apple names, held against this capture. "
                  "<strong>Unseen</strong> means that no device tried it: that says neither that "
                  "it works nor that it does not.</p>\n");
    count = list_categories(diagnosis, categories);
    shown = count < CATEGORIES_SHOWN ? count : CATEGORIES_SHOWN;
    add_overview(out, categories, shown);
    text_add(out, "<h3>Row by row</h3>\n");
    for (size_t i = 0; i < shown; i++)
        add_category(out, diagnosis, &categories[i]);
    if (count > shown)
        text_add(out, "<p>There are more categories; the JSON report has them all.</p>\n");
    text_add(out, "</section>\n");
}
