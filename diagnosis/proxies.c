/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do proxies do to Apple's services?  From the flows that begin with a CONNECT
 * (RFC 9110 section 9.3.6), grouped by proxy, client and host: who is refused, who
 * never gets past a 407, for whom the placeholder of the couriers is squashed, and
 * which hosts go through although Apple's list says that they cannot.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis/name_results.h"
#include "diagnosis/outages.h"
#include "diagnosis/port_words.h"
#include "diagnosis/proxy_words.h"
#include "diagnosis/rules.h"
#include "diagnosis/timeline.h"
#include "diagnosis/tunnels.h"

/* Beyond a CONNECT: the least that a ClientHello adds. */
#define HELLO_LEAST 100

/* A 407, silence or a proxy's own error that another try overcomes: bad luck, or a round of an
 * authentication, unless it goes on. */
#define STAY_COUNT 3
#define STAY_SPAN (60 * NANOSECONDS_PER_SECOND)

/* Rounds of one authentication follow each other faster. */
#define SECOND_TRY_SPAN (2 * (NANOSECONDS_PER_SECOND / 10))

/* What any client's flows show of one proxy. */
struct proxy {
    bool opens_others; /* hosts that are not the placeholder */
    bool opens_5223;
    bool refuses_couriers_443; /* numbered ones */
    bool refuses_couriers_5223;
};

/* One client, one host, one port, one proxy: those that failed between two successes. */
struct tunnel_group {
    uint64_t request_bytes;
    const struct tunnel *first; /* of the failures */
    const struct tunnel *end;
    size_t counts[TUNNEL_SILENT + 1];
    const struct tunnel *failure; /* the last one */
    int64_t first_time;
    bool worked_before;
    bool works_after;
};

static void proxy_add(struct proxy *proxy, const struct tunnel *tunnel)
{
    enum courier_name courier = catalog_courier_name(tunnel->name);
    if (tunnel->result == TUNNEL_OPEN) {
        proxy->opens_others = proxy->opens_others || courier != COURIER_PLACEHOLDER;
        proxy->opens_5223 = proxy->opens_5223 || tunnel->port == 5223;
    } else if (tunnel->result == TUNNEL_REFUSED && courier == COURIER_NUMBERED) {
        proxy->refuses_couriers_443 = proxy->refuses_couriers_443 || tunnel->port == 443;
        proxy->refuses_couriers_5223 = proxy->refuses_couriers_5223 || tunnel->port == 5223;
    }
}

/* It asks and gets no verdict that the capture shows, but goes on as after a 200. */
static bool may_have_opened(const struct tunnel *tunnel, uint64_t request_bytes)
{
    return tunnel->result == TUNNEL_OPEN || (tunnel->result == TUNNEL_UNKNOWN &&
                                             tunnel->client_bytes >= request_bytes + HELLO_LEAST);
}

/* How long the requests are, of the longest that failed. */
static void group_measure(struct tunnel_group *group, const struct tunnel *first,
                          const struct tunnel *end)
{
    uint64_t request_bytes = UINT64_MAX - HELLO_LEAST;
    for (const struct tunnel *tunnel = first; tunnel < end; tunnel++)
        if (tunnel->result >= TUNNEL_REFUSED &&
            (request_bytes == UINT64_MAX - HELLO_LEAST || tunnel->client_bytes > request_bytes))
            request_bytes = tunnel->client_bytes;
    group->request_bytes = request_bytes;
}

/* The failures from `first` on up to the next success, or the end. */
static void group_fill(struct tunnel_group *group, const struct tunnel *first,
                       const struct tunnel *end)
{
    group->failure = NULL;
    memset(group->counts, 0, sizeof group->counts);
    group->first = first;
    group->end = first;
    while (group->end < end && !may_have_opened(group->end, group->request_bytes))
        group->end++;
    group->works_after = group->end < end;
    for (const struct tunnel *tunnel = group->first; tunnel < group->end; tunnel++) {
        group->counts[tunnel->result]++;
        if (tunnel->result < TUNNEL_REFUSED)
            continue;
        if (group->failure == NULL)
            group->first_time = tunnel->time;
        group->failure = tunnel;
    }
}

