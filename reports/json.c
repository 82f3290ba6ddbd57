/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for programs.  A diagnosis or a catalogue comes in, one JSON
 * document goes out (RFC 8259; schemas "applepath-report/1" and
 * "applepath-hosts/1"; README, "The JSON report").  What is not known is null,
 * never left out.  Only ASCII is written, the rest is escaped, so that nothing
 * from the wire can steer a terminal; a parser gives the same text back.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <jansson.h>
#include <stdbool.h>

#include "base/timestamp.h"
#include "reports/json_writer.h"
#include "reports/renderers.h"

json_t *json_report_source(struct json_writer *writer, const struct fact_source *source)
{
    json_t *object = json_object();

    json_writer_set(writer, object, "name", json_writer_text(source->name));
    json_writer_set(writer, object, "link_type", json_writer_text(source->link_type));
    json_writer_set(writer, object, "packets", json_writer_count(source->packets));
    json_writer_set(writer, object, "bytes", json_writer_count(source->bytes));
    json_writer_set(writer, object, "first", json_writer_time(source->first_time));
    json_writer_set(writer, object, "last", json_writer_time(source->last_time));
    json_writer_set(writer, object, "undecoded_packets",
                    json_writer_count(source->undecoded_packets));
    json_writer_set(writer, object, "truncated_packets",
                    json_writer_count(source->truncated_packets));
    json_writer_set(writer, object, "duplicate_packets",
                    json_writer_count(source->duplicate_packets));
    json_writer_set(writer, object, "dropped_packets",
                    source->dropped_packets < 0 ? json_null()
                                                : json_integer(source->dropped_packets));
    json_writer_set(writer, object, "cut_short", json_boolean(source->cut_short));
    json_writer_set(writer, object, "interfaces", json_writer_text(source->interfaces));
    return object;
}

static json_t *layers_value(struct json_writer *writer, const struct diagnosis *diagnosis)
{
    json_t *array = json_array();

    for (size_t i = 0; i < diagnosis->layer_count; i++) {
        const struct fact_layer *layer = &diagnosis->layers[i];
        json_t *object = json_object();

        json_writer_set(writer, object, "name", json_writer_text(layer->name));
        json_writer_set(writer, object, "packets", json_writer_count(layer->packets));
        json_writer_set(writer, object, "first", json_writer_time(layer->first_time));
        json_writer_append(writer, array, object);
    }
    return array;
}

static json_t *capture_value(struct json_writer *writer, const struct diagnosis *diagnosis)
{
    json_t *object = json_object();
    json_t *sources = json_array();
    json_t *conditions = json_array();

    for (size_t i = 0; i < diagnosis->source_count; i++)
        json_writer_append(writer, sources, json_report_source(writer, &diagnosis->sources[i]));
    for (size_t i = 0; i < diagnosis->condition_count; i++) {
        json_t *condition = json_object();

        json_writer_set(writer, condition, "serious",
                        json_boolean(diagnosis->conditions[i].serious));
        json_writer_set(writer, condition, "sentence",
                        json_writer_text(diagnosis->conditions[i].sentence));
        json_writer_append(writer, conditions, condition);
    }
    json_writer_set(writer, object, "sources", sources);
    json_writer_set(writer, object, "flows", json_writer_count(diagnosis->totals.flows));
    json_writer_set(writer, object, "apple_flows",
                    json_writer_count(diagnosis->totals.apple_flows));
    json_writer_set(writer, object, "devices", json_writer_count(diagnosis->device_count));
    json_writer_set(writer, object, "conditions", conditions);
    json_writer_set(writer, object, "unread_layers", layers_value(writer, diagnosis));
    return object;
}

/* What the report was limited to; null where it was not. */
json_t *json_report_selection(struct json_writer *writer, const struct selection *selection)
{
    json_t *object = json_object();

    json_writer_set(writer, object, "since",
                    selection->has_since ? json_writer_time(selection->since) : json_null());
    json_writer_set(writer, object, "until",
                    selection->has_until ? json_writer_time(selection->until) : json_null());
    json_writer_set(writer, object, "device",
                    selection->has_device ? json_writer_address(&selection->device) : json_null());
    json_writer_set(writer, object, "category", json_writer_text(selection->category));
    return object;
}

