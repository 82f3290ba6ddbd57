/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drafts are kept in a list and found by a hash of their key.  Lists of devices and
 * addresses take every mention and are sorted and thinned once, at the end, when
 * the list of drafts is put into the order of the report.
 */
#include "diagnosis/builder.h"

#include <stdlib.h>
#include <string.h>

#include "diagnosis/devices.h"

#define DRAFT_NAME_LIMIT 32

/* Makes room for one more element; the old array stays in the arena. */
static void *list_grow(struct arena *arena, void *list, size_t count, size_t *capacity,
                       size_t element)
{
    if (count < *capacity)
        return list;
    size_t larger = *capacity == 0 ? 8 : *capacity * 2;
    void *grown = arena_allocate(arena, larger * element);
    if (grown == NULL)
        return NULL;
    if (count > 0)
        memcpy(grown, list, count * element);
    *capacity = larger;
    return grown;
}

static void draft_begin(struct builder *builder, struct draft *draft, const char *kind,
                        enum severity severity, size_t row, int port)
{
    draft->row = row;
    draft->works_otherwise = true;
    struct finding *finding = &draft->finding;
    finding->kind = kind;
    finding->severity = severity;
    finding->confidence = CONFIDENCE_CERTAIN;
    finding->port = port;
    finding->first_seen = finding->last_seen = TIMESTAMP_NONE;
    finding->summary = finding->explanation = finding->remedy = "";
    if (row == CATALOG_NO_SERVICE)
        return;
    const struct service *service = catalog_service(builder->ledger->catalog, row);
    finding->category = service->category;
    finding->host = service->host;
    finding->transport = port == -1 ? 0 : service->transport;
}

static struct draft **draft_bucket(struct builder *builder, const char *kind, const char *key)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *text = kind; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    for (const char *text = key; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return &builder->buckets[hash % DRAFT_BUCKETS];
}

struct draft *builder_draft(struct builder *builder, const char *key, const char *kind,
                            enum severity severity, size_t row, int port)
{
    struct draft **bucket = draft_bucket(builder, kind, key);
    for (struct draft *draft = *bucket; draft != NULL; draft = draft->bucket_next)
        if (strcmp(draft->finding.kind, kind) == 0 && strcmp(draft->key, key) == 0)
            return draft;
    struct arena *arena = &builder->diagnosis->arena;
    struct draft *draft = arena_allocate(arena, sizeof *draft);
    if (draft == NULL) {
        memset(&builder->spare, 0, sizeof builder->spare);
        builder->spare.key = "";
        return &builder->spare;
    }
    draft->key = arena_copy(arena, key);
    draft_begin(builder, draft, kind, severity, row, port);
    draft->bucket_next = *bucket;
    *bucket = draft;
    if (builder->last != NULL)
        builder->last->next = draft;
    else
        builder->first = draft;
    builder->last = draft;
    builder->count++;
    return draft;
}

void builder_take_back(struct builder *builder, const struct draft *draft)
{
    struct draft **link = &builder->first;
    struct draft *previous = NULL;
    while (*link != NULL && *link != draft) {
        previous = *link;
        link = &(*link)->next;
    }
    if (*link == NULL)
        return;
    *link = draft->next;
    if (builder->last == draft)
        builder->last = previous;
    builder->count--;
    link = draft_bucket(builder, draft->finding.kind, draft->key);
    while (*link != draft)
        link = &(*link)->bucket_next;
    *link = draft->bucket_next;
}

void builder_settle(struct builder *builder, const struct draft *before,
                    bool (*holds)(const struct draft *draft),
                    void (*describe)(struct builder *builder, struct draft *draft))
{
    struct draft *draft = before != NULL ? before->next : builder->first;
    while (draft != NULL) {
        struct draft *next = draft->next;
        draft_sort(builder, draft);
        if (holds == NULL || holds(draft))
            describe(builder, draft);
        else
            builder_take_back(builder, draft);
        draft = next;
    }
}

