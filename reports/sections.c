/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for people: what is broken, for whom, since when, by whom, which
 * packets show it and what to change; then the coverage of Apple's list, the
 * devices, and the capture's own condition.  A diagnosis or a catalogue comes
 * in, and goes onto a page of a terminal or of Markdown; colours repeat what the
 * words say.
 */
#include <string.h>

#include "base/timestamp.h"
#include "reports/page.h"
#include "reports/sections.h"

#define FIELD_INDENT 2u
#define FIELD_HANG 12u
#define SOURCES_SHOWN 3u
#define HOST_COLUMNS 26u /* at least */
#define CATEGORY_COLUMNS 32u

struct tone {
    const char *word;
    enum page_colour colour;
};

static const struct tone verdict_tones[] = {
    [VERDICT_INCONCLUSIVE] = {"INCONCLUSIVE:", PAGE_BOLD},
    [VERDICT_HEALTHY] = {"HEALTHY:", PAGE_GREEN},
    [VERDICT_IMPAIRED] = {"IMPAIRED:", PAGE_YELLOW},
    [VERDICT_BLOCKED] = {"BLOCKED:", PAGE_RED},
};

static const struct tone status_tones[] = {
    [COVERAGE_UNSEEN] = {"unseen", PAGE_DIM},
    [COVERAGE_OK] = {"ok", PAGE_GREEN},
    [COVERAGE_PARTIAL] = {"partial", PAGE_YELLOW},
    [COVERAGE_FAILING] = {"failing", PAGE_RED},
};

static void add_severity_counts(struct page *page, const struct diagnosis *diagnosis)
{
    static const char *const nouns[] = {"note", "warning", "critical finding"};
    bool any = false;

    for (size_t severity = SEVERITY_CRITICAL + 1; severity-- > SEVERITY_NOTE;) {
        size_t count = diagnosis_count(diagnosis, (enum severity)severity);
        if (count == 0)
            continue;
        text_add(&page->content, any ? ", " : "");
        page_add_count(page, count, nouns[severity]);
        any = true;
    }
    if (any)
        text_add(&page->content, ". ");
}

static void print_verdict(struct page *page, const struct diagnosis *diagnosis)
{
    const struct tone *tone = &verdict_tones[diagnosis->verdict];

    add_severity_counts(page, diagnosis);
    page_add_foreign(page, diagnosis->verdict_sentence);
    if (page->content.length == 0)
        text_add(&page->content, "No statement.");
    page_paragraph(page, tone->word, tone->colour, 0, strlen(tone->word) + 1, PAGE_BOLD);
}

void sections_add_sources(struct page *page, const struct diagnosis *diagnosis)
{
    uint64_t packets = 0;
    int64_t first = TIMESTAMP_NONE;
    int64_t last = TIMESTAMP_NONE;

    if (diagnosis->source_count == 0) {
        text_add(&page->content, "No capture was read.");
        return;
    }
    for (size_t i = 0; i < diagnosis->source_count; i++) {
        const struct fact_source *source = &diagnosis->sources[i];

        packets += source->packets;
        if (first == TIMESTAMP_NONE ||
            (source->first_time != TIMESTAMP_NONE && source->first_time < first))
            first = source->first_time;
        if (source->last_time > last)
            last = source->last_time;
        if (i < SOURCES_SHOWN) {
            text_add(&page->content, i > 0 ? ", " : "");
            page_add_foreign(page, source->name != NULL ? source->name : "a capture");
        }
    }
    page_add_rest(page, diagnosis->source_count, SOURCES_SHOWN);
    text_add(&page->content, ", ");
    page_add_count(page, packets, "packet");
    if (first != TIMESTAMP_NONE) {
        text_add(&page->content, ", ");
        page_add_range(page, first, last);
    }
    text_add(&page->content, ", ");
    page_add_count(page, diagnosis->device_count, "device");
    text_add_format(&page->content, ", %llu of ",
                    (unsigned long long)diagnosis->totals.apple_flows);
    page_add_count(page, diagnosis->totals.flows, "flow");
    text_add(&page->content, " about Apple");
}