static json_t *culprit_value(struct json_writer *writer, const struct culprit *culprit)
{
    json_t *object;

    if (culprit == NULL)
        return json_null();
    object = json_object();
    json_writer_set(writer, object, "address",
                    culprit->has_address ? json_writer_address(&culprit->address) : json_null());
    json_writer_set(writer, object, "role", json_string(culprit_role_word(culprit->role)));
    json_writer_set(writer, object, "hops",
                    culprit->hops > 0 ? json_integer(culprit->hops) : json_null());
    return object;
}

static json_t *details_value(struct json_writer *writer, const struct finding *finding)
{
    json_t *object = json_object();

    for (size_t i = 0; i < finding->detail_count; i++) {
        const struct detail *detail = &finding->details[i];

        json_writer_set(writer, object, detail->name,
                        detail->text != NULL ? json_writer_text(detail->text)
                                             : json_writer_number(detail->number));
    }
    return object;
}

static json_t *evidence_value(struct json_writer *writer, const struct finding *finding)
{
    json_t *array = json_array();

    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct evidence *evidence = &finding->evidence[i];
        json_t *object = json_object();

        json_writer_set(writer, object, "source", json_writer_text(evidence->source));
        json_writer_set(writer, object, "packet",
                        evidence->packet == 0 ? json_null() : json_writer_count(evidence->packet));
        json_writer_set(writer, object, "time", json_writer_time(evidence->time));
        json_writer_set(writer, object, "note", json_writer_text(evidence->note));
        json_writer_append(writer, array, object);
    }
    return array;
}

static json_t *periods_value(struct json_writer *writer, const struct finding *finding)
{
    json_t *array = json_array();

    for (size_t i = 0; i < finding->period_count; i++) {
        const struct period *period = &finding->periods[i];
        json_t *object = json_object();

        json_writer_set(writer, object, "first", json_writer_time(period->first));
        json_writer_set(writer, object, "last", json_writer_time(period->last));
        json_writer_set(writer, object, "over", json_boolean(period->over));
        json_writer_append(writer, array, object);
    }
    return array;
}

static json_t *ongoing_value(enum ongoing ongoing)
{
    return ongoing == ONGOING_UNKNOWN ? json_null() : json_boolean(ongoing == ONGOING_YES);
}

static json_t *prescriptions_value(struct json_writer *writer, const struct finding *finding)
{
    json_t *array = json_array();

    for (size_t i = 0; i < finding->prescription_count; i++) {
        const struct prescription *prescription = &finding->prescriptions[i];
        json_t *object = json_object();

        json_writer_set(writer, object, "action", json_writer_text(prescription->action));
        json_writer_set(writer, object, "at", json_writer_text(prescription->at));
        json_writer_set(writer, object, "from", json_writer_text(prescription->from));
        json_writer_set(writer, object, "to", json_writer_text(prescription->to));
        json_writer_set(writer, object, "ports", json_writer_text(prescription->ports));
        json_writer_set(writer, object, "transport", json_writer_text(prescription->transport));
        json_writer_set(writer, object, "text", json_writer_text(prescription->text));
        json_writer_append(writer, array, object);
    }
    return array;
}

static json_t *ladder_step_value(struct json_writer *writer, const struct ladder_step *step)
{
    json_t *object = json_object();

    json_writer_set(writer, object, "time", json_writer_time(step->time));
    json_writer_set(writer, object, "source", json_writer_text(step->source));
    json_writer_set(writer, object, "packet",
                    step->packet == 0 ? json_null() : json_writer_count(step->packet));
    json_writer_set(writer, object, "from", json_writer_count(step->from));
    json_writer_set(writer, object, "to", json_writer_count(step->to));
    json_writer_set(writer, object, "label", json_writer_text(step->label));
    json_writer_set(writer, object, "note", json_writer_text(step->note));
    json_writer_set(writer, object, "answered", json_boolean(step->answered));
    json_writer_set(writer, object, "breaks", json_boolean(step->breaks));
    return object;
}

