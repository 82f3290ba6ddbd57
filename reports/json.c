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
#include "reports/renderers.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.1.0"
#endif

#define LAYOUT (JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))

/* Above this, a double no longer tells neighbouring whole numbers apart. */
#define WHOLE_NUMBER_LIMIT 9007199254740992.0

/* `failed` stays set once memory ran out; every value passes set or append. */
struct json_writer {
    bool failed;
};

static void set(struct json_writer *writer, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        writer->failed = true;
}

static void append(struct json_writer *writer, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        writer->failed = true;
}

/* Text or null. jansson refuses what is not UTF-8: such text is shown with \xNN
 * in place of its bytes, for a report must not be lost to a hostile name. */
static json_t *text_value(const char *foreign)
{
    struct text printable = {0};
    json_t *value;

    if (foreign == NULL)
        return json_null();
    value = json_string(foreign);
    if (value != NULL)
        return value;
    text_add_printable(&printable, foreign);
    if (!printable.failed)
        value = json_string(text_content(&printable));
    text_release(&printable);
    return value;
}

static json_t *count_value(uint64_t count)
{
    return json_integer((json_int_t)count);
}

static json_t *time_value(int64_t time)
{
    char printed[TIMESTAMP_TEXT_SIZE];

    return time == TIMESTAMP_NONE ? json_null() : json_string(timestamp_print(time, printed));
}

static json_t *address_value(const struct address *address)
{
    char printed[ADDRESS_TEXT_SIZE];

    return address_is_none(address) ? json_null() : json_string(address_print(address, printed));
}

/* NaN and infinity, which JSON has not, are null. */
static json_t *number_value(double number)
{
    if (number >= -WHOLE_NUMBER_LIMIT && number <= WHOLE_NUMBER_LIMIT &&
        (double)(int64_t)number == number)
        return json_integer((json_int_t)number);
    if (number - number != 0)
        return json_null();
    return json_real(number);
}

static json_t *port_value(int port)
{
    return port > 0 ? json_integer(port) : json_null();
}

static json_t *addresses_value(struct json_writer *writer, const struct address *addresses,
                               size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        append(writer, array, address_value(&addresses[i]));
    return array;
}

static json_t *texts_value(struct json_writer *writer, const char *const *texts, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        append(writer, array, text_value(texts[i]));
    return array;
}

static json_t *tool_value(struct json_writer *writer)
{
    json_t *object = json_object();

    set(writer, object, "name", json_string("applepath"));
    set(writer, object, "version", json_string(PACKAGE_VERSION));
    return object;
}

static json_t *source_value(struct json_writer *writer, const struct fact_source *source)
{
    json_t *object = json_object();

    set(writer, object, "name", text_value(source->name));
    set(writer, object, "link_type", text_value(source->link_type));
    set(writer, object, "packets", count_value(source->packets));
    set(writer, object, "bytes", count_value(source->bytes));
    set(writer, object, "first", time_value(source->first_time));
    set(writer, object, "last", time_value(source->last_time));
    set(writer, object, "undecoded_packets", count_value(source->undecoded_packets));
    set(writer, object, "truncated_packets", count_value(source->truncated_packets));
    set(writer, object, "duplicate_packets", count_value(source->duplicate_packets));
    set(writer, object, "dropped_packets",
        source->dropped_packets < 0 ? json_null() : json_integer(source->dropped_packets));
    set(writer, object, "cut_short", json_boolean(source->cut_short));
    return object;
}

static json_t *capture_value(struct json_writer *writer, const struct diagnosis *diagnosis)
{
    json_t *object = json_object();
    json_t *sources = json_array();
    json_t *conditions = json_array();

    for (size_t i = 0; i < diagnosis->source_count; i++)
        append(writer, sources, source_value(writer, &diagnosis->sources[i]));
    for (size_t i = 0; i < diagnosis->condition_count; i++) {
        json_t *condition = json_object();

        set(writer, condition, "serious", json_boolean(diagnosis->conditions[i].serious));
        set(writer, condition, "sentence", text_value(diagnosis->conditions[i].sentence));
        append(writer, conditions, condition);
    }
    set(writer, object, "sources", sources);
    set(writer, object, "flows", count_value(diagnosis->totals.flows));
    set(writer, object, "apple_flows", count_value(diagnosis->totals.apple_flows));
    set(writer, object, "devices", count_value(diagnosis->device_count));
    set(writer, object, "conditions", conditions);
    return object;
}