void draft_confidence(struct draft *draft, enum confidence confidence)
{
    struct finding *finding = &draft->finding;
    if (finding->count == 0 || confidence > finding->confidence)
        finding->confidence = confidence;
}

static void addresses_add(struct arena *arena, struct address **list, size_t *count,
                          size_t *capacity, const struct address *address)
{
    if (*count > 0 && address_equal(&(*list)[*count - 1], address))
        return;
    struct address *grown = list_grow(arena, *list, *count, capacity, sizeof **list);
    if (grown == NULL)
        return;
    *list = grown;
    grown[(*count)++] = *address;
}

void draft_add_device(struct builder *builder, struct draft *draft, const struct address *device)
{
    addresses_add(&builder->diagnosis->arena, &draft->finding.devices, &draft->finding.device_count,
                  &draft->device_capacity, device);
}

void draft_add_address(struct builder *builder, struct draft *draft, const struct address *address)
{
    addresses_add(&builder->diagnosis->arena, &draft->finding.addresses,
                  &draft->finding.address_count, &draft->address_capacity, address);
}

void draft_add_name(struct builder *builder, struct draft *draft, const char *name)
{
    struct finding *finding = &draft->finding;
    if (name == NULL || finding->name_count >= DRAFT_NAME_LIMIT)
        return;
    for (size_t i = 0; i < finding->name_count; i++)
        if (strcmp(finding->names[i], name) == 0)
            return;
    struct arena *arena = &builder->diagnosis->arena;
    const char **grown =
        list_grow(arena, finding->names, finding->name_count, &draft->name_capacity, sizeof *grown);
    if (grown == NULL)
        return;
    finding->names = grown;
    grown[finding->name_count++] = arena_copy(arena, name);
}

void draft_add_row(struct builder *builder, struct draft *draft, size_t row)
{
    for (size_t i = 0; i < draft->row_count; i++)
        if (draft->rows[i] == row)
            return;
    size_t *grown = list_grow(&builder->diagnosis->arena, draft->rows, draft->row_count,
                              &draft->row_capacity, sizeof *grown);
    if (grown == NULL)
        return;
    draft->rows = grown;
    grown[draft->row_count++] = row;
}

void draft_add_rows_of(struct builder *builder, struct draft *draft, const char *name,
                       const struct address *address, uint16_t port, uint8_t transport)
{
    struct catalog_match match;
    catalog_match(builder->ledger->catalog, name, address, port, transport, &match);
    for (size_t i = 0; i < match.count; i++)
        draft_add_row(builder, draft, match.services[i]);
}

void draft_seen(struct draft *draft, int64_t first, int64_t last)
{
    struct finding *finding = &draft->finding;
    if (first != TIMESTAMP_NONE &&
        (finding->first_seen == TIMESTAMP_NONE || first < finding->first_seen))
        finding->first_seen = first;
    if (last != TIMESTAMP_NONE && last > finding->last_seen)
        finding->last_seen = last;
}

static struct detail *detail_of(struct draft *draft, const char *name)
{
    struct finding *finding = &draft->finding;
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, name) == 0)
            return &finding->details[i];
    if (finding->detail_count == FINDING_DETAIL_LIMIT)
        return &finding->details[FINDING_DETAIL_LIMIT - 1];
    struct detail *detail = &finding->details[finding->detail_count++];
    detail->name = name;
    return detail;
}

void draft_detail_text(struct builder *builder, struct draft *draft, const char *name,
                       const char *text)
{
    detail_of(draft, name)->text = arena_copy(&builder->diagnosis->arena, text);
}

void draft_detail_number(struct draft *draft, const char *name, double number)
{
    detail_of(draft, name)->number = number;
}

