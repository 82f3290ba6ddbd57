/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which connections were torn down by RST before they did their work, and who
 * sent that RST?  A bare RST is no evidence: a fifth of all connections have one.
 * What counts is a RST where the server, or somebody in its name, ends a
 * connection that had just begun, again and again.
 */
#include "diagnosis/resets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "diagnosis/hijacks.h"
#include "diagnosis/interception.h"
#include "diagnosis/ledger.h"
#include "diagnosis/rules.h"

/* Routers reroute: one hop more or less is no other sender (domain: ECMP). */
#define TTL_TOLERANCE 1
#define TLS_CLOSE_NOTIFY 0 /* RFC 8446 section 6.1: an end, and no failure */

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

/* How often a draft's connections ended where: what it says is what most did. */
struct reset_stages {
    const struct draft *draft;
    uint64_t counts[RESET_STAGE_CLOSING + 1];
};

#define RESET_STAGES_LIMIT 512 /* drafts whose stages are counted; a row has two at most */

struct reset_walk {
    struct builder *builder;
    struct reset_stages *stages; /* RESET_STAGES_LIMIT of them, in the arena */
    size_t stages_count;
    uint64_t *alerted; /* flows that ended in a TLS alert in clear, ascending */
    size_t alerted_count, alerted_capacity;
    bool ok;
};

/* A TLS alert says why the connection ends, and the RST behind it is only how: such
 * a flow is the business of the rules about TLS. */
static bool take_alert(void *owner, const struct fact *fact)
{
    struct reset_walk *walk = owner;
    const struct fact_tls *tls = &fact->as.tls;
    if (tls->alert_from == PARTY_NONE || tls->alert == TLS_CLOSE_NOTIFY)
        return true;
    uint64_t *alerted =
        array_grow(walk->alerted, walk->alerted_count, &walk->alerted_capacity, sizeof *alerted);
    if (alerted == NULL) {
        walk->ok = problem_set(walk->builder->problem,
                               "memory is out; limit the report with --since or --device");
        return false;
    }
    walk->alerted = alerted;
    walk->alerted[walk->alerted_count++] = tls->flow;
    return true;
}

static int compare_flows(const void *left, const void *right)
{
    uint64_t one = *(const uint64_t *)left;
    uint64_t two = *(const uint64_t *)right;
    return one < two ? -1 : one > two;
}

static bool flow_was_alerted(const struct reset_walk *walk, uint64_t flow)
{
    return walk->alerted_count > 0 &&
           bsearch(&flow, walk->alerted, walk->alerted_count, sizeof flow, compare_flows) != NULL;
}

static void reset_culprit(struct builder *builder, struct draft *draft,
                          const struct fact_flow *flow, enum origin origin)
{
    const struct culprit *known = draft->finding.culprit;
    int hops = hops_from_ttl(flow->reset_ttl);
    if (origin == ORIGIN_INJECTED && (known == NULL || known->role == CULPRIT_UNKNOWN))
        draft_culprit(builder, draft, CULPRIT_FIREWALL, NULL, hops);
    else if (origin == ORIGIN_SERVER && known == NULL)
        draft_culprit(builder, draft, CULPRIT_UNKNOWN, NULL, hops);
    else if (origin == ORIGIN_DEVICE && known == NULL)
        draft_culprit(builder, draft, CULPRIT_DEVICE, &flow->client.address, 0);
    else if (origin == ORIGIN_DEVICE && known->has_address &&
             !address_equal(&known->address, &flow->client.address))
        draft_culprit(builder, draft, CULPRIT_DEVICE, NULL, 0); /* one must not stand for all */
}

/* Counts the stage, and says which most of the draft's connections had come to; the
 * latest of those where several are even, as a RST that a SPAN moves ahead of the
 * data before it makes the stage look earlier. */