static json_t *culprit_value(struct json_writer *writer, const struct culprit *culprit)
{
    json_t *object;

    if (culprit == NULL)
        return json_null();
    object = json_object();
    set(writer, object, "address",
        culprit->has_address ? address_value(&culprit->address) : json_null());
    set(writer, object, "role", json_string(culprit_role_word(culprit->role)));
    set(writer, object, "hops", culprit->hops > 0 ? json_integer(culprit->hops) : json_null());
    return object;
}

static json_t *details_value(struct json_writer *writer, const struct finding *finding)
{
    json_t *object = json_object();

    for (size_t i = 0; i < finding->detail_count; i++) {
        const struct detail *detail = &finding->details[i];

        set(writer, object, detail->name,
            detail->text != NULL ? text_value(detail->text) : number_value(detail->number));
    }
    return object;
}

static json_t *evidence_value(struct json_writer *writer, const struct finding *finding)
{
    json_t *array = json_array();

    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct evidence *evidence = &finding->evidence[i];
        json_t *object = json_object();

        set(writer, object, "source", text_value(evidence->source));
        set(writer, object, "packet",
            evidence->packet == 0 ? json_null() : count_value(evidence->packet));
        set(writer, object, "time", time_value(evidence->time));
        set(writer, object, "note", text_value(evidence->note));
        append(writer, array, object);
    }
    return array;
}

static json_t *periods_value(struct json_writer *writer, const struct finding *finding)
{
    json_t *array = json_array();

    for (size_t i = 0; i < finding->period_count; i++) {
        const struct period *period = &finding->periods[i];
        json_t *object = json_object();

        set(writer, object, "first", time_value(period->first));
        set(writer, object, "last", time_value(period->last));
        set(writer, object, "over", json_boolean(period->over));
        append(writer, array, object);
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

        set(writer, object, "action", text_value(prescription->action));
        set(writer, object, "at", text_value(prescription->at));
        set(writer, object, "from", text_value(prescription->from));
        set(writer, object, "to", text_value(prescription->to));
        set(writer, object, "ports", text_value(prescription->ports));
        set(writer, object, "transport", text_value(prescription->transport));
        set(writer, object, "text", text_value(prescription->text));
        append(writer, array, object);
    }
    return array;
}

static json_t *ladder_step_value(struct json_writer *writer, const struct ladder_step *step)
{
    json_t *object = json_object();

    set(writer, object, "time", time_value(step->time));
    set(writer, object, "source", text_value(step->source));
    set(writer, object, "packet", step->packet == 0 ? json_null() : count_value(step->packet));
    set(writer, object, "from", count_value(step->from));
    set(writer, object, "to", count_value(step->to));
    set(writer, object, "label", text_value(step->label));
    set(writer, object, "note", text_value(step->note));
    set(writer, object, "answered", json_boolean(step->answered));
    set(writer, object, "breaks", json_boolean(step->breaks));
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

        set(writer, party, "role", text_value(ladder->parties[i].role));
        set(writer, party, "address", text_value(ladder->parties[i].address));
        append(writer, parties, party);
    }
    for (size_t i = 0; i < ladder->step_count; i++)
        append(writer, steps, ladder_step_value(writer, &ladder->steps[i]));
    set(writer, object, "parties", parties);
    set(writer, object, "steps", steps);
    set(writer, object, "left_out", count_value(ladder->left_out));
    return object;
}

