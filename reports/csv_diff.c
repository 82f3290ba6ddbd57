/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed between two captures, for spreadsheets: one change a row, of a
 * finding, a row of Apple's list or a device.  Columns: doc/csv.md.
 */
#include "diagnosis/comparison.h"
#include "reports/csv_row.h"
#include "reports/renderers.h"

#define COLUMNS_OF_STATE 3

static void begin(struct csv_row *row, const char *part, enum change change, const char *reason)
{
    csv_text(row, part);
    csv_text(row, change_word(change));
    csv_text(row, reason);
}

static void add_empty(struct csv_row *row, int count)
{
    for (int i = 0; i < count; i++)
        csv_text(row, NULL);
}

static void add_finding_state(struct csv_row *row, const struct finding *finding)
{
    if (finding == NULL) {
        add_empty(row, COLUMNS_OF_STATE);
        return;
    }
    csv_text(row, finding->id);
    csv_text(row, severity_word(finding->severity));
    csv_number(row, finding_devices(finding));
}

static void add_finding(struct text *out, const struct finding_change *change)
{
    const struct finding *shown = change->after != NULL ? change->after : change->before;
    struct csv_row row = {out, false};

    begin(&row, "finding", change->change, change->reason);
    csv_text(&row, shown->kind);
    csv_text(&row, shown->category);
    csv_text(&row, shown->host);
    csv_port(&row, shown->port);
    csv_text(&row, transport_word(shown->transport));
    add_finding_state(&row, change->before);
    add_finding_state(&row, change->after);
    csv_text(&row, shown->summary);
    csv_end(&row);
}

static void add_row_state(struct csv_row *row, const struct coverage *coverage)
{
    if (coverage == NULL) {
        add_empty(row, COLUMNS_OF_STATE);
        return;
    }
    csv_texts(row, coverage->findings, coverage->finding_count);
    csv_text(row, coverage_status_word(coverage->status));
    csv_number(row, coverage->successes);
}

static void add_row(struct text *out, const struct coverage_change *change)
{
    const struct coverage *shown = change->after != NULL ? change->after : change->before;
    struct csv_row row = {out, false};

    begin(&row, "row", change->change, change->reason);
    csv_text(&row, NULL);
    csv_text(&row, shown->category);
    csv_text(&row, shown->host);
    csv_port(&row, shown->port);
    csv_text(&row, transport_word(shown->transport));
    add_row_state(&row, change->before);
    add_row_state(&row, change->after);
    csv_text(&row, NULL);
    csv_end(&row);
}

static void add_device_state(struct csv_row *row, const struct device *device, size_t findings)
{
    char printed[ADDRESS_TEXT_SIZE];

    if (device == NULL) {
        add_empty(row, COLUMNS_OF_STATE);
        return;
    }
    csv_text(row, address_print(&device->address, printed));
    csv_text(row, findings > 0 ? "affected" : "ok");
    csv_number(row, findings);
}

static void add_device(struct text *out, const struct device_change *change)
{
    const struct device *shown = change->after != NULL ? change->after : change->before;
    struct csv_row row = {out, false};

    begin(&row, "device", change->change, change->reason);
    add_empty(&row, 5);
    add_device_state(&row, change->before, change->findings_before);
    add_device_state(&row, change->after, change->findings_after);
    csv_text(&row, shown->name);
    csv_end(&row);
}

void csv_diff(struct text *out, const struct comparison *comparison,
              const struct report_style *style)
{
    static const char *const headings[] = {
        "part",         "change", "reason",      "kind",        "category",
        "host",         "port",   "transport",   "before",      "state_before",
        "count_before", "after",  "state_after", "count_after", "summary"};

    (void)style;
    csv_headings(out, headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < comparison->finding_count; i++)
        add_finding(out, &comparison->findings[i]);
    for (size_t i = 0; i < comparison->coverage_count; i++)
        add_row(out, &comparison->coverage[i]);
    for (size_t i = 0; i < comparison->device_count; i++)
        add_device(out, &comparison->devices[i]);
}
