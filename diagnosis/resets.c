/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which connections were torn down by RST before they did their work, and who
 * sent that RST?  A bare RST is no evidence: a fifth of all connections have one.
 * What counts is a RST where the server, or somebody in its name, ends a
 * connection that had just begun, again and again.
 */
#include "diagnosis/resets.h"

#include <stdio.h>
#include <string.h>

#include "diagnosis/ledger.h"
#include "diagnosis/rules.h"

/* Routers reroute: one hop more or less is no other sender (domain: ECMP). */
#define TTL_TOLERANCE 1

enum origin { ORIGIN_SERVER, ORIGIN_INJECTED, ORIGIN_DEVICE };

static const char *const origin_words[] = {"server", "injected", "device"};

static const char *stage_word(enum reset_stage stage)
{
    if (stage == RESET_STAGE_AFTER_CLIENT_HELLO)
        return "after-client-hello";
    return stage == RESET_STAGE_HANDSHAKE ? "handshake" : "established";
}

static int ttl_distance(uint8_t one, uint8_t two)
{
    return one > two ? one - two : two - one;
}

bool reset_is_injected(const struct fact_flow *flow)
{
    if (flow->reset_by != PARTY_SERVER)
        return false;
    return flow->server_after_reset ||
           (flow->server_ttl != 0 && flow->reset_ttl != 0 &&
            ttl_distance(flow->server_ttl, flow->reset_ttl) > TTL_TOLERANCE);
}

bool reset_tears_down(const struct fact_flow *flow)
{
    if (flow->outcome != OUTCOME_RESET || flow->midstream || !ledger_is_through(flow))
        return false;
    switch (flow->reset_stage) {
    case RESET_STAGE_AFTER_CLIENT_HELLO:
        return flow->reset_by == PARTY_SERVER;
    case RESET_STAGE_HANDSHAKE:
        return true;
    case RESET_STAGE_ESTABLISHED:
        /* In answer to what the client had just sent, and not by the server. */
        return reset_is_injected(flow) && flow->client_last_time != TIMESTAMP_NONE &&
               flow->reset_time - flow->client_last_time < 2 * NANOSECONDS_PER_SECOND;
    case RESET_STAGE_NONE:
    case RESET_STAGE_SYN:
    case RESET_STAGE_OPENED:
    case RESET_STAGE_CLOSING:
        break;
    }
    return false;
}

struct reset_walk {
    struct builder *builder;
    bool ok;
};

static void reset_culprit(struct builder *builder, struct draft *draft,
                          const struct fact_flow *flow, enum origin origin)
{
    const struct culprit *known = draft->finding.culprit;
    int hops = hops_from_ttl(flow->reset_ttl);
    if (origin == ORIGIN_INJECTED && known == NULL)
        draft_culprit(builder, draft, CULPRIT_FIREWALL, NULL, hops);
    else if (origin == ORIGIN_SERVER && known == NULL)
        draft_culprit(builder, draft, CULPRIT_UNKNOWN, NULL, hops);
    else if (origin == ORIGIN_DEVICE && known == NULL)
        draft_culprit(builder, draft, CULPRIT_DEVICE, &flow->client.address, 0);
    else if (origin == ORIGIN_DEVICE && known->has_address &&
             !address_equal(&known->address, &flow->client.address))
        draft_culprit(builder, draft, CULPRIT_DEVICE, NULL, 0); /* one must not stand for all */
}

static bool take_flow(void *owner, const struct fact *fact)
{
    struct reset_walk *walk = owner;
    struct builder *builder = walk->builder;
    const struct fact_flow *flow = &fact->as.flow;
    if (!reset_tears_down(flow))
        return true;
    struct catalog_match match;
    ledger_match_flow(builder->ledger, flow, &match);
    if (match.primary == CATALOG_NO_SERVICE ||
        catalog_service(builder->ledger->catalog, match.primary)->retired ||
        ledger_reaches(builder->ledger, &flow->client.address, match.primary,
                       ledger_flow_name(flow)))
        return true; /* retired, or it has lost nothing: the same name works, too */
    enum origin origin = flow->reset_by == PARTY_CLIENT ? ORIGIN_DEVICE
                         : reset_is_injected(flow)      ? ORIGIN_INJECTED
                                                        : ORIGIN_SERVER;
    char key[64];
    snprintf(key, sizeof key, "%zu %u %d %d", match.primary, ledger_flow_port(flow), (int)origin,
             (int)flow->reset_stage);
    struct draft *draft = builder_draft(builder, key, "connection-reset", SEVERITY_CRITICAL,
                                        match.primary, ledger_flow_port(flow));
    draft_detail_text(builder, draft, "origin", origin_words[origin]);
    draft_detail_text(builder, draft, "stage", stage_word(flow->reset_stage));
    draft_add_device(builder, draft, &flow->client.address);
    draft_add_address(builder, draft, &flow->server.address);
    draft_add_name(builder, draft, flow->resolved_name);
    draft_add_name(builder, draft, flow->server_name);
    for (size_t i = 0; i < match.count; i++)
        draft_add_row(builder, draft, match.services[i]);
    draft_seen(draft, flow->reset_time, flow->reset_time);
    draft->finding.count++;
    draft->works_otherwise =
        draft->works_otherwise && ledger_serves(builder->ledger, &flow->client.address,
                                                match.primary, ledger_flow_name(flow));
    reset_culprit(builder, draft, flow, origin);
    walk->ok = draft_evidence_of_flow(builder, draft, flow->id);
    return walk->ok;
}