/* Several, and apart enough for another to be no part of the same try. */
static bool group_was_retried(const struct tunnel_group *group)
{
    size_t failures = group->counts[TUNNEL_REFUSED] + group->counts[TUNNEL_UNAUTHORIZED] +
                      group->counts[TUNNEL_SILENT];
    return failures >= 2 && group->failure->time - group->first_time >= RETRY_SPAN;
}

/* Schemes of several rounds may take a connection for each, and a client may open some
 * at once: what counts is a third one, or a second that brings no credentials, after
 * the first was over. */
static bool group_gave_up(const struct tunnel_group *group)
{
    const struct tunnel *first = group->first;
    while (first->result < TUNNEL_REFUSED)
        first++;
    const struct tunnel *last = group->failure;
    size_t count = group->counts[TUNNEL_UNAUTHORIZED];
    return last->time >= first->last_time &&
           (count >= 3 || (count == 2 && last->time - first->time >= SECOND_TRY_SPAN &&
                           last->client_bytes <= first->client_bytes));
}

/* An answer that is a matter of policy; a proxy out of breath says others. */
static bool status_is_policy(uint16_t status)
{
    return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
}

/* It lasts, in whatever way. */
static bool group_stays(const struct tunnel_group *group)
{
    return group->counts[group->failure->result] >= STAY_COUNT &&
           group->failure->time - group->first_time >= STAY_SPAN;
}

static bool group_fails(const struct tunnel_group *group, bool squashed)
{
    switch (group->failure->result) {
    case TUNNEL_UNAUTHORIZED:
        return group_gave_up(group) && (!group->worked_before || group_stays(group));
    case TUNNEL_SILENT:
        return group->counts[TUNNEL_SILENT] >= 2 && group_was_retried(group);
    case TUNNEL_REFUSED:
        if (group->worked_before)
            return group_was_retried(group);
        return squashed || status_is_policy(group->failure->status) || group_was_retried(group);
    case TUNNEL_UNKNOWN:
    case TUNNEL_OPEN:
        break;
    }
    return false;
}

/* Refused by policy for a while, and served before and after: a rule with a timetable. What a
 * later try overcomes is no finding where it may have been a start, or bad luck. */
static bool group_comes_and_goes(const struct tunnel_group *group)
{
    if (!group->worked_before)
        return false;
    if (group->failure->result == TUNNEL_REFUSED && status_is_policy(group->failure->status))
        return outage_lasts(group->counts[TUNNEL_REFUSED], group->first_time, group->failure->time);
    return group_stays(group) &&
           (group->failure->result != TUNNEL_UNAUTHORIZED || group_gave_up(group));
}

/* Is it that the placeholder has no address, and not that all push, or a port, is
 * refused? */
static bool group_is_squashed(const struct proxy *proxy, const struct tunnel *failure)
{
    if (catalog_courier_name(failure->name) != COURIER_PLACEHOLDER || !proxy->opens_others ||
        failure->result == TUNNEL_UNAUTHORIZED)
        return false;
    if (failure->port != 5223)
        return !proxy->refuses_couriers_443;
    return !proxy->refuses_couriers_5223 &&
           (proxy->opens_5223 || !status_is_policy(failure->status));
}

/* Is it a host and port that Apple's devices need? */
static bool tunnel_matters(const struct ledger *ledger, const struct tunnel *tunnel)
{
    if (tunnel->row == CATALOG_NO_SERVICE || name_is_private_relay(tunnel->name))
        return false;
    const struct service *service = catalog_service(ledger->catalog, tunnel->row);
    return !service->retired && strcmp(service->category, "observed-not-listed") != 0 &&
           (service->port != 0 || tunnel->port == 443 || tunnel->port == 80);
}

