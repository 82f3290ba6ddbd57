/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A diagnosis as lines: the verdict, what the capture cannot tell, each finding
 * with its evidence, and the rows of the catalogue that were met.  The sentences
 * for people are not here: they may change without the judgement changing.
 */
#include "golden.h"

#include "golden_line.h"

static void add_addresses(struct text *out, const char *name, const struct address *addresses,
                          size_t count)
{
    if (count == 0)
        return;
    text_add_format(out, "  %s", name);
    for (size_t i = 0; i < count; i++) {
        char printed[ADDRESS_TEXT_SIZE];
        text_add_format(out, " %s", address_print(&addresses[i], printed));
    }
    text_add(out, "\n");
}

static void add_culprit(struct text *out, const struct culprit *culprit)
{
    if (culprit == NULL)
        return;
    text_add_format(out, "  culprit %s", culprit_role_word(culprit->role));
    if (culprit->has_address)
        line_address(out, "address", &culprit->address);
    if (culprit->hops > 0)
        text_add_format(out, " hops=%d", culprit->hops);
    text_add(out, "\n");
}

static void add_details(struct text *out, const struct finding *finding)
{
    if (finding->detail_count == 0)
        return;
    text_add(out, "  detail");
    for (size_t i = 0; i < finding->detail_count; i++) {
        const struct detail *detail = &finding->details[i];
        if (detail->text != NULL)
            line_text(out, detail->name, detail->text);
        else
            text_add_format(out, " %s=%g", detail->name, detail->number);
    }
    text_add(out, "\n");
}

static void add_names(struct text *out, const struct finding *finding)
{
    if (finding->name_count == 0)
        return;
    text_add(out, "  names");
    for (size_t i = 0; i < finding->name_count; i++) {
        text_add(out, " ");
        text_add_printable(out, finding->names[i]);
    }
    text_add(out, "\n");
}

static void add_evidence(struct text *out, const struct finding *finding)
{
    text_add(out, "  evidence");
    for (size_t i = 0; i < finding->evidence_count; i++)
        text_add_format(out, " %s#%" PRIu64, finding->evidence[i].packet == PACKET_NONE ? "?" : "",
                        finding->evidence[i].packet);
    text_add(out, "\n");
}

static void add_finding(struct text *out, const struct golden_survey *survey,
                        const struct finding *finding)
{
    text_add_format(out, "finding %s %s %s %s", finding->id, finding->kind,
                    severity_word(finding->severity), confidence_word(finding->confidence));
    line_text(out, "category", finding->category);
    line_text(out, "host", finding->host);
    if (finding->port > 0)
        text_add_format(out, " port=%d", finding->port);
    if (finding->transport != 0)
        line_text(out, "transport", transport_word(finding->transport));
    line_number(out, "count", finding->count);
    line_time(out, "first", finding->first_seen, survey->origin);
    line_time(out, "last", finding->last_seen, survey->origin);
    text_add(out, "\n");
    add_culprit(out, finding->culprit);
    add_details(out, finding);
    add_addresses(out, "devices", finding->devices, finding->device_count);
    add_addresses(out, "addresses", finding->addresses, finding->address_count);
    add_names(out, finding);
    add_evidence(out, finding);
}

static void add_coverage(struct text *out, const struct coverage *coverage)
{
    if (coverage->status == COVERAGE_UNSEEN)
        return;
    text_add_format(out, "coverage %s", coverage->host);
    if (coverage->transport != 0)
        text_add_format(out, " %s", transport_word(coverage->transport));
    text_add_format(out, "/%u %s %s", coverage->port, coverage->category,
                    coverage_status_word(coverage->status));
    line_number(out, "attempts", coverage->attempts);
    line_number(out, "successes", coverage->successes);
    line_flag(out, "retired", coverage->retired);
    for (size_t i = 0; i < coverage->finding_count; i++)
        text_add_format(out, " %s", coverage->findings[i]);
    text_add(out, "\n");
}

static void add_device(struct text *out, const struct device *device)
{
    char printed[ADDRESS_TEXT_SIZE];
    text_add_format(out, "device %s %s", address_print(&device->address, printed), device->role);
    if (device->has_mac)
        line_text(out, "mac", mac_print(&device->mac, printed));
    line_text(out, "name", device->name);
    line_number(out, "apple_flows", device->apple_flows);
    text_add(out, "\n");
}

void golden_diagnosis(struct text *out, const struct golden_survey *survey,
                      const struct diagnosis *diagnosis)
{
    text_add_format(out, "verdict %s\n", verdict_word(diagnosis->verdict));
    for (size_t i = 0; i < diagnosis->condition_count; i++)
        text_add_format(out, "condition %s%s\n",
                        diagnosis->conditions[i].serious ? "(serious) " : "",
                        diagnosis->conditions[i].sentence);
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        add_finding(out, survey, &diagnosis->findings[i]);
    for (size_t i = 0; i < diagnosis->coverage_count; i++)
        add_coverage(out, &diagnosis->coverage[i]);
    for (size_t i = 0; i < diagnosis->device_count; i++)
        add_device(out, &diagnosis->devices[i]);
}
