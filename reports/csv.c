/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for spreadsheets: one finding a row; and the catalogue, one row of it a
 * row.  Columns: doc/csv.md.
 */
#include "reports/csv_row.h"
#include "reports/renderers.h"

static void add_finding(struct text *out, const struct finding *finding)
{
    struct csv_row row = {out, false};

    csv_text(&row, finding->id);
    csv_text(&row, finding->kind);
    csv_text(&row, severity_word(finding->severity));
    csv_text(&row, confidence_word(finding->confidence));
    csv_text(&row, finding->category);
    csv_text(&row, finding->host);
    csv_texts(&row, finding->names, finding->name_count);
    csv_port(&row, finding->port);
    csv_text(&row, transport_word(finding->transport));
    csv_addresses(&row, finding->addresses, finding->address_count);
    csv_number(&row, finding_devices(finding));
    csv_addresses(&row, finding->devices, finding->device_count);
    csv_culprit(&row, finding->culprit);
    csv_details(&row, finding);
    csv_number(&row, finding->count);
    csv_time(&row, finding->first_seen);
    csv_time(&row, finding->last_seen);
    csv_text(&row, finding->ongoing == ONGOING_UNKNOWN ? NULL
                   : finding->ongoing == ONGOING_YES   ? "yes"
                                                       : "no");
    csv_text(&row, finding->summary);
    csv_text(&row, finding->explanation);
    csv_text(&row, finding->remedy);
    csv_evidence(&row, finding);
    csv_text(&row, finding->doubt);
    csv_rules(&row, finding);
    csv_end(&row);
}

void csv_report(struct text *out, const struct diagnosis *diagnosis,
                const struct report_style *style)
{
    static const char *const headings[] = {
        "id",     "kind",      "severity",   "confidence", "category", "host",    "names",
        "port",   "transport", "addresses",  "affected",   "devices",  "culprit", "culprit_at",
        "detail", "count",     "first_seen", "last_seen",  "ongoing",  "summary", "explanation",
        "remedy", "evidence",  "doubt",      "rules"};

    (void)style;
    csv_headings(out, headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        add_finding(out, &diagnosis->findings[i]);
}

void csv_hosts(struct text *out, const struct catalog *catalog, const struct report_style *style)
{
    static const char *const headings[] = {"host", "port",    "transport",   "category", "proxy",
                                           "role", "systems", "description", "source",   "retired"};

    (void)style;
    csv_headings(out, headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct service *service = catalog_service(catalog, i);
        struct csv_row row = {out, false};

        csv_text(&row, service->host);
        csv_port(&row, service->port);
        csv_text(&row, transport_word(service->transport));
        csv_text(&row, service->category);
        csv_text(&row, proxy_support_word(service->proxy));
        csv_text(&row, service_role_word(service->role));
        csv_text(&row, service->systems);
        csv_text(&row, service->description);
        csv_text(&row, service->source);
        csv_text(&row, service->retired ? "yes" : "no");
        csv_end(&row);
    }
}