void draft_period(struct builder *builder, struct draft *draft, const struct period *period)
{
    struct finding *finding = &draft->finding;
    if (finding->periods == NULL) {
        finding->periods = arena_allocate(&builder->diagnosis->arena,
                                          FINDING_PERIOD_LIMIT * sizeof *finding->periods);
        if (finding->periods == NULL)
            return;
    }
    size_t at = 0;
    while (at < finding->period_count && finding->periods[at].last < period->first)
        at++;
    struct period *known = &finding->periods[at];
    if (at < finding->period_count && known->first <= period->last) {
        known->first = known->first < period->first ? known->first : period->first;
        known->over = known->last > period->last ? known->over : period->over;
        known->last = known->last > period->last ? known->last : period->last;
        return;
    }
    if (finding->period_count == FINDING_PERIOD_LIMIT)
        return;
    memmove(known + 1, known, (finding->period_count - at) * sizeof *known);
    *known = *period;
    finding->period_count++;
}

const char *source_display_name(const struct diagnosis *diagnosis, uint32_t source)
{
    for (size_t i = 0; i < diagnosis->source_count; i++)
        if (diagnosis->sources[i].id == source)
            return diagnosis->sources[i].name;
    return "?";
}

void draft_evidence(struct builder *builder, struct draft *draft, uint64_t packet, int64_t time,
                    const char *note)
{
    struct finding *finding = &draft->finding;
    if (packet == PACKET_NONE || finding->evidence_count == FINDING_EVIDENCE_LIMIT)
        return;
    struct evidence *evidence = &finding->evidence[finding->evidence_count++];
    evidence->source = source_display_name(builder->diagnosis, packet_source(packet));
    evidence->identity = packet;
    evidence->packet = packet_number(packet);
    evidence->time = time;
    evidence->note = arena_copy(&builder->diagnosis->arena, note);
}

/* What one event looks like in a sentence of evidence. */
static const char *event_note(struct arena *arena, const struct fact_event *event)
{
    char sender[ADDRESS_TEXT_SIZE];
    address_print(&event->sender, sender);
    const char *by = event->process != NULL ? " by process " : "";
    const char *process = event->process != NULL ? event->process : "";
    switch (event->kind) {
    case EVENT_SYN:
        return arena_format(arena, "SYN from %s%s%s", sender, by, process);
    case EVENT_SYN_ACK:
        return arena_format(arena, "SYN/ACK from %s, TTL %u", sender, event->ttl);
    case EVENT_REQUEST:
        return arena_format(arena, "request from %s%s%s", sender, by, process);
    case EVENT_RESET:
        return arena_format(arena, "RST from %s, TTL %u", sender, event->ttl);
    case EVENT_ICMP_ERROR:
        return arena_format(arena, "ICMP%s %u/%u from %s",
                            address_is_ipv4(&event->sender) ? "" : "v6", event->icmp_type,
                            event->icmp_code, sender);
    case EVENT_TUNNEL_REQUEST:
        return arena_format(arena, "CONNECT from %s", sender);
    case EVENT_TUNNEL_ANSWER:
        return arena_format(arena, "the proxy's answer, from %s", sender);
    }
    return "";
}

struct event_walk {
    struct builder *builder;
    struct draft *draft;
};

static bool take_event(void *owner, const struct fact *fact)
{
    struct event_walk *walk = owner;
    const struct fact_event *event = &fact->as.event;
    draft_evidence(walk->builder, walk->draft, event->packet, event->time,
                   event_note(&walk->builder->diagnosis->arena, event));
    return walk->draft->finding.evidence_count < FINDING_EVIDENCE_LIMIT;
}

void draft_show_flow(struct draft *draft, uint64_t flow)
{
    if (draft->shown_flow == 0)
        draft->shown_flow = flow;
}

bool draft_evidence_of_flow(struct builder *builder, struct draft *draft, uint64_t flow)
{
    struct event_walk walk = {builder, draft};
    draft_show_flow(draft, flow);
    if (draft->finding.evidence_count == FINDING_EVIDENCE_LIMIT)
        return true;
    return facts_read_events_of(builder->ledger->store, flow, take_event, &walk, builder->problem);
}