/* `from` and `to` of its steps count its parties from 0. */
static json_t *ladder_value(struct json_writer *writer, const struct ladder *ladder)
{
    if (ladder == NULL)
        return json_null();
    json_t *object = json_object();
    json_t *parties = json_array();
    json_t *steps = json_array();

    for (size_t i = 0; i < ladder->party_count; i++) {
        json_t *party = json_object();

        json_writer_set(writer, party, "role", json_writer_text(ladder->parties[i].role));
        json_writer_set(writer, party, "address", json_writer_text(ladder->parties[i].address));
        json_writer_append(writer, parties, party);
    }
    for (size_t i = 0; i < ladder->step_count; i++)
        json_writer_append(writer, steps, ladder_step_value(writer, &ladder->steps[i]));
    json_writer_set(writer, object, "parties", parties);
    json_writer_set(writer, object, "steps", steps);
    json_writer_set(writer, object, "left_out", json_writer_count(ladder->left_out));
    return object;
}

json_t *json_report_finding(struct json_writer *writer, const struct finding *finding)
{
    json_t *object = json_object();

    json_writer_set(writer, object, "id", json_writer_text(finding->id));
    json_writer_set(writer, object, "kind", json_writer_text(finding->kind));
    json_writer_set(writer, object, "severity", json_string(severity_word(finding->severity)));
    json_writer_set(writer, object, "confidence",
                    json_string(confidence_word(finding->confidence)));
    json_writer_set(writer, object, "category", json_writer_text(finding->category));
    json_writer_set(writer, object, "host", json_writer_text(finding->host));
    json_writer_set(writer, object, "names",
                    json_writer_texts(writer, finding->names, finding->name_count));
    json_writer_set(writer, object, "port", json_writer_port(finding->port));
    json_writer_set(writer, object, "transport",
                    json_writer_text(transport_word(finding->transport)));
    json_writer_set(writer, object, "addresses",
                    json_writer_addresses(writer, finding->addresses, finding->address_count));
    json_writer_set(writer, object, "devices",
                    json_writer_addresses(writer, finding->devices, finding->device_count));
    json_writer_set(writer, object, "culprit", culprit_value(writer, finding->culprit));
    json_writer_set(writer, object, "detail", details_value(writer, finding));
    json_writer_set(writer, object, "count", json_writer_count(finding->count));
    json_writer_set(writer, object, "first_seen", json_writer_time(finding->first_seen));
    json_writer_set(writer, object, "last_seen", json_writer_time(finding->last_seen));
    json_writer_set(writer, object, "periods", periods_value(writer, finding));
    json_writer_set(writer, object, "ongoing", ongoing_value(finding->ongoing));
    json_writer_set(writer, object, "summary", json_writer_text(finding->summary));
    json_writer_set(writer, object, "explanation", json_writer_text(finding->explanation));
    json_writer_set(writer, object, "remedy", json_writer_text(finding->remedy));
    json_writer_set(writer, object, "evidence", evidence_value(writer, finding));
    json_writer_set(writer, object, "doubt", json_writer_text(finding->doubt));
    json_writer_set(writer, object, "prescriptions", prescriptions_value(writer, finding));
    json_writer_set(writer, object, "ladder", ladder_value(writer, finding->ladder));
    return object;
}

static json_t *coverage_value(struct json_writer *writer, const struct coverage *coverage)
{
    json_t *object = json_object();

    json_writer_set(writer, object, "host", json_writer_text(coverage->host));
    json_writer_set(writer, object, "port", json_writer_port(coverage->port));
    json_writer_set(writer, object, "transport",
                    json_writer_text(transport_word(coverage->transport)));
    json_writer_set(writer, object, "category", json_writer_text(coverage->category));
    json_writer_set(writer, object, "status", json_string(coverage_status_word(coverage->status)));
    json_writer_set(writer, object, "attempts", json_writer_count(coverage->attempts));
    json_writer_set(writer, object, "successes", json_writer_count(coverage->successes));
    json_writer_set(writer, object, "retired", json_boolean(coverage->retired));
    json_writer_set(writer, object, "findings",
                    json_writer_texts(writer, coverage->findings, coverage->finding_count));
    return object;
}

static json_t *step_value(enum story_step step)
{
    return step < STORY_STEP_COUNT ? json_string(story_step_word(step)) : json_null();
}