static void tunnel_touch_rows(struct builder *builder, struct draft *draft,
                              const struct tunnel *tunnel, bool attempted)
{
    struct ledger *ledger = builder->ledger;
    struct catalog_match match;
    catalog_match(ledger->catalog, tunnel->name, NULL, tunnel->port, TRANSPORT_TCP, &match);
    if (attempted)
        timeline_note(builder->ledger, match.primary, tunnel->time, ATTEMPT_REFUSED);
    for (size_t i = 0; i < match.count; i++) {
        draft_add_row(builder, draft, match.services[i]);
        if (attempted)
            ledger->row_attempts[match.services[i]]++;
    }
}

static bool tunnel_add(struct builder *builder, struct draft *draft, const struct tunnel *tunnel)
{
    draft_culprit(builder, draft, CULPRIT_PROXY, &tunnel->proxy, 0);
    draft_add_device(builder, draft, &tunnel->client);
    draft_add_name(builder, draft, tunnel->name);
    draft_seen(draft, tunnel->time, tunnel->last_time);
    draft->finding.count++;
    tunnel_touch_rows(builder, draft, tunnel, tunnel->result != TUNNEL_OPEN);
    return draft_evidence_of_flow(builder, draft, tunnel->flow);
}

static struct draft *failure_draft(struct builder *builder, const struct tunnel *failure,
                                   bool squashed)
{
    char proxy[ADDRESS_TEXT_SIZE];
    char key[384];
    address_print(&failure->proxy, proxy);
    if (squashed) {
        struct catalog_match match;
        catalog_match(builder->ledger->catalog, failure->name, NULL, 0, 0, &match);
        snprintf(key, sizeof key, "proxy %s", proxy);
        return builder_draft(builder, key, "cname-squashed", SEVERITY_CRITICAL, match.primary, -1);
    }
    bool unauthorized = failure->result == TUNNEL_UNAUTHORIZED;
    snprintf(key, sizeof key, "%zu %u %s", failure->row, failure->port, proxy);
    return builder_draft(builder, key, unauthorized ? "proxy-authentication" : "proxy-refused",
                         SEVERITY_CRITICAL, failure->row, failure->port);
}

/* A status says more than silence. */
static void failure_detail(struct builder *builder, struct draft *draft,
                           const struct tunnel *failure, bool squashed)
{
    const char *name = squashed ? "answer" : "how";
    if (failure->result == TUNNEL_REFUSED) {
        draft_detail_text(builder, draft, name, "error");
        draft_detail_number(draft, "status", failure->status);
    } else if (failure->result == TUNNEL_SILENT && draft->finding.detail_count == 0) {
        draft_detail_text(builder, draft, name, "no-answer");
    }
}

static bool draft_has(const struct draft *draft, const struct address *device, size_t row)
{
    bool touched = draft->row == row;
    for (size_t i = 0; i < draft->row_count && !touched; i++)
        touched = draft->rows[i] == row;
    for (size_t i = 0; i < draft->finding.device_count && touched; i++)
        if (address_equal(&draft->finding.devices[i], device))
            return true;
    return false;
}

/* The proxy's own way out is in the capture, too, and a finding says why it cannot reach the
 * host: then the proxy's error is the symptom. NULL if there is none. */
static struct draft *upstream_cause(struct builder *builder, const struct tunnel *failure)
{
    if (failure->result == TUNNEL_UNAUTHORIZED || status_is_policy(failure->status))
        return NULL;
    for (struct draft *draft = builder->first; draft != NULL; draft = draft->next) {
        const char *kind = draft->finding.kind;
        if ((strcmp(kind, "port-blocked") == 0 || strcmp(kind, "dns-blocked") == 0 ||
             strcmp(kind, "dns-hijacked") == 0 || strcmp(kind, "connection-reset") == 0) &&
            draft_has(draft, &failure->proxy, failure->row))
            return draft;
    }
    return NULL;
}