void sections_selection(struct page *page, const struct selection *selection)
{
    if (selection_is_whole(selection))
        return;
    text_add(&page->content, "Only");
    if (selection->category != NULL) {
        text_add(&page->content, " category ");
        page_add_foreign(page, selection->category);
    }
    if (selection->has_device) {
        text_add(&page->content, " device ");
        page_add_address(page, &selection->device);
    }
    if (selection->has_since) {
        text_add(&page->content, " since ");
        page_add_range(page, selection->since, TIMESTAMP_NONE);
    }
    if (selection->has_until) {
        text_add(&page->content, " until ");
        page_add_range(page, selection->until, TIMESTAMP_NONE);
    }
    page_paragraph(page, NULL, PAGE_PLAIN, 0, 0, PAGE_BOLD);
}

static void print_no_findings(struct page *page, const struct diagnosis *diagnosis)
{
    page_gap(page);
    text_add(&page->content, "No findings.");
    if (diagnosis->verdict == VERDICT_INCONCLUSIVE)
        text_add(&page->content,
                 " This is no all-clear: the capture shows too little to judge by.");
    page_paragraph(page, NULL, PAGE_PLAIN, 0, 0, PAGE_PLAIN);
}

/* Rows of one category by their status. */
struct tally {
    size_t rows[COVERAGE_FAILING + 1];
    size_t seen;
};

static struct tally tally_category(const struct diagnosis *diagnosis, const char *category)
{
    struct tally tally = {{0}, 0};

    for (size_t i = 0; i < diagnosis->coverage_count; i++) {
        const struct coverage *row = &diagnosis->coverage[i];

        if (strcmp(row->category, category) != 0)
            continue;
        tally.rows[row->status]++;
        tally.seen += row->status != COVERAGE_UNSEEN;
    }
    return tally;
}

/* Is this the first row of its category? */
static bool begins_category(const struct diagnosis *diagnosis, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(diagnosis->coverage[i].category, diagnosis->coverage[index].category) == 0)
            return false;
    return true;
}

/* A user's own list may name any category; the table cuts a long one. */
static size_t category_columns(struct page *page, const char *category)
{
    size_t columns = page_columns(page, category);

    return columns < CATEGORY_COLUMNS ? columns : CATEGORY_COLUMNS;
}

/* One line for each category of which anything was seen. */
static void print_category_table(struct page *page, const struct diagnosis *diagnosis)
{
    static const enum coverage_status order[] = {COVERAGE_OK, COVERAGE_PARTIAL, COVERAGE_FAILING,
                                                 COVERAGE_UNSEEN};
    struct page_column columns[] = {{"category", 0, false, 0},
                                    {"ok", 7, true, 0},
                                    {"partial", 7, true, 0},
                                    {"failing", 7, true, 0},
                                    {"unseen", 7, true, 0}};

    for (size_t i = 0; i < diagnosis->coverage_count; i++)
        if (diagnosis->coverage[i].status != COVERAGE_UNSEEN)
            page_widen(&columns[0], category_columns(page, diagnosis->coverage[i].category));
    page_place_columns(columns, 5, FIELD_INDENT);
    page_table_head(page, columns, 5);
    for (size_t i = 0; i < diagnosis->coverage_count; i++) {
        const char *category = diagnosis->coverage[i].category;
        struct tally tally;

        if (!begins_category(diagnosis, i))
            continue;
        tally = tally_category(diagnosis, category);
        if (tally.seen == 0)
            continue;
        page_add_foreign(page, category);
        page_cut(page, CATEGORY_COLUMNS);
        page_cell(page, &columns[0], PAGE_PLAIN);
        for (size_t k = 0; k < 4; k++) {
            size_t rows = tally.rows[order[k]];

            text_add_format(&page->content, "%zu", rows);
            page_cell(page, &columns[k + 1], rows > 0 ? status_tones[order[k]].colour : PAGE_DIM);
        }
        page_row_end(page);
    }
}