void draft_culprit(struct builder *builder, struct draft *draft, enum culprit_role role,
                   const struct address *address, int hops)
{
    struct culprit *culprit = arena_allocate(&builder->diagnosis->arena, sizeof *culprit);
    if (culprit == NULL)
        return;
    culprit->role = role;
    culprit->hops = hops;
    if (address != NULL) {
        culprit->has_address = true;
        culprit->address = *address;
    }
    draft->finding.culprit = culprit;
}

int hops_from_ttl(uint8_t ttl)
{
    /* Initial values in use: 64 (Unix, Apple), 128 (Windows), 255 (routers). */
    int initial = ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
    int hops = initial - ttl + 1;
    return ttl == 0 || hops > 40 ? 0 : hops;
}

const char *category_phrase(const char *category)
{
    static const struct {
        const char *category;
        const char *phrase;
    } phrases[] = {
        {"apns", "Apple push (APNs)"},
        {"device-setup", "device setup and activation"},
        {"device-management", "device management and enrolment"},
        {"software-update", "software updates"},
        {"carrier-update", "carrier updates"},
        {"app-store", "the App Store"},
        {"apps-and-content", "apps and content"},
        {"content-caching", "content caching"},
        {"app-notarization", "app notarization"},
        {"certificate-validation", "certificate validation"},
        {"business-and-school", "Apple Business and School Manager"},
        {"business-built-in-management", "Apple's built-in device management"},
        {"classroom-and-schoolwork", "Classroom and Schoolwork"},
        {"apple-account", "Apple Account sign-in"},
        {"icloud", "iCloud"},
        {"dns", "Apple's encrypted DNS"},
        {"apple-intelligence-siri-search", "Apple Intelligence, Siri and search"},
        {"associated-domains", "associated domains"},
        {"tap-to-pay-and-id-verifier", "Tap to Pay and ID Verifier"},
        {"beta-and-diagnostics", "beta updates and diagnostics"},
        {"firewall", "Apple's services"},
        {"observed-not-listed", "Apple's services outside its list"},
        {"site", "your own services"},
    };
    if (category == NULL)
        return "Apple's services";
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (strcmp(phrases[i].category, category) == 0)
            return phrases[i].phrase;
    return category;
}

const char *count_phrase(struct builder *builder, uint64_t count, const char *one, const char *many)
{
    return arena_format(&builder->diagnosis->arena, "%llu %s", (unsigned long long)count,
                        count == 1 ? one : many);
}

void draft_join(struct builder *builder, struct draft *whole, const struct draft *part)
{
    const struct finding *finding = &part->finding;
    for (size_t i = 0; i < finding->device_count; i++)
        draft_add_device(builder, whole, &finding->devices[i]);
    for (size_t i = 0; i < finding->address_count; i++)
        draft_add_address(builder, whole, &finding->addresses[i]);
    for (size_t i = 0; i < finding->name_count; i++)
        draft_add_name(builder, whole, finding->names[i]);
    for (size_t i = 0; i < part->row_count; i++)
        draft_add_row(builder, whole, part->rows[i]);
    for (size_t i = 0; i < finding->period_count; i++)
        draft_period(builder, whole, &finding->periods[i]);
    for (size_t i = 0; i < finding->evidence_count; i++)
        draft_evidence(builder, whole, finding->evidence[i].packet, finding->evidence[i].time,
                       finding->evidence[i].note);
    if (part->shown_flow != 0)
        draft_show_flow(whole, part->shown_flow);
    draft_seen(whole, finding->first_seen, finding->last_seen);
    whole->finding.count += finding->count;
    whole->works_otherwise = whole->works_otherwise && part->works_otherwise;
    if (finding->ongoing == ONGOING_YES)
        whole->finding.ongoing = ONGOING_YES;
}

static int compare_addresses(const void *left, const void *right)
{
    return address_compare(left, right);
}

static size_t addresses_sort(struct address *list, size_t count)
{
    if (count < 2)
        return count;
    qsort(list, count, sizeof *list, compare_addresses);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++)
        if (!address_equal(&list[kept - 1], &list[i]))
            list[kept++] = list[i];
    return kept;
}