/* Who sits behind the proxy is affected as well. */
static void upstream_add(struct builder *builder, struct draft *cause,
                         const struct tunnel_group *group)
{
    if (strcmp(cause->finding.kind, "port-blocked") != 0)
        return;
    draft_add_device(builder, cause, &group->failure->client);
}

static bool group_add(struct tunnels *tunnels, const struct tunnel_group *group, bool squashed)
{
    struct builder *builder = tunnels->builder;
    const struct tunnel *failure = group->failure;
    struct draft *draft = failure_draft(builder, failure, squashed);
    bool weak = group->worked_before || failure->result == TUNNEL_SILENT ||
                (squashed && !group_was_retried(group));
    draft_confidence(draft, weak ? CONFIDENCE_LIKELY : CONFIDENCE_CERTAIN);
    failure_detail(builder, draft, failure, squashed);
    draft->works_otherwise =
        draft->works_otherwise &&
        (group->works_after ||
         (!group->worked_before &&
          ledger_serves(builder->ledger, &failure->client, failure->row, failure->name)));
    if (!group->works_after)
        draft->finding.ongoing = ONGOING_YES;
    if (group->worked_before || group->works_after) {
        struct period period = {group->first_time, failure->last_time, group->works_after};
        draft_period(builder, draft, &period);
    }
    for (const struct tunnel *tunnel = group->first; tunnel < group->end; tunnel++)
        if (tunnel->result >= TUNNEL_REFUSED && !tunnel_add(builder, draft, tunnel))
            return false;
    return true;
}

/* Apple's list says of this row that it does not work through a proxy, and nothing
 * else in it says that it does. */
static bool row_shuns_proxies(const struct catalog *catalog, const struct tunnel *tunnel)
{
    struct catalog_match match;
    if (catalog_service(catalog, tunnel->row)->proxy != PROXY_NO)
        return false;
    catalog_match(catalog, tunnel->name, NULL, tunnel->port, TRANSPORT_TCP, &match);
    for (size_t i = 0; i < match.count; i++)
        if (catalog_service(catalog, match.services[i])->proxy == PROXY_YES)
            return false;
    return true;
}

static bool unsupported_add(struct tunnels *tunnels, const struct tunnel *tunnel)
{
    struct builder *builder = tunnels->builder;
    if (tunnel->result != TUNNEL_OPEN || !tunnel_matters(builder->ledger, tunnel) ||
        !row_shuns_proxies(builder->ledger->catalog, tunnel))
        return true;
    char proxy[ADDRESS_TEXT_SIZE];
    char key[128];
    snprintf(key, sizeof key, "%zu %u %s", tunnel->row, tunnel->port,
             address_print(&tunnel->proxy, proxy));
    struct draft *draft = builder_draft(builder, key, "proxy-unsupported", SEVERITY_WARNING,
                                        tunnel->row, tunnel->port);
    return tunnel_add(builder, draft, tunnel);
}

/* One run of failures. */
static bool take_run(struct tunnels *tunnels, const struct proxy *proxy,
                     const struct tunnel_group *group)
{
    bool squashed = group_is_squashed(proxy, group->failure);
    struct draft *cause = squashed ? NULL : upstream_cause(tunnels->builder, group->failure);
    if (cause != NULL) {
        upstream_add(tunnels->builder, cause, group);
        return true;
    }
    bool fails = group->works_after ? group_comes_and_goes(group) : group_fails(group, squashed);
    return !fails || group_add(tunnels, group, squashed);
}

static bool take_group(struct tunnels *tunnels, const struct proxy *proxy,
                       const struct tunnel *first, const struct tunnel *end)
{
    struct tunnel_group group = {0};
    for (const struct tunnel *tunnel = first; tunnel < end; tunnel++)
        if (!unsupported_add(tunnels, tunnel))
            return false;
    group_measure(&group, first, end);
    for (const struct tunnel *next = first; next < end; next = group.end + 1) {
        group_fill(&group, next, end);
        if (group.failure != NULL && tunnel_matters(tunnels->builder->ledger, group.failure)) {
            if (!take_run(tunnels, proxy, &group))
                return false;
        }
        if (group.end == end)
            break;
        group.worked_before = true;
    }
    return true;
}