/* A step or a way: `key` says what the word is. */
static json_t *mark_value(struct json_writer *writer, const struct story_mark *mark,
                          const char *key, const char *word)
{
    json_t *object = json_object();

    json_writer_set(writer, object, key, json_string(word));
    json_writer_set(writer, object, "state", json_string(story_state_word(mark->state)));
    json_writer_set(writer, object, "tried", json_writer_time(mark->tried_time));
    json_writer_set(writer, object, "reached", json_writer_time(mark->reached_time));
    return object;
}

static json_t *story_value(struct json_writer *writer, const struct story *story)
{
    if (story == NULL)
        return json_null();
    json_t *object = json_object();
    json_t *steps = json_array();
    bool missing = story->first_missing < STORY_STEP_COUNT;

    for (int step = 0; step < STORY_STEP_COUNT; step++) {
        const struct story_mark *mark = &story->steps[step];
        json_t *one = mark_value(writer, mark, "step", story_step_word((enum story_step)step));

        json_writer_set(writer, one, "findings",
                        json_writer_texts(writer, mark->findings, mark->finding_count));
        json_writer_append(writer, steps, one);
    }
    json_writer_set(writer, object, "last_reached", step_value(story->last_reached));
    json_writer_set(writer, object, "first_missing", step_value(story->first_missing));
    json_writer_set(writer, object, "first_missing_findings",
                    missing ? json_writer_texts(writer, story->steps[story->first_missing].findings,
                                                story->steps[story->first_missing].finding_count)
                            : json_array());
    json_writer_set(writer, object, "steps", steps);
    return object;
}

/* How a device came to push: 5223 first, then 443, then by a proxy. */
static json_t *push_value(struct json_writer *writer, const struct push_story *push)
{
    if (push == NULL)
        return json_null();
    json_t *object = json_object();
    json_t *ways = json_array();

    for (int way = 0; way < PUSH_WAY_COUNT; way++)
        json_writer_append(
            writer, ways,
            mark_value(writer, &push->ways[way], "way", push_way_word((enum push_way)way)));
    json_writer_set(writer, object, "connected_by",
                    push->connected_by < PUSH_WAY_COUNT
                        ? json_string(push_way_word(push->connected_by))
                        : json_null());
    json_writer_set(writer, object, "fell_back", json_boolean(push->fell_back));
    json_writer_set(writer, object, "ways", ways);
    return object;
}

static json_t *device_value(struct json_writer *writer, const struct device *device)
{
    char mac[MAC_TEXT_SIZE];
    json_t *object = json_object();

    json_writer_set(writer, object, "address", json_writer_address(&device->address));
    json_writer_set(writer, object, "addresses",
                    json_writer_addresses(writer, device->addresses, device->address_count));
    json_writer_set(writer, object, "mac",
                    device->has_mac ? json_string(mac_print(&device->mac, mac)) : json_null());
    json_writer_set(writer, object, "private_mac",
                    device->has_mac ? json_boolean(device->private_mac) : json_null());
    json_writer_set(writer, object, "vendor", json_writer_text(device->vendor));
    json_writer_set(writer, object, "os", json_writer_text(device->system));
    json_writer_set(writer, object, "name", json_writer_text(device->name));
    json_writer_set(writer, object, "role", json_writer_text(device->role));
    json_writer_set(writer, object, "apple_flows", json_writer_count(device->apple_flows));
    json_writer_set(writer, object, "activation", story_value(writer, device->story));
    json_writer_set(writer, object, "push", push_value(writer, device->push));
    return object;
}

static json_t *buckets_value(struct json_writer *writer, const uint32_t *counts, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_writer_append(writer, array, json_writer_count(counts[i]));
    return array;
}

