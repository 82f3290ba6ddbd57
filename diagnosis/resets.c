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
#include "diagnosis/handshake_results.h"
#include "diagnosis/hijacks.h"
#include "diagnosis/interception.h"
#include "diagnosis/ledger.h"
#include "diagnosis/outages.h"
#include "diagnosis/reset_origin.h"
#include "diagnosis/reset_words.h"
#include "diagnosis/rules.h"

#define FLOWS_SHOWN 3 /* as evidence, for each finding */
#define QUICK_NEEDED 2 /* connections that are reset too soon, where nothing else tells */

bool reset_is_injected(const struct fact_flow *flow)
{
    return reset_tests_suffice(reset_tests(flow, NULL));
}

bool reset_tears_down(const struct fact_flow *flow)
{
    if (flow->outcome != OUTCOME_RESET || attempt_began_unseen(flow) || !attempt_is_through(flow))
        return false;
    switch (flow->reset_stage) {
    case RESET_STAGE_AFTER_CLIENT_HELLO:
        return flow->reset_by == PARTY_SERVER || reset_is_injected(flow);
    case RESET_STAGE_HANDSHAKE:
        return true;
    case RESET_STAGE_ESTABLISHED:
        /* In answer to what the client had just sent, and not by the server. */
        return flow->reset_by == PARTY_SERVER && reset_is_injected(flow) &&
               flow->client_last_time != TIMESTAMP_NONE &&
               flow->reset_time - flow->client_last_time < 2 * NANOSECONDS_PER_SECOND;
    case RESET_STAGE_NONE:
    case RESET_STAGE_SYN:
    case RESET_STAGE_OPENED:
    case RESET_STAGE_CLOSING:
        break;
    }
    return false;
}

#define RESET_CASES_LIMIT 512 /* a row has two at most */

/* A flow that was torn down, and what the other facts tell of it. */
struct torn_flow {
    uint64_t flow;
    struct address client;
    struct address server;
    size_t row;
    int64_t round_trip;
    int64_t hello_time;
    uint64_t hello_packet;
    bool alerted; /* ended in a TLS alert in clear */
};

/* A client that was sent away from a row by an alert, or left it by one. */
struct alerted_pair {
    struct address client;
    size_t row;
};

struct reset_walk {
    struct builder *builder;
    struct reset_case *cases; /* RESET_CASES_LIMIT of them, in the arena */
    size_t case_count;
    struct torn_flow *torn; /* by flow */
    size_t torn_count, torn_capacity;
    struct alerted_pair *alerted; /* by client, then row */
    size_t alerted_count, alerted_capacity;
    bool ok;
};

static bool walk_out_of_memory(struct reset_walk *walk)
{
    walk->ok = problem_set(walk->builder->problem,
                           "memory is out; limit the report with --since or --device");
    return false;
}

static bool take_torn(void *owner, const struct fact *fact)
{
    struct reset_walk *walk = owner;
    const struct fact_flow *flow = &fact->as.flow;
    struct catalog_match match;
    if (!reset_tears_down(flow))
        return true;
    struct torn_flow *torn =
        array_grow(walk->torn, walk->torn_count, &walk->torn_capacity, sizeof *torn);
    if (torn == NULL)
        return walk_out_of_memory(walk);
    walk->torn = torn;
    attempt_match(walk->builder->ledger->catalog, flow, &match);
    torn[walk->torn_count++] = (struct torn_flow){.flow = flow->id,
                                                  .client = flow->client.address,
                                                  .server = flow->server.address,
                                                  .row = match.primary,
                                                  .round_trip = reset_round_trip(flow),
                                                  .hello_time = TIMESTAMP_NONE};
    return true;
}

static int compare_alerted(const void *left, const void *right)
{
    const struct alerted_pair *one = left, *two = right;
    int order = address_compare(&one->client, &two->client);
    return order != 0 ? order : (one->row > two->row) - (one->row < two->row);
}