static bool tunnels_walk(struct tunnels *tunnels)
{
    if (tunnels->count == 0)
        return true; /* and no list */
    const struct tunnel *end = tunnels->list + tunnels->count;
    const struct tunnel *next;
    for (const struct tunnel *first = tunnels->list; first < end; first = next) {
        struct proxy proxy = {0};
        for (next = first; next < end && address_equal(&next->proxy, &first->proxy); next++)
            proxy_add(&proxy, next);
        const struct tunnel *member = first;
        while (member < next) {
            const struct tunnel *begin = member;
            while (member < next && tunnels_compare_groups(member, begin) == 0)
                member++;
            if (!take_group(tunnels, &proxy, begin, member))
                return false;
        }
    }
    return true;
}

/* What the proxy itself was told of the placeholder, where the capture has its lookups. */
struct upstream_walk {
    struct builder *builder;
    const struct draft *before;
};

static bool answer_is_by_design(const struct fact_dns *dns)
{
    bool alias = false;
    for (size_t i = 0; i < dns->record_count; i++) {
        const struct dns_record *record = &dns->records[i];
        if (record->section != DNS_ANSWER)
            continue;
        alias = alias || record->type == DNS_TYPE_CNAME;
        if (record->type == DNS_TYPE_A || record->type == DNS_TYPE_AAAA)
            return false;
    }
    return dns->rcode == 0 && alias;
}

static bool take_lookup(void *owner, const struct fact *fact)
{
    const struct upstream_walk *walk = owner;
    const struct fact_dns *dns = &fact->as.dns;
    if (!dns->answered || dns->name == NULL ||
        catalog_courier_name(dns->name) != COURIER_PLACEHOLDER || !answer_is_by_design(dns))
        return true;
    struct draft *draft = walk->before != NULL ? walk->before->next : walk->builder->first;
    for (; draft != NULL; draft = draft->next) {
        struct finding *finding = &draft->finding;
        if (strcmp(finding->kind, "cname-squashed") != 0 || finding->culprit == NULL ||
            !address_equal(&finding->culprit->address, &dns->client.address))
            continue;
        finding->confidence = CONFIDENCE_CERTAIN;
        draft_detail_text(walk->builder, draft, "proof", "upstream-had-it");
        draft_evidence(walk->builder, draft, dns->answer_packet, dns->answer_time,
                       "the proxy itself was given the CNAME, and no address");
    }
    return true;
}

/* Both sides of the proxy: it was given what it should, and passed on an error. */
static bool upstream_read(struct builder *builder, const struct draft *before)
{
    struct upstream_walk walk = {builder, before};
    const struct ledger *ledger = builder->ledger;
    const struct draft *draft = before != NULL ? before->next : builder->first;
    while (draft != NULL && strcmp(draft->finding.kind, "cname-squashed") != 0)
        draft = draft->next;
    return draft == NULL || facts_read(ledger->store, FACT_DNS, ledger->selection, take_lookup,
                                       &walk, builder->problem);
}

bool rule_proxies(struct builder *builder)
{
    struct tunnels tunnels = {.builder = builder};
    struct draft *before = builder->last;
    bool ok = tunnels_load(&tunnels) && tunnels_walk(&tunnels) && upstream_read(builder, before);
    free(tunnels.list);
    for (struct draft *draft = builder->first; ok && draft != NULL && before != NULL;
         draft = draft == before ? NULL : draft->next)
        if (strcmp(draft->finding.kind, "port-blocked") == 0) { /* upstream_add */
            draft_sort(builder, draft);
            port_describe(builder, draft);
        }
    if (ok)
        builder_settle(builder, before, NULL, proxy_describe);
    return ok;
}
