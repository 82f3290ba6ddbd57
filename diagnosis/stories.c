/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's activation, step by step, from leases, names, HTTP, NTP, connections
 * and push.  A connection reaches its step when its TLS handshake is complete, since
 * a port that opens is not yet a service that answers.
 */
#include "diagnosis/stories.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "diagnosis/name_results.h"

#define STEP_FLOW_LIMIT (size_t)(1u << 20)

/* Which connection is which step. */
static const struct step_host {
    const char *name;
    enum story_step step;
} step_hosts[] = {
    {"albert.apple.com", STEP_ACTIVATION},
    {"humb.apple.com", STEP_ATTESTATION},
    {"iprofiles.apple.com", STEP_ENROLMENT_RECORD},
    {"init.push.apple.com", STEP_PUSH_SETTINGS},
    {"gdmf.apple.com", STEP_UPDATES},
    {"mesu.apple.com", STEP_UPDATES},
    {"init.itunes.apple.com", STEP_STORE},
    {"bag.itunes.apple.com", STEP_STORE},
};

/* A connection that is a step, until its handshake is known. */
struct step_flow {
    uint64_t flow;
    struct address client;
    enum story_step step;
    int64_t time;
    int64_t works_time; /* TIMESTAMP_NONE: its handshake has to tell */
};

/* One address and the device that has it. */
struct story_address {
    struct address address;
    size_t device;
};

struct stories {
    struct builder *builder;
    struct story *list; /* one a device; in the arena */
    struct push_story *push; /* the same */
    struct story_address *addresses; /* sorted */
    size_t address_count;
};

/* The handshakes of one client's connections of one step. */
struct step_search {
    struct story *story;
    const struct step_flow *flow; /* whose it is */
    int64_t *reached_time; /* the earliest so far; TIMESTAMP_NONE: none */
};

static int compare_addresses(const void *left, const void *right)
{
    const struct story_address *one = left;
    const struct story_address *two = right;
    return address_compare(&one->address, &two->address);
}

static const struct story_address *device_of(const struct stories *stories,
                                             const struct address *address)
{
    struct story_address key = {*address, 0};
    return stories->address_count == 0 ? NULL
                                       : bsearch(&key, stories->addresses, stories->address_count,
                                                 sizeof *stories->addresses, compare_addresses);
}

static struct story *story_of(const struct stories *stories, const struct address *address)
{
    const struct story_address *found = device_of(stories, address);
    return found != NULL ? &stories->list[found->device] : NULL;
}

static void earliest(int64_t *known, int64_t time)
{
    if (time != TIMESTAMP_NONE && (*known == TIMESTAMP_NONE || time < *known))
        *known = time;
}

static void mark_try(struct story_mark *mark, int64_t time)
{
    earliest(&mark->tried_time, time);
    if (mark->state == STORY_UNSEEN)
        mark->state = STORY_TRIED;
}

static void mark_reach(struct story_mark *mark, int64_t tried, int64_t reached)
{
    mark_try(mark, tried);
    earliest(&mark->reached_time, reached);
    mark->state = STORY_REACHED;
}

static void story_try(struct story *story, enum story_step step, int64_t time)
{
    if (story != NULL)
        mark_try(&story->steps[step], time);
}

static void story_reach(struct story *story, enum story_step step, int64_t tried, int64_t reached)
{
    if (story != NULL)
        mark_reach(&story->steps[step], tried, reached);
}

static bool take_lease(void *owner, const struct fact *fact)
{
    const struct fact_lease *lease = &fact->as.lease;
    struct story *story = story_of(owner, &lease->address);
    if (lease->answered && lease->source != LEASE_ROUTER)
        story_reach(story, STEP_NETWORK, lease->first_time, lease->answer_time);
    return true;
}

static bool take_resolver(void *owner, const struct fact *fact)
{
    const struct fact_resolver *resolver = &fact->as.resolver;
    struct story *story = story_of(owner, &resolver->client);
    if (resolver->no_errors > 0)
        /* The first answer's own time is not kept; the question is near enough. */
        story_reach(story, STEP_NAMES, resolver->first_time, resolver->first_time);
    else if (resolver->queries > 0)
        story_try(story, STEP_NAMES, resolver->first_time);
    return true;
}