static bool alerted_add(struct reset_walk *walk, const struct torn_flow *torn)
{
    struct alerted_pair *alerted =
        array_grow(walk->alerted, walk->alerted_count, &walk->alerted_capacity, sizeof *alerted);
    if (alerted == NULL)
        return walk_out_of_memory(walk);
    walk->alerted = alerted;
    alerted[walk->alerted_count++] = (struct alerted_pair){torn->client, torn->row};
    return true;
}

/* A handshake of which the capture has the RST and not the alert before it, beside others that
 * show theirs: nothing but a forged RST would be another cause. */
static bool is_alerted_elsewhere(const struct reset_walk *walk, const struct torn_flow *torn,
                                 const struct fact_flow *flow)
{
    struct alerted_pair key = {torn->client, torn->row};
    return flow->reset_stage != RESET_STAGE_ESTABLISHED && walk->alerted_count > 0 &&
           bsearch(&key, walk->alerted, walk->alerted_count, sizeof key, compare_alerted) != NULL;
}

static int compare_torn(const void *left, const void *right)
{
    uint64_t one = ((const struct torn_flow *)left)->flow;
    uint64_t two = ((const struct torn_flow *)right)->flow;
    return one < two ? -1 : one > two;
}

static int compare_torn_servers(const void *left, const void *right)
{
    return address_compare(&((const struct torn_flow *)left)->server,
                           &((const struct torn_flow *)right)->server);
}

/* A SYN/ACK that dawdled once makes no RST too quick: the shortest way there and back to
 * a server counts for all flows to it. */
static void torn_share_round_trips(struct reset_walk *walk)
{
    qsort(walk->torn, walk->torn_count, sizeof *walk->torn, compare_torn_servers);
    for (size_t i = 0, next; i < walk->torn_count; i = next) {
        int64_t shortest = DIFFERENCE_NONE;
        for (next = i; next < walk->torn_count &&
                       compare_torn_servers(&walk->torn[i], &walk->torn[next]) == 0;
             next++)
            if (walk->torn[next].round_trip != DIFFERENCE_NONE &&
                (shortest == DIFFERENCE_NONE || walk->torn[next].round_trip < shortest))
                shortest = walk->torn[next].round_trip;
        for (size_t each = i; each < next; each++)
            walk->torn[each].round_trip = shortest;
    }
    qsort(walk->torn, walk->torn_count, sizeof *walk->torn, compare_torn);
}

static struct torn_flow *torn_find(const struct reset_walk *walk, uint64_t flow)
{
    struct torn_flow key = {.flow = flow};
    return bsearch(&key, walk->torn, walk->torn_count, sizeof key, compare_torn);
}

/* A TLS alert says why the connection ends, and the RST behind it is only how: such
 * a flow is the business of the rules about TLS. */
static bool take_tls(void *owner, const struct fact *fact)
{
    struct reset_walk *walk = owner;
    const struct fact_tls *tls = &fact->as.tls;
    struct torn_flow *torn = torn_find(walk, tls->flow);
    if (torn == NULL)
        return true;
    torn->alerted = tls->alert_from != PARTY_NONE && tls->alert != ALERT_CLOSE_NOTIFY;
    torn->hello_packet = tls->client_hello_packet;
    torn->hello_time =
        tls->client_hello_packet != PACKET_NONE ? tls->client_hello_time : TIMESTAMP_NONE;
    return !torn->alerted || alerted_add(walk, torn);
}

/* Nobody between two ends is further away than both: such a TTL began as no usual one, and
 * tells no distance. */
static int reset_hops(const struct fact_flow *flow)
{
    int hops = hops_from_ttl(flow->reset_ttl);
    int server = hops_from_ttl(flow->server_ttl);
    return server != 0 && hops > server + 1 ? 0 : hops;
}