static const char *when_phrase(const struct finding *finding, const char *stage)
{
    if (strcmp(stage, "after-client-hello") == 0)
        return finding->port == 80 ? "right after the request" : "right after the ClientHello";
    return strcmp(stage, "handshake") == 0 ? "during the TLS handshake"
                                           : "while the device waits for an answer";
}

static void describe_injected(struct arena *arena, struct finding *finding, const char *times)
{
    finding->explanation = arena_format(
        arena,
        "%s opened and got a RST in the server's name that the server did not send: its "
        "TTL differs from the server's other packets, or the server went on afterwards. "
        "A device on the way forges it, often by the server name in the %s.",
        times, finding->port == 80 ? "request" : "ClientHello");
    finding->remedy = arena_format(
        arena,
        "Find the filter that looks at %s (firewall, IPS, web filter) and exempt %s from it, "
        "by name and without inspection.",
        finding->port == 80 ? "web addresses" : "TLS server names", finding->host);
}

static void describe_by_server(struct arena *arena, struct finding *finding, const char *times)
{
    finding->confidence = finding->count > 1 ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
    finding->explanation = arena_format(
        arena,
        "%s opened and got a RST from the server's address whose TTL fits the server's "
        "other packets, so the server itself ended what it had accepted, or something close "
        "to it, such as a transparent proxy that answers for it.",
        times);
    finding->remedy = arena_format(
        arena,
        "Check whether a transparent proxy or inspection terminates connections to %s, "
        "and exempt it; compare with a network that has none.",
        finding->host);
}

static void describe_by_device(struct arena *arena, struct finding *finding, const char *times)
{
    finding->severity = SEVERITY_WARNING;
    finding->confidence = CONFIDENCE_LIKELY;
    finding->explanation = arena_format(
        arena,
        "%s: the device itself hung up in the middle of the handshake, after the server's "
        "answer and before any data, every time. That is how an Apple client leaves a "
        "certificate that it does not accept.",
        times);
    finding->remedy = arena_format(
        arena,
        "Check whether TLS inspection re-signs %s and exempt it; check the device's date "
        "and time.",
        finding->host);
}

static void reset_describe(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *origin = finding->details[0].text;
    const char *devices = count_phrase(builder, finding->device_count, "device", "devices");
    const char *times = count_phrase(builder, finding->count, "connection", "connections");
    finding->summary =
        arena_format(arena, "Connections to %s port %d, needed for %s, are reset %s for %s.%s",
                     finding->host, finding->port, category_phrase(finding->category),
                     when_phrase(finding, finding->details[1].text), devices,
                     draft->works_otherwise ? " The service still works another way." : "");
    if (draft->works_otherwise)
        finding->severity = SEVERITY_WARNING;
    if (strcmp(origin, origin_words[ORIGIN_INJECTED]) == 0)
        describe_injected(arena, finding, times);
    else if (strcmp(origin, origin_words[ORIGIN_SERVER]) == 0)
        describe_by_server(arena, finding, times);
    else
        describe_by_device(arena, finding, times);
}

/* A device that hangs up once may have changed its mind, and a connection that had
 * done work may have been at its end: such drafts are taken back. */
static bool reset_holds(const struct draft *draft)
{
    const struct finding *finding = &draft->finding;
    bool by_device = strcmp(finding->details[0].text, origin_words[ORIGIN_DEVICE]) == 0;
    bool late = strcmp(finding->details[1].text, stage_word(RESET_STAGE_ESTABLISHED)) == 0;
    return finding->count >= 2 || (!by_device && !late);
}

bool rule_resets(struct builder *builder)
{
    struct reset_walk walk = {builder, true};
    struct draft *before = builder->last;
    if (!facts_read(builder->ledger->store, FACT_FLOW, builder->ledger->selection, take_flow, &walk,
                    builder->problem) ||
        !walk.ok)
        return false;
    struct draft *draft = before != NULL ? before->next : builder->first;
    while (draft != NULL) {
        struct draft *next = draft->next;
        draft_sort(draft);
        if (reset_holds(draft))
            reset_describe(builder, draft);
        else
            builder_take_back(builder, draft);
        draft = next;
    }
    return true;
}