static enum story_step step_of_name(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof step_hosts / sizeof step_hosts[0]; i++)
        if (strcmp(step_hosts[i].name, name) == 0)
            return step_hosts[i].step;
    return STORY_STEP_COUNT;
}

static bool take_http(void *owner, const struct fact *fact)
{
    const struct fact_http *http = &fact->as.http;
    struct story *story = story_of(owner, &http->client.address);
    if (http->purpose == HTTP_CAPTIVE_PROBE && http->probe_success)
        story_reach(story, STEP_PORTAL_CHECK, http->request_time, http->answer_time);
    else if (http->purpose == HTTP_CAPTIVE_PROBE)
        story_try(story, STEP_PORTAL_CHECK, http->request_time);
    else if (http->purpose == HTTP_PUSH_BAG && http->status == 200)
        story_reach(story, STEP_PUSH_SETTINGS, http->request_time, http->answer_time);
    else if (http->purpose != HTTP_CONNECT && http->answered && http->status < 400 &&
             step_of_name(http->host) != STORY_STEP_COUNT)
        story_reach(story, step_of_name(http->host), http->request_time, http->answer_time);
    return true;
}

static bool take_ntp(void *owner, const struct fact *fact)
{
    const struct fact_ntp *ntp = &fact->as.ntp;
    struct story *story = story_of(owner, &ntp->client.address);
    /* RFC 5905 section 7.3: leap 3 and stratum 0 or 16 tell no time. */
    if (ntp->answered && ntp->leap != 3 && ntp->stratum > 0 && ntp->stratum < 16)
        story_reach(story, STEP_TIME, ntp->request_time, ntp->answer_time);
    else
        story_try(story, STEP_TIME, ntp->request_time);
    return true;
}

/* TXT records of push.apple.com tell what the bag would have told (domain facts: apsd asks
 * for them where it has none). */
static bool take_name(void *owner, const struct fact *fact)
{
    const struct fact_dns *dns = &fact->as.dns;
    if (dns->type != DNS_TYPE_TXT || dns->name == NULL || strcmp(dns->name, "push.apple.com") != 0)
        return true;
    struct story *story = story_of(owner, &dns->client.address);
    if (dns->answered && dns->rcode == 0 && dns->record_count > 0)
        story_reach(story, STEP_PUSH_SETTINGS, dns->query_time, dns->answer_time);
    else
        story_try(story, STEP_PUSH_SETTINGS, dns->query_time);
    return true;
}

static bool take_push(void *owner, const struct fact *fact)
{
    const struct stories *stories = owner;
    const struct fact_apns *apns = &fact->as.apns;
    const struct story_address *found = device_of(stories, &apns->client.address);
    if (apns->role != APNS_DEVICE || found == NULL)
        return true;
    enum push_way way = apns->server.port == 5223  ? PUSH_BY_5223
                        : apns->server.port == 443 ? PUSH_BY_443
                                                   : PUSH_BY_PROXY;
    struct story_mark *by = &stories->push[found->device].ways[way];
    struct story_mark *step = &stories->list[found->device].steps[STEP_PUSH];
    if (apns->opened_time != TIMESTAMP_NONE) {
        mark_reach(by, apns->first_time, apns->opened_time);
        mark_reach(step, apns->first_time, apns->opened_time);
    } else {
        mark_try(by, apns->first_time);
        mark_try(step, apns->first_time);
    }
    return true;
}

static enum story_step step_of_flow(const struct ledger *ledger, const struct fact_flow *flow,
                                    const struct catalog_match *match)
{
    enum story_step step = step_of_name(attempt_name(flow));
    if (step == STORY_STEP_COUNT && match->primary != CATALOG_NO_SERVICE &&
        strcmp(catalog_service(ledger->catalog, match->primary)->category, "site") == 0)
        return STEP_MANAGEMENT;
    return step;
}

/* Inside QUIC the end of the handshake is not to be seen; who goes on talking to each other
 * has come to it. */
