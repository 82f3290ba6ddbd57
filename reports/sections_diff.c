/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed between two captures, for people: all in all, each finding with how
 * one knows, the rows of Apple's list that changed, the devices.
 */
#include <stdio.h>
#include <string.h>

#include "reports/page.h"
#include "reports/sections.h"

#define FIELD_INDENT 2u
#define FIELD_HANG 12u
#define DEVICES_LISTED 20u
#define HOST_COLUMNS 34u
#define NAME_COLUMNS 24u
#define STATUS_SIZE 64

struct tone {
    const char *word;
    enum page_colour colour;
};

static const struct tone tones[CHANGE_COUNT] = {
    [CHANGE_NOT_COMPARABLE] = {"NOT COMPARABLE", PAGE_BOLD},
    [CHANGE_SAME] = {"UNCHANGED", PAGE_BOLD},
    [CHANGE_MENDED] = {"MENDED", PAGE_GREEN},
    [CHANGE_BETTER] = {"BETTER", PAGE_GREEN},
    [CHANGE_WORSE] = {"WORSE", PAGE_RED},
    [CHANGE_NEW] = {"NEW", PAGE_RED},
};

static void print_field(struct page *page, const char *label)
{
    page_paragraph(page, label, PAGE_DIM, FIELD_INDENT, FIELD_HANG, PAGE_PLAIN);
}

static void print_side(struct page *page, const char *label, const char *name,
                       const struct diagnosis *diagnosis)
{
    page_add_foreign(page, name);
    page_add_separator(page, ": ");
    sections_add_sources(page, diagnosis);
    print_field(page, label);
}

/* "F1, critical, certain; 3 devices; 2026-11-20 08:00:04.000 to 08:03:40.000 UTC" */
static void print_finding_side(struct page *page, const char *label, const struct finding *finding)
{
    if (finding == NULL)
        return;
    page_add_foreign(page, finding->id);
    text_add_format(&page->content, ", %s, %s", severity_word(finding->severity),
                    confidence_word(finding->confidence));
    if (finding->device_count > 0) {
        text_add(&page->content, ", ");
        page_add_count(page, finding_devices(finding), "device");
    }
    if (finding->culprit != NULL) {
        text_add_format(&page->content, ", by the %s", culprit_role_word(finding->culprit->role));
        if (finding->culprit->has_address) {
            text_add(&page->content, " ");
            page_add_address(page, &finding->culprit->address);
        }
    }
    text_add(&page->content, ", ");
    page_add_range(page, finding->first_seen, finding->last_seen);
    print_field(page, label);
}

static void print_finding(struct page *page, const struct finding_change *change)
{
    const struct finding *shown = change->after != NULL ? change->after : change->before;
    const struct tone *tone = &tones[change->change];

    page_add_foreign(page, shown->kind);
    text_add(&page->content, shown->host != NULL ? ": " : "");
    page_add_foreign(page, shown->host);
    page_add_port(page, shown->port, shown->transport);
    page_title(page, tone->word, tone->colour);
    page_add_foreign(page, shown->summary);
    page_paragraph(page, NULL, PAGE_PLAIN, 0, FIELD_INDENT, PAGE_PLAIN);
    print_finding_side(page, "before", change->before);
    print_finding_side(page, "after", change->after);
    page_add_foreign(page, change->reason);
    print_field(page, "known by");
    if (change->after != NULL && change->change != CHANGE_SAME) {
        page_add_foreign(page, change->after->remedy);
        print_field(page, "do");
    }
}

static const char *status_of(const struct coverage *row, char status[STATUS_SIZE])
{
    if (row == NULL)
        return "-";
    snprintf(status, STATUS_SIZE, "%s %llu/%llu", coverage_status_word(row->status),
             (unsigned long long)row->successes, (unsigned long long)row->attempts);
    return status;
}

static void print_status(struct page *page, const struct coverage *row,
                         const struct page_column *column)
{
    char status[STATUS_SIZE];

    text_add(&page->content, status_of(row, status));
    page_cell(page, column, PAGE_PLAIN);
}

static void print_row(struct page *page, const struct coverage_change *change,
                      const struct page_column *columns)
{
    const struct coverage *row = change->after != NULL ? change->after : change->before;

    text_add(&page->content, change_word(change->change));
    page_cell(page, &columns[0], tones[change->change].colour);
    page_add_foreign(page, row->host);
    page_cut(page, HOST_COLUMNS);
    page_cell(page, &columns[1], PAGE_PLAIN);
    page_add_port(page, row->port, row->transport);
    page_cell(page, &columns[2], PAGE_PLAIN);
    print_status(page, change->before, &columns[3]);
    print_status(page, change->after, &columns[4]);
    page_row_end(page);
}

