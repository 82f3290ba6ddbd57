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

#define CONNECTION_LIMIT (size_t)(1u << 20)

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
struct step_connection {
    uint64_t flow;
    size_t device;
    enum story_step step;
    int64_t time;
};

/* One address and the device that has it. */
struct story_address {
    struct address address;
    size_t device;
};

struct stories {
    struct builder *builder;
    struct story *list; /* one a device; in the arena */
    struct story_address *addresses; /* sorted */
    size_t address_count;
    struct step_connection *connections; /* by flow, once all are there */
    size_t connection_count;
    size_t connection_capacity;
    bool memory_out;
};

static int compare_addresses(const void *left, const void *right)
{
    const struct story_address *one = left;
    const struct story_address *two = right;
    return address_compare(&one->address, &two->address);
}

static struct story *story_of(const struct stories *stories, const struct address *address)
{
    struct story_address key = {*address, 0};
    const struct story_address *found =
        stories->address_count == 0 ? NULL
                                    : bsearch(&key, stories->addresses, stories->address_count,
                                              sizeof *stories->addresses, compare_addresses);
    return found != NULL ? &stories->list[found->device] : NULL;
}

static void earliest(int64_t *known, int64_t time)
{
    if (time != TIMESTAMP_NONE && (*known == TIMESTAMP_NONE || time < *known))
        *known = time;
}

static void story_try(struct story *story, enum story_step step, int64_t time)
{
    if (story == NULL)
        return;
    earliest(&story->steps[step].tried_time, time);
    if (story->steps[step].state == STORY_UNSEEN)
        story->steps[step].state = STORY_TRIED;
}

static void story_reach(struct story *story, enum story_step step, int64_t tried, int64_t reached)
{
    if (story == NULL)
        return;
    story_try(story, step, tried);
    earliest(&story->steps[step].reached_time, reached);
    story->steps[step].state = STORY_REACHED;
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

static bool take_push(void *owner, const struct fact *fact)
{
    const struct fact_apns *apns = &fact->as.apns;
    struct story *story = story_of(owner, &apns->client.address);
    if (apns->role != APNS_DEVICE)
        return true;
    if (apns->opened_time != TIMESTAMP_NONE)
        story_reach(story, STEP_PUSH, apns->first_time, apns->opened_time);
    else
        story_try(story, STEP_PUSH, apns->first_time);
    return true;
}

static enum story_step step_of_flow(const struct ledger *ledger, const struct fact_flow *flow)
{
    const char *name = ledger_flow_name(flow);
    for (size_t i = 0; name != NULL && i < sizeof step_hosts / sizeof step_hosts[0]; i++)
        if (strcmp(step_hosts[i].name, name) == 0)
            return step_hosts[i].step;
    struct catalog_match match;
    ledger_match_flow(ledger, flow, &match);
    if (match.primary != CATALOG_NO_SERVICE &&
        strcmp(catalog_service(ledger->catalog, match.primary)->category, "site") == 0)
        return STEP_MANAGEMENT;
    return STORY_STEP_COUNT;
}

static bool take_flow(void *owner, const struct fact *fact)
{
    struct stories *stories = owner;
    const struct fact_flow *flow = &fact->as.flow;
    struct story *story = story_of(stories, &flow->client.address);
    enum story_step step =
        story != NULL ? step_of_flow(stories->builder->ledger, flow) : STORY_STEP_COUNT;
    if (step == STORY_STEP_COUNT)
        return true;
    story_try(story, step, flow->first_time);
    if (stories->connection_count >= CONNECTION_LIMIT)
        return true;
    struct step_connection *connections =
        array_grow(stories->connections, stories->connection_count, &stories->connection_capacity,
                   sizeof *connections);
    if (connections == NULL) {
        stories->memory_out = true;
        return false;
    }
    stories->connections = connections;
    connections[stories->connection_count++] =
        (struct step_connection){flow->id, (size_t)(story - stories->list), step, flow->first_time};
    return true;
}

static int compare_connections(const void *left, const void *right)
{
    const struct step_connection *one = left;
    const struct step_connection *two = right;
    return (one->flow > two->flow) - (one->flow < two->flow);
}

static bool take_handshake(void *owner, const struct fact *fact)
{
    const struct stories *stories = owner;
    const struct fact_tls *tls = &fact->as.tls;
    struct step_connection key = {.flow = tls->flow};
    bool works = !tls->client_refused && (tls->handshake_complete || tls->server_data_records > 0);
    const struct step_connection *found =
        stories->connection_count == 0 || !works
            ? NULL
            : bsearch(&key, stories->connections, stories->connection_count,
                      sizeof *stories->connections, compare_connections);
    if (found != NULL)
        story_reach(&stories->list[found->device], found->step, found->time,
                    tls->client_reply_time != TIMESTAMP_NONE ? tls->client_reply_time
                                                             : tls->server_hello_time);
    return true;
}

static bool stories_read(struct stories *stories)
{
    static const struct {
        enum fact_kind kind;
        fact_taker *take;
    } reads[] = {
        {FACT_LEASE, take_lease}, {FACT_RESOLVER, take_resolver}, {FACT_HTTP, take_http},
        {FACT_NTP, take_ntp},     {FACT_APNS, take_push},         {FACT_FLOW, take_flow},
    };
    const struct ledger *ledger = stories->builder->ledger;
    struct problem *problem = stories->builder->problem;
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++)
        if (!facts_read(ledger->store, reads[i].kind, ledger->selection, reads[i].take, stories,
                        problem))
            return false;
    if (stories->memory_out)
        return problem_set(problem, "memory is out; limit the report with --device");
    if (stories->connection_count == 0)
        return true;
    qsort(stories->connections, stories->connection_count, sizeof *stories->connections,
          compare_connections);
    return facts_read(ledger->store, FACT_TLS, ledger->selection, take_handshake, stories, problem);
}