static bool quic_works(const struct fact_flow *flow)
{
    return flow->transport == TRANSPORT_UDP && flow->server.port == 443 &&
           flow->server_packets >= 6 && flow->client_packets >= 6;
}

void stories_note_flow(struct ledger *ledger, const struct fact_flow *flow,
                       const struct catalog_match *match)
{
    enum story_step step = step_of_flow(ledger, flow, match);
    if (step == STORY_STEP_COUNT || ledger->step_flow_count >= STEP_FLOW_LIMIT)
        return;
    struct step_flow *flows = array_grow(ledger->step_flows, ledger->step_flow_count,
                                         &ledger->step_flow_capacity, sizeof *flows);
    if (flows == NULL) {
        ledger->memory_out = true;
        return;
    }
    ledger->step_flows = flows;
    flows[ledger->step_flow_count++] =
        (struct step_flow){flow->id, flow->client.address, step, flow->first_time,
                           quic_works(flow) ? flow->last_time : TIMESTAMP_NONE};
}

static bool take_handshake(void *owner, const struct fact *fact)
{
    struct step_search *search = owner;
    const struct fact_tls *tls = &fact->as.tls;
    bool works = !tls->client_refused && (tls->handshake_complete || tls->server_data_records > 0);
    int64_t time =
        tls->client_reply_time != TIMESTAMP_NONE ? tls->client_reply_time : tls->server_hello_time;
    if (!works)
        return true;
    story_reach(search->story, search->flow->step, search->flow->time, time);
    earliest(search->reached_time, time);
    return true;
}

/* Flows come by time: a handshake that began after one that worked is not looked up. */
static bool connection_read(struct stories *stories, const struct step_flow *flow,
                            struct story *story, int64_t *reached_time)
{
    struct step_search search = {story, flow, reached_time};
    story_try(story, flow->step, flow->time);
    if (flow->works_time != TIMESTAMP_NONE)
        story_reach(story, flow->step, flow->time, flow->works_time);
    return (*reached_time != TIMESTAMP_NONE && flow->time >= *reached_time) ||
           facts_read_tls_in_short_of(stories->builder->ledger->store, flow->flow, take_handshake,
                                      &search, stories->builder->problem);
}

static bool connections_read(struct stories *stories)
{
    const struct ledger *ledger = stories->builder->ledger;
    size_t count = stories->address_count * STORY_STEP_COUNT;
    int64_t *reached_times = malloc((count + 1) * sizeof *reached_times); /* per address, step */
    if (reached_times == NULL)
        return problem_set(stories->builder->problem,
                           "memory is out; limit the report with --device");
    bool ok = true;
    for (size_t i = 0; i < count; i++)
        reached_times[i] = TIMESTAMP_NONE;
    for (size_t i = 0; i < ledger->step_flow_count && ok; i++) {
        const struct step_flow *flow = &ledger->step_flows[i];
        const struct story_address *of = device_of(stories, &flow->client);
        if (of == NULL)
            continue;
        size_t place = (size_t)(of - stories->addresses) * STORY_STEP_COUNT + flow->step;
        ok = connection_read(stories, flow, &stories->list[of->device], &reached_times[place]);
    }
    free(reached_times);
    return ok;
}

static bool stories_read(struct stories *stories)
{
    static const struct {
        enum fact_kind kind;
        fact_taker *take;
    } reads[] = {
        {FACT_LEASE, take_lease},
        {FACT_NTP, take_ntp},
        {FACT_APNS, take_push},
    };
    const struct ledger *ledger = stories->builder->ledger;
    struct problem *problem = stories->builder->problem;
    name_results_each_resolver(stories->builder->names, take_resolver, stories);
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++)
        if (!facts_read(ledger->store, reads[i].kind, ledger->selection, reads[i].take, stories,
                        problem))
            return false;
    return facts_read_share(ledger->store, SHARE_HTTP_IN_SHORT, ledger->selection, take_http,
                            stories, problem) &&
           facts_read_share(ledger->store, SHARE_DNS_OF_PUSH, ledger->selection, take_name, stories,
                            problem) &&
           connections_read(stories);
}