static void reset_culprit(struct builder *builder, struct draft *draft,
                          const struct fact_flow *flow, enum reset_origin origin)
{
    const struct culprit *known = draft->finding.culprit;
    int hops = reset_hops(flow);
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

static struct reset_case *case_of(struct reset_walk *walk, struct draft *draft)
{
    size_t i = 0;
    while (i < walk->case_count && walk->cases[i].draft != draft)
        i++;
    if (walk->cases == NULL || i == RESET_CASES_LIMIT)
        return NULL;
    if (i == walk->case_count)
        walk->cases[walk->case_count++].draft = draft;
    return &walk->cases[i];
}

/* The stage that most of the connections had come to; the latest of those where several
 * are even, as a RST that a SPAN moves ahead of the data before it makes the stage look
 * earlier. What lacks packets looks later, and speaks only where all do. */
static enum reset_stage case_stage(const struct reset_case *of)
{
    enum reset_stage most = RESET_STAGE_NONE, most_whole = RESET_STAGE_NONE;
    for (int each = RESET_STAGE_SYN; each <= RESET_STAGE_CLOSING; each++) {
        if (of->counts[each] > 0 && of->counts[each] >= of->counts[most])
            most = (enum reset_stage)each;
        if (of->whole_counts[each] > 0 && of->whole_counts[each] >= of->whole_counts[most_whole])
            most_whole = (enum reset_stage)each;
    }
    return most_whole != RESET_STAGE_NONE ? most_whole : most;
}

/* Takes in what one RST gives away. */
static void case_learn(struct reset_case *of, const struct fact_flow *flow,
                       const struct reset_context *context)
{
    unsigned tests = reset_tests(flow, context);
    uint8_t lowest, highest;
    of->counts[flow->reset_stage]++;
    of->whole_counts[flow->reset_stage] += flow->client_missing + flow->server_missing == 0;
    if (reset_end_ttls(flow, &lowest, &highest) &&
        (of->reset_ttl == 0 || (tests & ~of->tests & RESET_TEST_TTL) != 0)) {
        of->reset_ttl = flow->reset_ttl;
        of->ttl_lowest = lowest;
        of->ttl_highest = highest;
    }
    if ((tests & RESET_TEST_TIMING) != 0) {
        of->quick++;
        of->quick_gap = flow->reset_time - context->hello_time;
        of->round_trip = context->round_trip;
    }
    if ((tests & RESET_TEST_SEQUENCE) != 0)
        of->offset = flow->reset_offset;
    if ((tests & RESET_TEST_IDENTIFICATION) != 0)
        of->identification = flow->reset_identification;
    of->tests |= tests;
    of->agreements |= reset_agreements(flow);
    of->untimed += reset_timing_is_missed(flow, context);
}

static enum reset_origin origin_of(const struct fact_flow *flow,
                                   const struct reset_context *context)
{
    if (reset_tests_suffice(reset_tests(flow, context)))
        return ORIGIN_INJECTED;
    return flow->reset_by == PARTY_CLIENT ? ORIGIN_DEVICE : ORIGIN_SERVER;
}

/* One row reset from the server's side is one cause: a RST whose origin cannot be
 * seen (its server's packets are not there) does not make it two. */
static struct draft *reset_draft(struct reset_walk *walk, const struct fact_flow *flow,
                                 enum reset_origin origin, size_t row)
{
    struct builder *builder = walk->builder;
    char key[64];
    snprintf(key, sizeof key, "%zu %u %d", row, attempt_port(flow), origin == ORIGIN_DEVICE);
    struct draft *draft =
        builder_draft(builder, key, "connection-reset", SEVERITY_CRITICAL, row, attempt_port(flow));
    bool injected =
        draft->finding.detail_count > 0 &&
        strcmp(draft->finding.details[0].text, reset_origin_words[ORIGIN_INJECTED]) == 0;
    if (!injected)
        draft_detail_text(builder, draft, "origin", reset_origin_words[origin]);
    draft_detail_text(builder, draft, "stage", reset_stage_word(flow->reset_stage));
    return draft;
}

/* The packets of one flow as they came: what opened it, what was said, what ended it. */
struct rungs {
    struct builder *builder;
    struct draft *draft; /* NULL: only the RSTs are looked at */
    const struct fact_flow *flow;
    unsigned seen; /* enum event_kind, one bit each */
    bool both_ways;
};

static const char *rung_note(const struct rungs *rungs, const struct fact_event *event)
{
    struct arena *arena = &rungs->builder->diagnosis->arena;
    char sender[ADDRESS_TEXT_SIZE];
    uint8_t lowest, highest;
    address_print(&event->sender, sender);
    if (event->kind == EVENT_SYN)
        return arena_format(arena, "SYN from %s", sender);
    if (event->kind == EVENT_SYN_ACK)
        return arena_format(arena, "SYN/ACK from %s, TTL %u", sender, event->ttl);
    if (event->from != rungs->flow->reset_by || !reset_end_ttls(rungs->flow, &lowest, &highest))
        return arena_format(arena, "RST from %s, TTL %u", sender, event->ttl);
    return lowest == highest
               ? arena_format(arena, "RST from %s, TTL %u; its other packets have %u", sender,
                              event->ttl, lowest)
               : arena_format(arena, "RST from %s, TTL %u; its other packets have %u to %u", sender,
                              event->ttl, lowest, highest);
}

/* A RST in the other end's name, at the same moment, that did not come as that end's do. */
static bool is_counterpart(const struct rungs *rungs, const struct fact_event *event)
{
    const struct fact_flow *flow = rungs->flow;
    struct fact_flow other = *flow;
    if (event->kind != EVENT_RESET || event->from == flow->reset_by ||
        (event->from != PARTY_CLIENT && event->from != PARTY_SERVER) ||
        event->time - flow->reset_time > RESET_BOTH_WAYS_SPAN ||
        flow->reset_time - event->time > RESET_BOTH_WAYS_SPAN)
        return false;
    other.reset_by = event->from;
    other.reset_ttl = event->ttl;
    other.server_after_reset = other.reset_foreign_mac = false;
    return (reset_tests(&other, NULL) & RESET_TEST_TTL) != 0;
}

static bool take_rung(void *owner, const struct fact *fact)
{
    struct rungs *rungs = owner;
    const struct fact_event *event = &fact->as.event;
    unsigned bit = 1u << event->kind;
    bool wanted =
        event->kind == EVENT_SYN || event->kind == EVENT_SYN_ACK || event->kind == EVENT_RESET;
    rungs->both_ways = rungs->both_ways || is_counterpart(rungs, event);
    if (!wanted || rungs->draft == NULL || (rungs->seen & bit) != 0)
        return true;
    rungs->seen |= bit;
    draft_evidence(rungs->builder, rungs->draft, event->packet, event->time,
                   rung_note(rungs, event));
    return true;
}

static bool reset_show(struct reset_walk *walk, struct draft *draft, const struct fact_flow *flow,
                       const struct torn_flow *torn)
{
    struct builder *builder = walk->builder;
    struct rungs rungs = {.builder = builder, .draft = draft, .flow = flow};
    char client[ADDRESS_TEXT_SIZE];
    draft_show_flow(draft, flow->id);
    if (torn->hello_packet != PACKET_NONE)
        draft_evidence(builder, draft, torn->hello_packet, torn->hello_time,
                       arena_format(&builder->diagnosis->arena, "ClientHello from %s",
                                    address_print(&flow->client.address, client)));
    return facts_read_events_of(builder->ledger->store, flow->id, take_rung, &rungs,
                                builder->problem);
}

/* Only RSTs that something else speaks of already are worth the look. */
static bool reset_look_both_ways(struct reset_walk *walk, const struct fact_flow *flow,
                                 bool *both_ways)
{
    struct rungs rungs = {.builder = walk->builder, .flow = flow};
    *both_ways = false;
    if (reset_tests(flow, NULL) == 0 || flow->history == NULL ||
        strchr(flow->history, 'R') == NULL || strchr(flow->history, 'r') == NULL)
        return true;
    if (!facts_read_events_of(walk->builder->ledger->store, flow->id, take_rung, &rungs,
                              walk->builder->problem))
        return false;
    *both_ways = rungs.both_ways;
    return true;
}

/* Is it somebody else's business: retired, led astray, intercepted; or has it lost
 * nothing, as the name works, and but for bad luck did so all the time? */
static bool is_explained(struct builder *builder, const struct fact_flow *flow, size_t row,
                         const struct outage *run)
{
    const struct address *client = &flow->client.address;
    return row == CATALOG_NO_SERVICE || catalog_service(builder->ledger->catalog, row)->retired ||
           (flow->tunnel_port == 0 &&
            hijacks_explain(builder, client, &flow->server.address, row)) ||
           (flow->reset_stage != RESET_STAGE_AFTER_CLIENT_HELLO &&
            interception_explains(builder, client, row)) ||
           (run == NULL && ledger_reaches(builder->ledger, client, row, attempt_name(flow)));
}

/* The run that a flow is part of, of a name that works at other times. */
static const struct outage *torn_run(const struct ledger *ledger, const struct fact_flow *flow,
                                     size_t row)
{
    const struct address *client = &flow->client.address;
    const char *name = attempt_name(flow);
    return row != CATALOG_NO_SERVICE && flow->reset_stage == RESET_STAGE_AFTER_CLIENT_HELLO &&
                   ledger_reaches(ledger, client, row, name)
               ? ledger_torn_run(ledger, client, row, name, flow->first_time)
               : NULL;
}

/* Push got through meanwhile or afterwards, on whatever port. */
static bool run_is_served(const struct ledger *ledger, const struct fact_flow *flow, size_t row,
                          const struct outage *run)
{
    const struct tally *push = ledger_find(ledger, &flow->client.address, NULL, ROW_APNS);
    bool apns = strcmp(catalog_service(ledger->catalog, row)->category, "apns") == 0;
    return run->over || (apns && push != NULL && push->last_success >= run->failures.first_failure);
}

static void draft_take_run(struct builder *builder, struct draft *draft, const struct outage *run)
{
    if (run == NULL || !run->over)
        draft->finding.ongoing = ONGOING_YES; /* it never worked, or does so no more */
    if (run == NULL)
        return;
    struct period period = {run->failures.first_failure, run->failures.last_failure, run->over};
    draft_period(builder, draft, &period);
}

static void draft_take_reset(struct builder *builder, struct draft *draft,
                             const struct fact_flow *flow, const struct catalog_match *match,
                             const struct outage *run)
{
    draft_add_device(builder, draft, &flow->client.address);
    draft_add_address(builder, draft, &flow->server.address);
    draft_add_name(builder, draft, flow->resolved_name);
    draft_add_name(builder, draft, flow->server_name);
    for (size_t i = 0; i < match->count; i++)
        draft_add_row(builder, draft, match->services[i]);
    draft_seen(draft, flow->reset_time, flow->reset_time);
    draft->finding.count++;
    draft->works_otherwise =
        draft->works_otherwise &&
        (run != NULL ? run_is_served(builder->ledger, flow, match->primary, run)
                     : ledger_serves(builder->ledger, &flow->client.address, match->primary,
                                     attempt_name(flow)));
    draft_take_run(builder, draft, run);
}

static bool take_flow(void *owner, const struct fact *fact)
{
    struct reset_walk *walk = owner;
    struct builder *builder = walk->builder;
    const struct fact_flow *flow = &fact->as.flow;
    const struct torn_flow *torn = torn_find(walk, flow->id);
    struct catalog_match match;
    if (torn == NULL || torn->alerted)
        return true;
    attempt_match(builder->ledger->catalog, flow, &match);
    const struct outage *run = torn_run(builder->ledger, flow, match.primary);
    if (is_explained(builder, flow, match.primary, run))
        return true;
    struct reset_context context = {torn->hello_time, torn->round_trip, false};
    walk->ok = reset_look_both_ways(walk, flow, &context.both_ways);
    enum reset_origin origin = origin_of(flow, &context);
    if (origin != ORIGIN_INJECTED && is_alerted_elsewhere(walk, torn, flow))
        return walk->ok;
    struct draft *draft = reset_draft(walk, flow, origin, match.primary);
    struct reset_case *of = case_of(walk, draft);
    if (of != NULL) {
        case_learn(of, flow, &context);
        draft_detail_text(builder, draft, "stage", reset_stage_word(case_stage(of)));
    }
    draft_take_reset(builder, draft, flow, &match, run);
    reset_culprit(builder, draft, flow, origin);
    if (draft->finding.count <= FLOWS_SHOWN)
        walk->ok = walk->ok && reset_show(walk, draft, flow, torn);
    return walk->ok;
}

static enum reset_origin draft_origin(const struct draft *draft)
{
    const char *word = draft->finding.details[0].text;
    return strcmp(word, reset_origin_words[ORIGIN_SERVER]) == 0     ? ORIGIN_SERVER
           : strcmp(word, reset_origin_words[ORIGIN_INJECTED]) == 0 ? ORIGIN_INJECTED
                                                                    : ORIGIN_DEVICE;
}

/* What all of a draft's RSTs give away together, left where the description finds it. */
static void cases_close(struct reset_walk *walk)
{
    struct builder *builder = walk->builder;
    for (size_t i = 0; i < walk->case_count; i++) {
        struct reset_case *of = &walk->cases[i];
        struct finding *finding = &of->draft->finding;
        /* The same haste again and again is no chance, even where nothing else tells. */
        if (of->quick >= QUICK_NEEDED && of->quick * 2 > finding->count &&
            draft_origin(of->draft) == ORIGIN_SERVER) {
            draft_detail_text(builder, of->draft, "origin", reset_origin_words[ORIGIN_INJECTED]);
            draft_culprit(builder, of->draft, CULPRIT_FIREWALL, NULL, 0);
        }
        enum reset_origin origin = draft_origin(of->draft);
        finding->explanation = reset_grounds(builder, of, origin);
        finding->confidence = reset_confidence(of, origin);
    }
}

/* A device that hangs up once may have changed its mind, and a connection that had
 * done work may have been at its end: such drafts are taken back. */
static bool reset_holds(const struct draft *draft)
{
    const struct finding *finding = &draft->finding;
    bool by_device = strcmp(finding->details[0].text, reset_origin_words[ORIGIN_DEVICE]) == 0;
    bool late = strcmp(finding->details[1].text, reset_stage_word(RESET_STAGE_ESTABLISHED)) == 0;
    return finding->count >= 2 || (!by_device && !late);
}

bool rule_resets(struct builder *builder)
{
    struct ledger *ledger = builder->ledger;
    struct reset_walk walk = {.builder = builder, .ok = true};
    struct draft *before = builder->last;
    bool read = facts_read_share(ledger->store, SHARE_FLOWS_RESET, ledger->selection, take_torn,
                                 &walk, builder->problem) &&
                walk.ok;
    if (read && walk.torn_count > 0) {
        walk.cases =
            arena_allocate(&builder->diagnosis->arena, RESET_CASES_LIMIT * sizeof *walk.cases);
        torn_share_round_trips(&walk);
        read = facts_read(ledger->store, FACT_TLS, ledger->selection, take_tls, &walk,
                          builder->problem) &&
               walk.ok;
        if (walk.alerted_count > 0)
            qsort(walk.alerted, walk.alerted_count, sizeof *walk.alerted, compare_alerted);
        read = read &&
               facts_read_share(ledger->store, SHARE_FLOWS_RESET, ledger->selection, take_flow,
                                &walk, builder->problem) &&
               walk.ok;
    }
    free(walk.torn);
    free(walk.alerted);
    if (!read)
        return false;
    cases_close(&walk);
    builder_settle(builder, before, reset_holds, reset_describe);
    return true;
}