/* Absence is no fault: only what was tried can be missing. */
static void story_conclude(struct story *story)
{
    for (int step = STORY_STEP_COUNT - 1; step >= 0; step--) {
        if (story->steps[step].state == STORY_TRIED)
            story->first_missing = (enum story_step)step;
        if (story->steps[step].state == STORY_REACHED && story->last_reached == STORY_STEP_COUNT)
            story->last_reached = (enum story_step)step;
    }
}

/* A device that is set up already goes to push and updates as well. */
static bool story_is_setup(const struct story *story)
{
    return story->steps[STEP_ACTIVATION].state != STORY_UNSEEN ||
           story->steps[STEP_ATTESTATION].state != STORY_UNSEEN ||
           story->steps[STEP_ENROLMENT_RECORD].state != STORY_UNSEEN;
}

static bool stories_begin(struct stories *stories)
{
    struct diagnosis *diagnosis = stories->builder->diagnosis;
    size_t addresses = 0;
    for (size_t i = 0; i < diagnosis->device_count; i++)
        addresses += diagnosis->devices[i].address_count;
    stories->list =
        arena_allocate(&diagnosis->arena, (diagnosis->device_count + 1) * sizeof *stories->list);
    stories->addresses = calloc(addresses + 1, sizeof *stories->addresses);
    if (stories->list == NULL || stories->addresses == NULL)
        return false;
    for (size_t i = 0; i < diagnosis->device_count; i++) {
        const struct device *device = &diagnosis->devices[i];
        struct story *story = &stories->list[i];
        memset(story, 0, sizeof *story);
        story->last_reached = story->first_missing = STORY_STEP_COUNT;
        for (size_t step = 0; step < STORY_STEP_COUNT; step++)
            story->steps[step].tried_time = story->steps[step].reached_time = TIMESTAMP_NONE;
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
    for (size_t i = 0; ok && i < diagnosis->device_count; i++) {
        struct story *story = &stories.list[i];
        story_conclude(story);
        if (story_is_setup(story))
            diagnosis->devices[i].story = story;
    }
    free(stories.addresses);
    free(stories.connections);
    return ok;
}