static bool finding_names(const struct finding *finding, enum story_step step)
{
    for (size_t i = 0; i < finding->name_count; i++)
        if (step_of_name(finding->names[i]) == step)
            return true;
    return step_of_name(finding->host) == step;
}

static bool finding_is_about_couriers(const struct finding *finding)
{
    bool several = finding->category == NULL && finding->host == NULL && finding->name_count > 0;
    if (!several && (finding->category == NULL || strcmp(finding->category, "apns") != 0))
        return false;
    for (size_t i = 0; i < finding->name_count; i++)
        if (catalog_courier_name(finding->names[i]) != COURIER_NONE)
            return true;
    return finding->name_count == 0;
}

/* A network or a resolver that gives nothing, to nobody. */
static bool finding_is_about_all(const struct finding *finding)
{
    return finding->host == NULL && (strcmp(finding->kind, "dns-unanswered") == 0 ||
                                     strcmp(finding->kind, "port-blocked") == 0);
}

static bool finding_explains(const struct finding *finding, enum story_step step)
{
    if (finding->severity == SEVERITY_NOTE || step == STEP_NETWORK)
        return false;
    if (finding_is_about_all(finding))
        return true;
    switch (step) {
    case STEP_PORTAL_CHECK:
        return strcmp(finding->kind, "captive-portal") == 0 ||
               (finding->host != NULL && strcmp(finding->host, "captive.apple.com") == 0);
    case STEP_TIME:
        return finding->port == 123;
    case STEP_MANAGEMENT:
        return finding->category != NULL && strcmp(finding->category, "site") == 0;
    case STEP_PUSH:
        return finding_is_about_couriers(finding);
    case STEP_ACTIVATION:
    case STEP_ATTESTATION:
    case STEP_ENROLMENT_RECORD:
    case STEP_PUSH_SETTINGS:
    case STEP_UPDATES:
    case STEP_STORE:
        return finding_names(finding, step);
    case STEP_NETWORK:
    case STEP_NAMES:
    case STORY_STEP_COUNT:
        break;
    }
    return false;
}

/* Who gets no usable answer for a name does not come to connect to it. */
static bool finding_is_about_names(const struct finding *finding)
{
    return strcmp(finding->kind, "dns-blocked") == 0 ||
           strcmp(finding->kind, "dns-hijacked") == 0 ||
           strcmp(finding->kind, "cname-squashed") == 0;
}

static void step_explain(struct story_mark *mark, const struct finding *finding)
{
    if (mark->state == STORY_UNSEEN && finding_is_about_names(finding))
        mark_try(mark, finding->first_seen);
    if (mark->state != STORY_TRIED || mark->finding_count == STORY_FINDINGS_LIMIT ||
        (mark->finding_count > 0 && mark->findings[mark->finding_count - 1] == finding->id))
        return;
    mark->findings[mark->finding_count++] = finding->id;
}

/* Ties the steps that are missing to the findings that explain it: in time linear in the
 * findings' devices. */
static void stories_explain(const struct stories *stories)
{
    const struct diagnosis *diagnosis = stories->builder->diagnosis;
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        const struct finding *finding = &diagnosis->findings[i];
        for (int step = 0; step < STORY_STEP_COUNT; step++) {
            if (!finding_explains(finding, (enum story_step)step))
                continue;
            for (size_t k = 0; k < finding->device_count; k++) {
                struct story *story = story_of(stories, &finding->devices[k]);
                if (story != NULL)
                    step_explain(&story->steps[step], finding);
            }
        }
    }
}

/* Absence is no fault: only what was tried can be missing, and only where a finding says why
 * is it known not to be the capture that lacks it. */