/* Null where no capture has a time. */
static json_t *timeline_value(struct json_writer *writer, const struct timeline *timeline)
{
    if (timeline->bucket_count == 0)
        return json_null();
    json_t *object = json_object();
    json_t *categories = json_array();
    json_t *gaps = json_array();

    for (size_t i = 0; i < timeline->row_count; i++) {
        const struct timeline_row *row = &timeline->rows[i];
        json_t *one = json_object();

        json_writer_set(writer, one, "category", json_writer_text(row->category));
        json_writer_set(writer, one, "successes",
                        buckets_value(writer, row->successes, timeline->bucket_count));
        json_writer_set(writer, one, "failures",
                        buckets_value(writer, row->failures, timeline->bucket_count));
        json_writer_append(writer, categories, one);
    }
    for (size_t i = 0; i < timeline->gap_count; i++) {
        json_t *gap = json_object();

        json_writer_set(writer, gap, "first", json_writer_time(timeline->gaps[i].first));
        json_writer_set(writer, gap, "last", json_writer_time(timeline->gaps[i].last));
        json_writer_append(writer, gaps, gap);
    }
    json_writer_set(writer, object, "first", json_writer_time(timeline->first));
    json_writer_set(writer, object, "seconds_per_bucket",
                    json_writer_number((double)timeline->step / (double)NANOSECONDS_PER_SECOND));
    json_writer_set(writer, object, "categories", categories);
    json_writer_set(writer, object, "gaps", gaps);
    return object;
}

void json_report(struct text *out, const struct diagnosis *diagnosis,
                 const struct report_style *style)
{
    struct json_writer writer = {false};
    json_t *document = json_object();
    json_t *findings = json_array();
    json_t *coverage = json_array();
    json_t *devices = json_array();

    for (size_t i = 0; i < diagnosis->finding_count; i++)
        json_writer_append(&writer, findings,
                           json_report_finding(&writer, &diagnosis->findings[i]));
    for (size_t i = 0; i < diagnosis->coverage_count; i++)
        json_writer_append(&writer, coverage, coverage_value(&writer, &diagnosis->coverage[i]));
    for (size_t i = 0; i < diagnosis->device_count; i++)
        json_writer_append(&writer, devices, device_value(&writer, &diagnosis->devices[i]));
    json_writer_set(&writer, document, "schema", json_string("applepath-report/1"));
    json_writer_set(&writer, document, "tool", json_writer_tool(&writer));
    json_writer_set(&writer, document, "generated", json_writer_time(style->generated));
    json_writer_set(&writer, document, "verdict", json_string(verdict_word(diagnosis->verdict)));
    json_writer_set(&writer, document, "verdict_sentence",
                    json_writer_text(diagnosis->verdict_sentence));
    json_writer_set(&writer, document, "selection",
                    json_report_selection(&writer, &diagnosis->selection));
    json_writer_set(&writer, document, "capture", capture_value(&writer, diagnosis));
    json_writer_set(&writer, document, "findings", findings);
    json_writer_set(&writer, document, "coverage", coverage);
    json_writer_set(&writer, document, "devices", devices);
    json_writer_set(&writer, document, "timeline", timeline_value(&writer, &diagnosis->timeline));
    json_writer_finish(&writer, document, out);
}

static json_t *service_value(struct json_writer *writer, const struct service *service)
{
    json_t *object = json_object();

    json_writer_set(writer, object, "host", json_writer_text(service->host));
    json_writer_set(writer, object, "port", json_writer_port(service->port));
    json_writer_set(writer, object, "transport",
                    json_writer_text(transport_word(service->transport)));
    json_writer_set(writer, object, "category", json_writer_text(service->category));
    json_writer_set(writer, object, "proxy", json_string(proxy_support_word(service->proxy)));
    json_writer_set(writer, object, "role", json_string(service_role_word(service->role)));
    json_writer_set(writer, object, "systems", json_writer_text(service->systems));
    json_writer_set(writer, object, "description", json_writer_text(service->description));
    json_writer_set(writer, object, "source", json_writer_text(service->source));
    json_writer_set(writer, object, "retired", json_boolean(service->retired));
    return object;
}

void json_hosts(struct text *out, const struct catalog *catalog, const struct report_style *style)
{
    struct json_writer writer = {false};
    json_t *document = json_object();
    json_t *hosts = json_array();

    (void)style;
    for (size_t i = 0; i < catalog_count(catalog); i++)
        json_writer_append(&writer, hosts, service_value(&writer, catalog_service(catalog, i)));
    json_writer_set(&writer, document, "schema", json_string("applepath-hosts/1"));
    json_writer_set(&writer, document, "hosts", hosts);
    json_writer_finish(&writer, document, out);
}
