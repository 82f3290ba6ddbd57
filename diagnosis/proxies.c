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
#include "diagnosis/rules.h"
#include "diagnosis/tunnels.h"

/* Beyond a CONNECT: the least that a ClientHello adds. */
#define HELLO_LEAST 100

/* Rounds of one authentication follow each other faster. */
#define SECOND_TRY_SPAN (2 * (NANOSECONDS_PER_SECOND / 10))

/* What any client's flows show of one proxy. */
struct proxy {
    bool opens_others; /* hosts that are not the placeholder */
    bool opens_5223;
    bool refuses_couriers_443; /* numbered ones */
    bool refuses_couriers_5223;
};

/* One client, one host, one port, one proxy: those that failed since it last worked. */
struct tunnel_group {
    const struct tunnel *first; /* of the failures */
    const struct tunnel *end;
    size_t counts[TUNNEL_SILENT + 1];
    const struct tunnel *failure; /* the last one */
    int64_t first_time;
    bool worked_before;
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

static void group_fill(struct tunnel_group *group, const struct tunnel *first,
                       const struct tunnel *end)
{
    uint64_t request_bytes = UINT64_MAX - HELLO_LEAST; /* of the longest that failed */
    for (const struct tunnel *tunnel = first; tunnel < end; tunnel++)
        if (tunnel->result >= TUNNEL_REFUSED &&
            (request_bytes == UINT64_MAX - HELLO_LEAST || tunnel->client_bytes > request_bytes))
            request_bytes = tunnel->client_bytes;
    group->first = first;
    group->end = end;
    for (const struct tunnel *tunnel = first; tunnel < end; tunnel++)
        if (may_have_opened(tunnel, request_bytes)) {
            group->first = tunnel + 1;
            group->worked_before = true;
        }
    for (const struct tunnel *tunnel = group->first; tunnel < end; tunnel++) {
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

static bool group_fails(const struct tunnel_group *group, bool squashed)
{
    switch (group->failure->result) {
    case TUNNEL_UNAUTHORIZED:
        return !group->worked_before && group_gave_up(group);
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
        draft->works_otherwise && !group->worked_before &&
        ledger_serves(builder->ledger, &failure->client, failure->row, failure->name);
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

static bool take_group(struct tunnels *tunnels, const struct proxy *proxy,
                       const struct tunnel *first, const struct tunnel *end)
{
    struct tunnel_group group = {0};
    for (const struct tunnel *tunnel = first; tunnel < end; tunnel++)
        if (!unsupported_add(tunnels, tunnel))
            return false;
    group_fill(&group, first, end);
    if (group.failure == NULL || !tunnel_matters(tunnels->builder->ledger, group.failure))
        return true;
    bool squashed = group_is_squashed(proxy, group.failure);
    return !group_fails(&group, squashed) || group_add(tunnels, &group, squashed);
}

static bool tunnels_walk(struct tunnels *tunnels)
{
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

/* "with status 403", or that nothing came. */
static const char *answer_phrase(struct arena *arena, const struct finding *finding)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, "status") == 0)
            return arena_format(arena, "answers CONNECT with status %.0f",
                                finding->details[i].number);
    return "takes CONNECT and never answers";
}

static const char *otherwise_phrase(const struct draft *draft)
{
    return draft->works_otherwise ? " The service still works another way." : "";
}

static void describe_refused(struct builder *builder, struct draft *draft, const char *proxy,
                             const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *answer = answer_phrase(arena, finding);
    bool no_proxy = catalog_service(builder->ledger->catalog, draft->row)->proxy == PROXY_NO;
    finding->summary =
        arena_format(arena, "The proxy %s refuses %s port %d, needed for %s, to %s: it %s.%s",
                     proxy, finding->host, finding->port, category_phrase(finding->category),
                     devices, answer, otherwise_phrase(draft));
    finding->explanation = arena_format(
        arena,
        "%s: the devices ask the proxy for a tunnel to %s port %d, and it %s. No later try of the "
        "same device got through. This is in clear, so the proxy itself decides so, or cannot "
        "reach the host.",
        count_phrase(builder, finding->count, "attempt", "attempts"), finding->names[0],
        finding->port, answer);
    finding->remedy = arena_format(
        arena,
        "On the proxy %s allow CONNECT to %s port %d, by name and without decryption (Squid: its "
        "ports belong into SSL_ports), and check that the proxy itself reaches it.%s",
        proxy, finding->host, finding->port,
        no_proxy ? " Apple's list says that this host does not work through a proxy: better let "
                   "devices reach it directly."
                 : "");
}

static void describe_authentication(struct builder *builder, struct draft *draft, const char *proxy,
                                    const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    finding->summary = arena_format(
        arena,
        "The proxy %s demands authentication (407) for %s port %d, needed for %s, and %s never "
        "got past it.%s",
        proxy, finding->host, finding->port, category_phrase(finding->category), devices,
        otherwise_phrase(draft));
    finding->explanation = arena_format(
        arena,
        "%s ended at the proxy's 407, the last one too. Apple's system services do not log on to "
        "proxies; a device that does so answers the first 407 and then gets through.",
        count_phrase(builder, finding->count, "attempt", "attempts"));
    finding->remedy = arena_format(
        arena,
        "On the proxy %s exempt %s (better: all hosts of Apple's list) from authentication, or "
        "let the devices reach it directly.",
        proxy, finding->host);
}

static void describe_squashed(struct builder *builder, struct draft *draft, const char *proxy,
                              const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *answer = answer_phrase(arena, finding);
    finding->summary = arena_format(
        arena,
        "The proxy %s squashes %s, which Apple push (APNs) and activation need, for %s: it %s.%s",
        proxy, finding->names[0], devices, answer, otherwise_phrase(draft));
    finding->explanation =
        "courier.push.apple.com is a placeholder: its CNAME leads to a name without an address, by "
        "design. A proxy that resolves it finds none and fails, while other hosts get through the "
        "same proxy. The fault is not the name's.";
    finding->remedy = arena_format(
        arena,
        "Let push go past the proxy %s: exempt *.push.apple.com in the proxy settings (PAC file, "
        "profile) and allow TCP ports 5223 and 443 to 17.0.0.0/8 directly; else have the proxy "
        "pass the name unchecked, and allow CONNECT to *.push.apple.com.",
        proxy);
}

static void describe_unsupported(struct builder *builder, struct draft *draft, const char *proxy,
                                 const char *devices)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    finding->summary = arena_format(
        arena,
        "%s port %d, needed for %s, goes through the proxy %s for %s, which Apple does not "
        "support for this host.",
        finding->host, finding->port, category_phrase(finding->category), proxy, devices);
    finding->explanation = arena_format(
        arena,
        "%s went through the proxy by CONNECT. Apple's list does not mark this host as one that "
        "works through a proxy, so that it may fail at any time, and in ways that name no cause.",
        count_phrase(builder, finding->count, "connection", "connections"));
    finding->remedy = arena_format(
        arena, "Exempt %s from the proxy (PAC file, profile: direct) and allow TCP port %d to it.",
        finding->host, finding->port);
}

static void describe(struct builder *builder, struct draft *draft)
{
    struct finding *finding = &draft->finding;
    if (finding->culprit == NULL || finding->name_count == 0)
        return; /* memory was out */
    char proxy[ADDRESS_TEXT_SIZE];
    address_print(&finding->culprit->address, proxy);
    const char *devices = count_phrase(builder, finding_devices(finding), "device", "devices");
    if (strcmp(finding->kind, "proxy-unsupported") == 0) {
        describe_unsupported(builder, draft, proxy, devices);
        return;
    }
    if (draft->works_otherwise)
        finding->severity = SEVERITY_WARNING;
    if (strcmp(finding->kind, "proxy-refused") == 0)
        describe_refused(builder, draft, proxy, devices);
    else if (strcmp(finding->kind, "proxy-authentication") == 0)
        describe_authentication(builder, draft, proxy, devices);
    else
        describe_squashed(builder, draft, proxy, devices);
}

bool rule_proxies(struct builder *builder)
{
    struct tunnels tunnels = {.builder = builder};
    struct draft *before = builder->last;
    bool ok = tunnels_load(&tunnels) && tunnels_walk(&tunnels);
    free(tunnels.list);
    if (ok)
        builder_settle(builder, before, NULL, describe);
    return ok;
}