static void story_conclude(struct story *story)
{
    const struct story_mark *time = &story->steps[STEP_TIME];
    /* Whose clock is wrong refuses good certificates, and that explains what follows. */
    for (int step = STEP_TIME + 1; step < STORY_STEP_COUNT && time->state == STORY_TRIED; step++) {
        struct story_mark *mark = &story->steps[step];
        if (mark->state == STORY_TRIED && mark->finding_count == 0) {
            memcpy(mark->findings, time->findings, sizeof mark->findings);
            mark->finding_count = time->finding_count;
        }
    }
    for (int step = STORY_STEP_COUNT - 1; step >= 0; step--) {
        if (story->steps[step].state == STORY_TRIED && story->steps[step].finding_count > 0)
            story->first_missing = (enum story_step)step;
        if (story->steps[step].state == STORY_REACHED && story->last_reached == STORY_STEP_COUNT)
            story->last_reached = (enum story_step)step;
    }
}

static bool push_conclude(struct push_story *push)
{
    bool seen = false;
    for (size_t way = 0; way < PUSH_WAY_COUNT; way++) {
        const struct story_mark *mark = &push->ways[way];
        seen = seen || mark->state != STORY_UNSEEN;
        if (mark->state == STORY_REACHED &&
            (push->connected_by == PUSH_WAY_COUNT ||
             mark->reached_time >= push->ways[push->connected_by].reached_time))
            push->connected_by = (enum push_way)way;
        for (size_t before = 0; before < way && mark->state == STORY_REACHED; before++)
            push->fell_back =
                push->fell_back || (push->ways[before].state == STORY_TRIED &&
                                    push->ways[before].tried_time <= mark->reached_time);
    }
    return seen;
}

/* A device that is set up already goes to push and updates as well. */
static bool story_is_setup(const struct story *story)
{
    return story->steps[STEP_ACTIVATION].state != STORY_UNSEEN ||
           story->steps[STEP_ATTESTATION].state != STORY_UNSEEN ||
           story->steps[STEP_ENROLMENT_RECORD].state != STORY_UNSEEN;
}

static void marks_clear(struct story_mark *marks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        marks[i].tried_time = marks[i].reached_time = TIMESTAMP_NONE;
}

static bool stories_begin(struct stories *stories)
{
    struct diagnosis *diagnosis = stories->builder->diagnosis;
    size_t addresses = 0;
    for (size_t i = 0; i < diagnosis->device_count; i++)
        addresses += diagnosis->devices[i].address_count;
    stories->list =
        arena_allocate(&diagnosis->arena, (diagnosis->device_count + 1) * sizeof *stories->list);
    stories->push =
        arena_allocate(&diagnosis->arena, (diagnosis->device_count + 1) * sizeof *stories->push);
    stories->addresses = calloc(addresses + 1, sizeof *stories->addresses);
    if (stories->list == NULL || stories->push == NULL || stories->addresses == NULL)
        return false;
    for (size_t i = 0; i < diagnosis->device_count; i++) {
        const struct device *device = &diagnosis->devices[i];
        struct story *story = &stories->list[i];
        memset(story, 0, sizeof *story);
        memset(&stories->push[i], 0, sizeof stories->push[i]);
        story->last_reached = story->first_missing = STORY_STEP_COUNT;
        stories->push[i].connected_by = PUSH_WAY_COUNT;
        marks_clear(story->steps, STORY_STEP_COUNT);
        marks_clear(stories->push[i].ways, PUSH_WAY_COUNT);
        for (size_t k = 0; k < device->address_count; k++)
            stories->addresses[stories->address_count++] =
                (struct story_address){device->addresses[k], i};
    }
    if (stories->address_count > 0)
        qsort(stories->addresses, stories->address_count, sizeof *stories->addresses,
              compare_addresses);
    return true;
}

bool stories_fill(struct builder *builder)
{
    struct diagnosis *diagnosis = builder->diagnosis;
    struct stories stories = {.builder = builder};
    bool ok = stories_begin(&stories) ||
              problem_set(builder->problem, "memory is out; limit the report with --device");
    ok = ok && stories_read(&stories);
    if (ok)
        stories_explain(&stories);
    for (size_t i = 0; ok && i < diagnosis->device_count; i++) {
        struct story *story = &stories.list[i];
        story_conclude(story);
        if (story_is_setup(story))
            diagnosis->devices[i].story = story;
        if (push_conclude(&stories.push[i]))
            diagnosis->devices[i].push = &stories.push[i];
    }
    free(stories.addresses);
    return ok;
}