/* The rows that do not work, or not always. */
static void print_failing_rows(struct page *page, const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->coverage_count; i++) {
        const struct coverage *row = &diagnosis->coverage[i];
        const struct tone *tone = &status_tones[row->status];

        if (row->status != COVERAGE_PARTIAL && row->status != COVERAGE_FAILING)
            continue;
        page_add_foreign(page, row->host);
        page_add_port(page, row->port, row->transport);
        text_add_format(&page->content, "%s: %llu of ", row->retired ? " (retired)" : "",
                        (unsigned long long)row->successes);
        page_add_count(page, row->attempts, "attempt");
        text_add(&page->content, " succeeded");
        for (size_t k = 0; k < row->finding_count; k++) {
            text_add(&page->content, k == 0 ? "; see " : ", ");
            page_add_foreign(page, row->findings[k]);
        }
        page_paragraph(page, tone->word, tone->colour, FIELD_INDENT, FIELD_HANG, PAGE_PLAIN);
    }
}

static void print_unseen_categories(struct page *page, const struct diagnosis *diagnosis)
{
    size_t rows = 0;

    for (size_t i = 0; i < diagnosis->coverage_count; i++) {
        struct tally tally;

        if (!begins_category(diagnosis, i))
            continue;
        tally = tally_category(diagnosis, diagnosis->coverage[i].category);
        if (tally.seen > 0)
            continue;
        text_add(&page->content, rows == 0 ? "not seen in this capture: " : ", ");
        page_add_foreign(page, diagnosis->coverage[i].category);
        rows += tally.rows[COVERAGE_UNSEEN];
    }
    if (rows > 0) {
        text_add(&page->content, " (");
        page_add_count(page, rows, "row");
        text_add(&page->content, ")");
    }
    page_paragraph(page, NULL, PAGE_PLAIN, 0, FIELD_INDENT, PAGE_DIM);
}

static void print_coverage(struct page *page, const struct diagnosis *diagnosis)
{
    bool seen = false;

    if (diagnosis->coverage_count == 0)
        return;
    page_heading(page, "Coverage of Apple's list (rows)");
    for (size_t i = 0; i < diagnosis->coverage_count && !seen; i++)
        seen = diagnosis->coverage[i].status != COVERAGE_UNSEEN;
    if (seen)
        print_category_table(page, diagnosis);
    print_failing_rows(page, diagnosis);
    print_unseen_categories(page, diagnosis);
}

/* ": 3 packets not decoded", where there are any. */
static void add_defect(struct page *page, int64_t packets, const char *what, bool *any)
{
    if (packets <= 0)
        return;
    text_add(&page->content, *any ? ", " : ": ");
    page_add_count(page, (uint64_t)packets, "packet");
    text_add_format(&page->content, " %s", what);
    *any = true;
}

/* Prints what is wrong with one source; false when nothing is. */
static bool print_source_defects(struct page *page, const struct fact_source *source)
{
    bool any = false;

    page_add_foreign(page, source->name != NULL ? source->name : "a capture");
    add_defect(page, (int64_t)source->undecoded_packets, "not decoded", &any);
    add_defect(page, (int64_t)source->truncated_packets, "cut by the snapshot length", &any);
    add_defect(page, (int64_t)source->duplicate_packets, "seen twice", &any);
    add_defect(page, source->dropped_packets, "dropped while capturing", &any);
    if (source->cut_short)
        text_add(&page->content, any ? ", and it breaks off in the middle of a packet"
                                     : ": breaks off in the middle of a packet");
    if (!any && !source->cut_short)
        text_clear(&page->content);
    page_paragraph(page, NULL, PAGE_PLAIN, 0, FIELD_INDENT, PAGE_PLAIN);
    return any || source->cut_short;
}