static json_t *finding_value(struct json_writer *writer, const struct finding *finding)
{
    json_t *object = json_object();

    set(writer, object, "id", text_value(finding->id));
    set(writer, object, "kind", text_value(finding->kind));
    set(writer, object, "severity", json_string(severity_word(finding->severity)));
    set(writer, object, "confidence", json_string(confidence_word(finding->confidence)));
    set(writer, object, "category", text_value(finding->category));
    set(writer, object, "host", text_value(finding->host));
    set(writer, object, "names", texts_value(writer, finding->names, finding->name_count));
    set(writer, object, "port", port_value(finding->port));
    set(writer, object, "transport", text_value(transport_word(finding->transport)));
    set(writer, object, "addresses",
        addresses_value(writer, finding->addresses, finding->address_count));
    set(writer, object, "devices",
        addresses_value(writer, finding->devices, finding->device_count));
    set(writer, object, "culprit", culprit_value(writer, finding->culprit));
    set(writer, object, "detail", details_value(writer, finding));
    set(writer, object, "count", count_value(finding->count));
    set(writer, object, "first_seen", time_value(finding->first_seen));
    set(writer, object, "last_seen", time_value(finding->last_seen));
    set(writer, object, "periods", periods_value(writer, finding));
    set(writer, object, "ongoing", ongoing_value(finding->ongoing));
    set(writer, object, "summary", text_value(finding->summary));
    set(writer, object, "explanation", text_value(finding->explanation));
    set(writer, object, "remedy", text_value(finding->remedy));
    set(writer, object, "evidence", evidence_value(writer, finding));
    set(writer, object, "doubt", text_value(finding->doubt));
    set(writer, object, "prescriptions", prescriptions_value(writer, finding));
    set(writer, object, "ladder", ladder_value(writer, finding->ladder));
    return object;
}

static json_t *coverage_value(struct json_writer *writer, const struct coverage *coverage)
{
    json_t *object = json_object();

    set(writer, object, "host", text_value(coverage->host));
    set(writer, object, "port", port_value(coverage->port));
    set(writer, object, "transport", text_value(transport_word(coverage->transport)));
    set(writer, object, "category", text_value(coverage->category));
    set(writer, object, "status", json_string(coverage_status_word(coverage->status)));
    set(writer, object, "attempts", count_value(coverage->attempts));
    set(writer, object, "successes", count_value(coverage->successes));
    set(writer, object, "retired", json_boolean(coverage->retired));
    set(writer, object, "findings",
        texts_value(writer, coverage->findings, coverage->finding_count));
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

    set(writer, object, key, json_string(word));
    set(writer, object, "state", json_string(story_state_word(mark->state)));
    set(writer, object, "tried", time_value(mark->tried_time));
    set(writer, object, "reached", time_value(mark->reached_time));
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

        set(writer, one, "findings", texts_value(writer, mark->findings, mark->finding_count));
        append(writer, steps, one);
    }
    set(writer, object, "last_reached", step_value(story->last_reached));
    set(writer, object, "first_missing", step_value(story->first_missing));
    set(writer, object, "first_missing_findings",
        missing ? texts_value(writer, story->steps[story->first_missing].findings,
                              story->steps[story->first_missing].finding_count)
                : json_array());
    set(writer, object, "steps", steps);
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
        append(writer, ways,
               mark_value(writer, &push->ways[way], "way", push_way_word((enum push_way)way)));
    set(writer, object, "connected_by",
        push->connected_by < PUSH_WAY_COUNT ? json_string(push_way_word(push->connected_by))
                                            : json_null());
    set(writer, object, "fell_back", json_boolean(push->fell_back));
    set(writer, object, "ways", ways);
    return object;
}

static json_t *device_value(struct json_writer *writer, const struct device *device)
{
    char mac[MAC_TEXT_SIZE];
    json_t *object = json_object();

    set(writer, object, "address", address_value(&device->address));
    set(writer, object, "addresses",
        addresses_value(writer, device->addresses, device->address_count));
    set(writer, object, "mac",
        device->has_mac ? json_string(mac_print(&device->mac, mac)) : json_null());
    set(writer, object, "private_mac",
        device->has_mac ? json_boolean(device->private_mac) : json_null());
    set(writer, object, "vendor", text_value(device->vendor));
    set(writer, object, "os", text_value(device->system));
    set(writer, object, "name", text_value(device->name));
    set(writer, object, "role", text_value(device->role));
    set(writer, object, "apple_flows", count_value(device->apple_flows));
    set(writer, object, "activation", story_value(writer, device->story));
    set(writer, object, "push", push_value(writer, device->push));
    return object;
}