static enum reset_stage reset_stage_of_most(struct reset_walk *walk, const struct draft *draft,
                                            enum reset_stage stage)
{
    size_t i = 0;
    while (i < walk->stages_count && walk->stages[i].draft != draft)
        i++;
    if (walk->stages == NULL || i == RESET_STAGES_LIMIT)
        return stage;
    if (i == walk->stages_count)
        walk->stages[walk->stages_count++].draft = draft;
    uint64_t *counts = walk->stages[i].counts;
    counts[stage]++;
    enum reset_stage most = RESET_STAGE_NONE;
    for (int each = RESET_STAGE_SYN; each <= RESET_STAGE_CLOSING; each++)
        if (counts[each] > 0 && counts[each] >= counts[most])
            most = (enum reset_stage)each;
    return most;
}

static enum origin reset_origin(const struct fact_flow *flow)
{
    if (flow->reset_by == PARTY_CLIENT)
        return ORIGIN_DEVICE;
    return reset_is_injected(flow) ? ORIGIN_INJECTED : ORIGIN_SERVER;
}

/* One row reset from the server's side is one cause: a RST whose origin cannot be
 * seen (its server's packets are not there) does not make it two. */
static struct draft *reset_draft(struct reset_walk *walk, const struct fact_flow *flow,
                                 enum origin origin, size_t row)
{
    struct builder *builder = walk->builder;
    char key[64];
    snprintf(key, sizeof key, "%zu %u %d", row, ledger_flow_port(flow), origin == ORIGIN_DEVICE);
    struct draft *draft = builder_draft(builder, key, "connection-reset", SEVERITY_CRITICAL, row,
                                        ledger_flow_port(flow));
    bool injected = draft->finding.detail_count > 0 &&
                    strcmp(draft->finding.details[0].text, origin_words[ORIGIN_INJECTED]) == 0;
    if (!injected)
        draft_detail_text(builder, draft, "origin", origin_words[origin]);
    draft_detail_text(builder, draft, "stage",
                      stage_word(reset_stage_of_most(walk, draft, flow->reset_stage)));
    return draft;
}

static bool take_flow(void *owner, const struct fact *fact)
{
    struct reset_walk *walk = owner;
    struct builder *builder = walk->builder;
    const struct fact_flow *flow = &fact->as.flow;
    if (!reset_tears_down(flow) || flow_was_alerted(walk, flow->id))
        return true;
    struct catalog_match match;
    ledger_match_flow(builder->ledger, flow, &match);
    if (match.primary == CATALOG_NO_SERVICE ||
        catalog_service(builder->ledger->catalog, match.primary)->retired ||
        (flow->tunnel_port == 0 &&
         hijacks_explain(builder, &flow->client.address, &flow->server.address, match.primary)) ||
        (flow->reset_stage != RESET_STAGE_AFTER_CLIENT_HELLO &&
         interception_explains(builder, &flow->client.address, match.primary)) ||
        ledger_reaches(builder->ledger, &flow->client.address, match.primary,
                       ledger_flow_name(flow)))
        return true; /* retired, led astray, intercepted, or it has lost nothing: the name works */
    enum origin origin = reset_origin(flow);
    struct draft *draft = reset_draft(walk, flow, origin, match.primary);
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
    const char *devices = count_phrase(builder, finding_devices(finding), "device", "devices");
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
    struct ledger *ledger = builder->ledger;
    struct reset_walk walk = {.builder = builder, .ok = true};
    walk.stages =
        arena_allocate(&builder->diagnosis->arena, RESET_STAGES_LIMIT * sizeof *walk.stages);
    struct draft *before = builder->last;
    bool read =
        facts_read(ledger->store, FACT_TLS, ledger->selection, take_alert, &walk, builder->problem);
    if (walk.alerted_count > 0)
        qsort(walk.alerted, walk.alerted_count, sizeof *walk.alerted, compare_flows);
    read =
        read && walk.ok &&
        facts_read(ledger->store, FACT_FLOW, ledger->selection, take_flow, &walk, builder->problem);
    free(walk.alerted);
    if (!read || !walk.ok)
        return false;
    builder_settle(builder, before, reset_holds, reset_describe);
    return true;
}