static void print_condition(struct page *page, const struct diagnosis *diagnosis)
{
    bool any = diagnosis->condition_count > 0;

    page_heading(page, "The capture's own condition");
    for (size_t i = 0; i < diagnosis->source_count; i++)
        any = print_source_defects(page, &diagnosis->sources[i]) || any;
    for (size_t i = 0; i < diagnosis->condition_count; i++) {
        bool serious = diagnosis->conditions[i].serious;

        page_add_foreign(page, diagnosis->conditions[i].sentence);
        page_paragraph(page, serious ? "SERIOUS" : "note", serious ? PAGE_YELLOW : PAGE_DIM,
                       FIELD_INDENT, FIELD_HANG, PAGE_PLAIN);
    }
    if (!any)
        text_add(&page->content, "no defects noticed");
    page_paragraph(page, NULL, PAGE_PLAIN, 0, FIELD_INDENT, PAGE_DIM);
}

void sections_report(struct page *page, const struct diagnosis *diagnosis)
{
    print_verdict(page, diagnosis);
    sections_add_sources(page, diagnosis);
    page_paragraph(page, NULL, PAGE_PLAIN, 0, 0, PAGE_DIM);
    sections_selection(page, &diagnosis->selection);
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        sections_finding(page, diagnosis, &diagnosis->findings[i]);
    if (diagnosis->finding_count == 0)
        print_no_findings(page, diagnosis);
    print_coverage(page, diagnosis);
    sections_stories(page, diagnosis);
    sections_devices(page, diagnosis);
    print_condition(page, diagnosis);
}

/* Hosts get what the other columns leave, so that few rows need two lines. */
static void place_host_columns(struct page *page, const struct catalog *catalog,
                               struct page_column *columns)
{
    size_t widest = 0;
    size_t others = 0;

    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct service *service = catalog_service(catalog, i);
        size_t host = page_columns(page, service->host);

        widest = host > widest ? host : widest;
        page_widen(&columns[4], category_columns(page, service->category));
    }
    page_place_columns(columns, 5, 0);
    others = columns[4].start + columns[4].width - columns[0].width;
    columns[0].width = page->width > others + HOST_COLUMNS ? page->width - others : HOST_COLUMNS;
    if (columns[0].width > widest)
        columns[0].width = widest;
    page_place_columns(columns, 5, 0);
}

static void print_service(struct page *page, const struct service *service,
                          const struct page_column *columns)
{
    const char *transport = transport_word(service->transport);

    page_add_foreign(page, service->host);
    page_cell(page, &columns[0], PAGE_PLAIN);
    if (service->port != 0)
        text_add_format(&page->content, "%u", (unsigned)service->port);
    else
        text_add(&page->content, "any");
    page_cell(page, &columns[1], PAGE_PLAIN);
    text_add(&page->content, transport != NULL ? transport : "any");
    page_cell(page, &columns[2], PAGE_PLAIN);
    text_add(&page->content, proxy_support_word(service->proxy));
    page_cell(page, &columns[3], PAGE_PLAIN);
    page_add_foreign(page, service->category);
    page_cut(page, CATEGORY_COLUMNS);
    text_add(&page->content, service->retired ? " (retired)" : "");
    page_cell(page, &columns[4], service->retired ? PAGE_DIM : PAGE_PLAIN);
    page_row_end(page);
}

void sections_hosts(struct page *page, const struct catalog *catalog)
{
    struct page_column columns[] = {{"host", 0, false, 0},
                                    {"port", 5, true, 0},
                                    {"over", 0, false, 0},
                                    {"proxy", 7, false, 0},
                                    {"category", 0, false, 0}};

    place_host_columns(page, catalog, columns);
    page_table_head(page, columns, 5);
    for (size_t i = 0; i < catalog_count(catalog); i++)
        print_service(page, catalog_service(catalog, i), columns);
    page_add_count(page, catalog_count(catalog), "row");
    page_paragraph(page, NULL, PAGE_PLAIN, 0, 0, PAGE_PLAIN);
}
