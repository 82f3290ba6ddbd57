/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed between two captures, for programs: schema "applepath-diff/1"
 * (doc/applepath-diff-1.schema.json).  Findings are those of a report, whole.
 */
#include "diagnosis/comparison.h"
#include "reports/json_writer.h"
#include "reports/renderers.h"

static json_t *side_value(struct json_writer *writer, const char *name,
                          const struct diagnosis *diagnosis)
{
    json_t *object = json_object();
    json_t *sources = json_array();

    for (size_t i = 0; i < diagnosis->source_count; i++)
        json_writer_append(writer, sources, json_report_source(writer, &diagnosis->sources[i]));
    json_writer_set(writer, object, "database", json_writer_text(name));
    json_writer_set(writer, object, "verdict", json_string(verdict_word(diagnosis->verdict)));
    json_writer_set(writer, object, "verdict_sentence",
                    json_writer_text(diagnosis->verdict_sentence));
    json_writer_set(writer, object, "sources", sources);
    return object;
}

static json_t *finding_change(struct json_writer *writer, const struct finding_change *change)
{
    json_t *object = json_object();

    json_writer_set(writer, object, "change", json_string(change_word(change->change)));
    json_writer_set(writer, object, "reason", json_writer_text(change->reason));
    json_writer_set(writer, object, "before",
                    change->before != NULL ? json_report_finding(writer, change->before)
                                           : json_null());
    json_writer_set(writer, object, "after",
                    change->after != NULL ? json_report_finding(writer, change->after)
                                          : json_null());
    return object;
}

static json_t *row_side(struct json_writer *writer, const struct coverage *row)
{
    json_t *object;

    if (row == NULL)
        return json_null();
    object = json_object();
    json_writer_set(writer, object, "status", json_string(coverage_status_word(row->status)));
    json_writer_set(writer, object, "attempts", json_writer_count(row->attempts));
    json_writer_set(writer, object, "successes", json_writer_count(row->successes));
    json_writer_set(writer, object, "findings",
                    json_writer_texts(writer, row->findings, row->finding_count));
    return object;
}

static json_t *row_change(struct json_writer *writer, const struct coverage_change *change)
{
    const struct coverage *row = change->after != NULL ? change->after : change->before;
    json_t *object = json_object();

    json_writer_set(writer, object, "change", json_string(change_word(change->change)));
    json_writer_set(writer, object, "reason", json_writer_text(change->reason));
    json_writer_set(writer, object, "host", json_writer_text(row->host));
    json_writer_set(writer, object, "port", json_writer_port(row->port));
    json_writer_set(writer, object, "transport", json_writer_text(transport_word(row->transport)));
    json_writer_set(writer, object, "category", json_writer_text(row->category));
    json_writer_set(writer, object, "retired", json_boolean(row->retired));
    json_writer_set(writer, object, "before", row_side(writer, change->before));
    json_writer_set(writer, object, "after", row_side(writer, change->after));
    return object;
}

static json_t *device_side(struct json_writer *writer, const struct device *device, size_t findings)
{
    char mac[MAC_TEXT_SIZE];
    json_t *object;

    if (device == NULL)
        return json_null();
    object = json_object();
    json_writer_set(writer, object, "address", json_writer_address(&device->address));
    json_writer_set(writer, object, "mac",
                    device->has_mac ? json_string(mac_print(&device->mac, mac)) : json_null());
    json_writer_set(writer, object, "name", json_writer_text(device->name));
    json_writer_set(writer, object, "findings", json_writer_count(findings));
    return object;
}

static json_t *device_change(struct json_writer *writer, const struct device_change *change)
{
    json_t *object = json_object();

    json_writer_set(writer, object, "change", json_string(change_word(change->change)));
    json_writer_set(writer, object, "reason", json_writer_text(change->reason));
    json_writer_set(writer, object, "before",
                    device_side(writer, change->before, change->findings_before));
    json_writer_set(writer, object, "after",
                    device_side(writer, change->after, change->findings_after));
    return object;
}

void json_diff(struct text *out, const struct comparison *comparison,
               const struct report_style *style)
{
    struct json_writer writer = {false};
    json_t *document = json_object();
    json_t *findings = json_array();
    json_t *coverage = json_array();
    json_t *devices = json_array();

    for (size_t i = 0; i < comparison->finding_count; i++)
        json_writer_append(&writer, findings, finding_change(&writer, &comparison->findings[i]));
    for (size_t i = 0; i < comparison->coverage_count; i++)
        json_writer_append(&writer, coverage, row_change(&writer, &comparison->coverage[i]));
    for (size_t i = 0; i < comparison->device_count; i++)
        json_writer_append(&writer, devices, device_change(&writer, &comparison->devices[i]));
    json_writer_set(&writer, document, "schema", json_string("applepath-diff/1"));
    json_writer_set(&writer, document, "tool", json_writer_tool(&writer));
    json_writer_set(&writer, document, "generated", json_writer_time(style->generated));
    json_writer_set(&writer, document, "outcome", json_string(change_word(comparison->outcome)));
    json_writer_set(&writer, document, "sentence", json_writer_text(comparison->sentence));
    json_writer_set(&writer, document, "selection",
                    json_report_selection(&writer, &comparison->after->selection));
    json_writer_set(&writer, document, "before",
                    side_value(&writer, comparison->before_name, comparison->before));
    json_writer_set(&writer, document, "after",
                    side_value(&writer, comparison->after_name, comparison->after));
    json_writer_set(&writer, document, "findings", findings);
    json_writer_set(&writer, document, "coverage", coverage);
    json_writer_set(&writer, document, "devices", devices);
    json_writer_finish(&writer, document, out);
}