/* What changed, and what was contacted on one side alone and fails there. */
static bool row_is_told(const struct coverage_change *change)
{
    return change->change != CHANGE_SAME &&
           (change->change != CHANGE_NOT_COMPARABLE ||
            (change->before != NULL && change->before->finding_count > 0) ||
            (change->after != NULL && change->after->finding_count > 0));
}

static void print_coverage(struct page *page, const struct comparison *comparison)
{
    struct page_column columns[] = {{"change", 14, false, 0},
                                    {"host", 0, false, 0},
                                    {"port", 8, false, 0},
                                    {"before", 0, false, 0},
                                    {"after", 0, false, 0}};
    char status[STATUS_SIZE];
    size_t told = 0;

    page_heading(page, "Coverage of Apple's list (rows; successes/attempts)");
    for (size_t i = 0; i < comparison->coverage_count; i++) {
        const struct coverage_change *change = &comparison->coverage[i];
        const struct coverage *row = change->after != NULL ? change->after : change->before;
        size_t width = page_columns(page, row->host);

        if (!row_is_told(change))
            continue;
        page_widen(&columns[1], width < HOST_COLUMNS ? width : HOST_COLUMNS);
        page_widen(&columns[3], strlen(status_of(change->before, status)));
        page_widen(&columns[4], strlen(status_of(change->after, status)));
        told++;
    }
    page_place_columns(columns, 5, FIELD_INDENT);
    if (told > 0)
        page_table_head(page, columns, 5);
    for (size_t i = 0; i < comparison->coverage_count; i++)
        if (row_is_told(&comparison->coverage[i]))
            print_row(page, &comparison->coverage[i], columns);
    page_add_count(page, comparison_rows(comparison, CHANGE_SAME), "row");
    text_add(&page->content, " unchanged; ");
    page_add_count(page, comparison_rows(comparison, CHANGE_NOT_COMPARABLE), "row");
    text_add(&page->content, " not contacted on one side or both, which proves nothing");
    page_paragraph(page, NULL, PAGE_PLAIN, 0, FIELD_INDENT, PAGE_DIM);
}

static void print_device(struct page *page, const struct device_change *change,
                         const struct page_column *columns)
{
    const struct device *device = change->after != NULL ? change->after : change->before;

    text_add(&page->content, change_word(change->change));
    page_cell(page, &columns[0], tones[change->change].colour);
    page_add_address(page, &device->address);
    page_cell(page, &columns[1], PAGE_PLAIN);
    if (change->before != NULL)
        text_add_format(&page->content, "%zu", change->findings_before);
    else
        text_add(&page->content, "-");
    page_cell(page, &columns[2], PAGE_PLAIN);
    if (change->after != NULL)
        text_add_format(&page->content, "%zu", change->findings_after);
    else
        text_add(&page->content, "-");
    page_cell(page, &columns[3], PAGE_PLAIN);
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a change has a side at least */
    page_add_foreign(page, device->name);
    page_cut(page, NAME_COLUMNS);
    page_cell(page, &columns[4], PAGE_PLAIN);
    page_row_end(page);
}

static void print_devices(struct page *page, const struct comparison *comparison)
{
    struct page_column columns[] = {{"change", 14, false, 0},
                                    {"address", 15, false, 0},
                                    {"before", 0, true, 0},
                                    {"after", 0, true, 0},
                                    {"name", 0, false, 0}};
    size_t told = 0;

    if (comparison->device_count == 0)
        return;
    page_heading(page, "Devices and the findings that they suffer from");
    page_place_columns(columns, 5, FIELD_INDENT);
    if (comparison_devices(comparison, CHANGE_SAME) < comparison->device_count)
        page_table_head(page, columns, 5);
    for (size_t i = 0; i < comparison->device_count; i++) {
        if (comparison->devices[i].change == CHANGE_SAME)
            continue;
        if (told++ < DEVICES_LISTED)
            print_device(page, &comparison->devices[i], columns);
    }
    if (told > DEVICES_LISTED)
        text_add_format(&page->content, "and %zu more; ", told - DEVICES_LISTED);
    page_add_count(page, comparison_devices(comparison, CHANGE_SAME), "device");
    text_add(&page->content, " unchanged");
    page_paragraph(page, NULL, PAGE_PLAIN, 0, FIELD_INDENT, PAGE_DIM);
}

void sections_diff(struct page *page, const struct comparison *comparison)
{
    const struct tone *tone = &tones[comparison->outcome];
    char label[32];

    snprintf(label, sizeof label, "%s:", tone->word);
    page_add_foreign(page, comparison->sentence);
    page_paragraph(page, label, tone->colour, 0, strlen(label) + 1, PAGE_BOLD);
    print_side(page, "before", comparison->before_name, comparison->before);
    print_side(page, "after", comparison->after_name, comparison->after);
    sections_selection(page, &comparison->after->selection);
    for (size_t i = 0; i < comparison->finding_count; i++)
        print_finding(page, &comparison->findings[i]);
    print_coverage(page, comparison);
    print_devices(page, comparison);
}