static json_t *buckets_value(struct json_writer *writer, const uint32_t *counts, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        append(writer, array, count_value(counts[i]));
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

        set(writer, one, "category", text_value(row->category));
        set(writer, one, "successes",
            buckets_value(writer, row->successes, timeline->bucket_count));
        set(writer, one, "failures", buckets_value(writer, row->failures, timeline->bucket_count));
        append(writer, categories, one);
    }
    for (size_t i = 0; i < timeline->gap_count; i++) {
        json_t *gap = json_object();

        set(writer, gap, "first", time_value(timeline->gaps[i].first));
        set(writer, gap, "last", time_value(timeline->gaps[i].last));
        append(writer, gaps, gap);
    }
    set(writer, object, "first", time_value(timeline->first));
    set(writer, object, "seconds_per_bucket",
        number_value((double)timeline->step / (double)NANOSECONDS_PER_SECOND));
    set(writer, object, "categories", categories);
    set(writer, object, "gaps", gaps);
    return object;
}

static int append_output(const char *buffer, size_t size, void *owner)
{
    struct text *out = owner;

    text_add_bytes(out, buffer, size);
    return out->failed ? -1 : 0;
}

/* Writes the document and gives it back. */
static void finish(const struct json_writer *writer, json_t *document, struct text *out)
{
    if (writer->failed || json_dump_callback(document, append_output, out, LAYOUT) != 0)
        out->failed = true;
    json_decref(document);
    text_add(out, "\n");
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
        append(&writer, findings, finding_value(&writer, &diagnosis->findings[i]));
    for (size_t i = 0; i < diagnosis->coverage_count; i++)
        append(&writer, coverage, coverage_value(&writer, &diagnosis->coverage[i]));
    for (size_t i = 0; i < diagnosis->device_count; i++)
        append(&writer, devices, device_value(&writer, &diagnosis->devices[i]));
    set(&writer, document, "schema", json_string("applepath-report/1"));
    set(&writer, document, "tool", tool_value(&writer));
    set(&writer, document, "generated", time_value(style->generated));
    set(&writer, document, "verdict", json_string(verdict_word(diagnosis->verdict)));
    set(&writer, document, "verdict_sentence", text_value(diagnosis->verdict_sentence));
    set(&writer, document, "capture", capture_value(&writer, diagnosis));
    set(&writer, document, "findings", findings);
    set(&writer, document, "coverage", coverage);
    set(&writer, document, "devices", devices);
    set(&writer, document, "timeline", timeline_value(&writer, &diagnosis->timeline));
    finish(&writer, document, out);
}

static json_t *service_value(struct json_writer *writer, const struct service *service)
{
    static const char *const proxy_words[] = {
        [PROXY_UNKNOWN] = "unknown", [PROXY_NO] = "no", [PROXY_YES] = "yes"};
    static const char *const role_words[] = {
        [ROLE_DEVICE] = "device", [ROLE_MDM_SERVER] = "mdm-server", [ROLE_BOTH] = "both"};
    json_t *object = json_object();

    set(writer, object, "host", text_value(service->host));
    set(writer, object, "port", port_value(service->port));
    set(writer, object, "transport", text_value(transport_word(service->transport)));
    set(writer, object, "category", text_value(service->category));
    set(writer, object, "proxy", json_string(proxy_words[service->proxy]));
    set(writer, object, "role", json_string(role_words[service->role]));
    set(writer, object, "systems", text_value(service->systems));
    set(writer, object, "description", text_value(service->description));
    set(writer, object, "source", text_value(service->source));
    set(writer, object, "retired", json_boolean(service->retired));
    return object;
}

void json_hosts(struct text *out, const struct catalog *catalog, const struct report_style *style)
{
    struct json_writer writer = {false};
    json_t *document = json_object();
    json_t *hosts = json_array();

    (void)style;
    for (size_t i = 0; i < catalog_count(catalog); i++)
        append(&writer, hosts, service_value(&writer, catalog_service(catalog, i)));
    set(&writer, document, "schema", json_string("applepath-hosts/1"));
    set(&writer, document, "hosts", hosts);
    finish(&writer, document, out);
}