static int compare_texts(const void *left, const void *right)
{
    const char *const *one = left;
    const char *const *two = right;
    return strcmp(*one, *two);
}

static int compare_evidence(const void *left, const void *right)
{
    const struct evidence *one = left;
    const struct evidence *two = right;
    if (one->time != two->time)
        return one->time < two->time ? -1 : 1;
    return one->packet < two->packet ? -1 : one->packet > two->packet;
}

void draft_sort(const struct builder *builder, struct draft *draft)
{
    struct finding *finding = &draft->finding;
    finding->device_count = addresses_sort(finding->devices, finding->device_count);
    finding->repeated_devices =
        devices_repeated(builder->ledger, finding->devices, finding->device_count);
    finding->address_count = addresses_sort(finding->addresses, finding->address_count);
    if (finding->name_count > 1)
        qsort(finding->names, finding->name_count, sizeof *finding->names, compare_texts);
    if (finding->evidence_count > 1)
        qsort(finding->evidence, finding->evidence_count, sizeof finding->evidence[0],
              compare_evidence);
}

/* By severity, then devices affected, then what makes the order repeatable. */
static int compare_drafts(const void *left, const void *right)
{
    const struct draft *one = *(struct draft *const *)left;
    const struct draft *two = *(struct draft *const *)right;
    if (one->finding.severity != two->finding.severity)
        return one->finding.severity > two->finding.severity ? -1 : 1;
    size_t devices = finding_devices(&one->finding);
    if (devices != finding_devices(&two->finding))
        return devices > finding_devices(&two->finding) ? -1 : 1;
    int order = strcmp(one->finding.kind, two->finding.kind);
    return order != 0 ? order : strcmp(one->key, two->key);
}

void builder_finish(struct builder *builder)
{
    struct diagnosis *diagnosis = builder->diagnosis;
    struct arena *arena = &diagnosis->arena;
    struct draft **order = arena_allocate(arena, (builder->count + 1) * sizeof(struct draft *));
    diagnosis->findings = arena_allocate(arena, (builder->count + 1) * sizeof(struct finding));
    if (order == NULL || diagnosis->findings == NULL)
        return;
    size_t count = 0;
    for (struct draft *draft = builder->first; draft != NULL; draft = draft->next) {
        draft_sort(builder, draft);
        order[count++] = draft;
    }
    qsort(order, count, sizeof *order, compare_drafts);
    struct draft **link = &builder->first;
    for (size_t i = 0; i < count; i++) {
        order[i]->finding.id = arena_format(arena, "F%zu", i + 1);
        diagnosis->findings[i] = order[i]->finding;
        *link = builder->last = order[i];
        link = &order[i]->next;
    }
    *link = NULL;
    diagnosis->finding_count = count;
}

#define DEVICES_TRIED 16 /* to find one */

static bool has_device(const struct draft *draft, const struct address *device)
{
    for (size_t i = 0; i < draft->finding.device_count; i++)
        if (address_equal(&draft->finding.devices[i], device))
            return true;
    return false;
}

static size_t rows_of(const struct draft *first, const struct address *device, size_t needed,
                      bool (*is_alike)(const struct draft *one, const struct draft *two))
{
    size_t rows[DRAFT_ROWS_LIMIT];
    size_t count = 0;
    for (const struct draft *draft = first; draft != NULL && count < needed; draft = draft->next) {
        size_t at = 0;
        if (!is_alike(first, draft) || !has_device(draft, device))
            continue;
        while (at < count && rows[at] != draft->row)
            at++;
        if (at == count)
            rows[count++] = draft->row;
    }
    return count;
}

bool draft_fails_widely(const struct draft *first, size_t needed,
                        bool (*is_alike)(const struct draft *one, const struct draft *two))
{
    for (size_t i = 0; i < first->finding.device_count && i < DEVICES_TRIED; i++)
        if (rows_of(first, &first->finding.devices[i], needed, is_alike) >= needed)
            return true;
    return false;
}
