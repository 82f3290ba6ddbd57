/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does something on the way forget push connections that are quiet?  Such
 * connections must be let sleep; a firewall or NAT that drops their state cuts them
 * unseen, and the next packet gets a RST or nothing.  One connection that dies is
 * no evidence: what counts is the edge, several that died after longer quiets than
 * any that was survived, while others went on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "diagnosis/ledger.h"
#include "diagnosis/rules.h"

#define DEATHS_NEEDED 2
#define IDLE_SECONDS_MINIMUM 2 /* shorter is no quiet */
/* Apple asks for an hour; servers, and devices that sleep, end connections of their own
 * after quiets far longer than that. */
#define IDLE_ENOUGH (3600 * NANOSECONDS_PER_SECOND)
#define IDLE_LONGEST (7200 * NANOSECONDS_PER_SECOND)
/* Deaths within this time may have one cause of another kind: a server that went
 * away, a firewall that started anew. */
#define ONE_MOMENT (60 * NANOSECONDS_PER_SECOND)

/* One connection of a device to a courier that had opened. */
struct push_life {
    uint64_t flow;
    uint64_t end_packet;
    int64_t opened_time;
    int64_t last_exchange_time;
    int64_t idle_survived;
    int64_t idle_at_end;
    int64_t end_time;
    uint16_t port;
    bool died; /* by RST in the server's name, or by going unanswered */
    bool by_reset;
};

/* All connections to one port: they share their way out. */
struct push_group {
    int64_t survived; /* the longest quiet */
    int64_t shortest_death;
    int64_t first_death;
    int64_t last_death;
    size_t deaths;
    uint16_t port;
};

struct idle_walk {
    struct builder *builder;
    struct push_life *lives; /* by port, then flow */
    size_t count, capacity;
    struct push_life *deaths; /* of the groups that have an edge, by flow; with `groups` */
    struct push_group *groups;
    size_t death_count;
    bool memory_out;
};

static bool take_life(void *owner, const struct fact *fact)
{
    struct idle_walk *walk = owner;
    const struct fact_apns *apns = &fact->as.apns;
    if (apns->role != APNS_DEVICE || apns->opened_time == TIMESTAMP_NONE)
        return true;
    struct push_life *lives =
        array_grow(walk->lives, walk->count, &walk->capacity, sizeof *walk->lives);
    if (lives == NULL) {
        walk->memory_out = true;
        return false;
    }
    bool reset = apns->end == APNS_RESET_BY_SERVER;
    bool ended = (reset || apns->end == APNS_UNANSWERED) && apns->end_time != TIMESTAMP_NONE &&
                 apns->idle_at_end != DIFFERENCE_NONE;
    walk->lives = lives;
    walk->lives[walk->count++] = (struct push_life){
        .flow = apns->flow,
        .end_packet = apns->end_packet,
        .opened_time = apns->opened_time,
        .last_exchange_time = apns->last_exchange_time,
        .idle_survived = apns->idle_survived,
        .idle_at_end = apns->idle_at_end,
        .end_time = apns->end_time,
        .port = apns->server.port,
        .died = ended && apns->idle_at_end > IDLE_SECONDS_MINIMUM * NANOSECONDS_PER_SECOND,
        .by_reset = reset};
    return true;
}

static int compare_lives(const void *left, const void *right)
{
    const struct push_life *one = left, *other = right;
    if (one->port != other->port)
        return one->port < other->port ? -1 : 1;
    return (one->flow > other->flow) - (one->flow < other->flow);
}

/* Did a connection that had opened before them live on after all these deaths? */
static bool others_live_on(const struct push_life *lives, size_t count,
                           const struct push_group *group)
{
    for (size_t i = 0; i < count; i++)
        if (lives[i].opened_time < group->first_death &&
            lives[i].last_exchange_time != TIMESTAMP_NONE &&
            lives[i].last_exchange_time > group->last_death)
            return true;
    return false;
}

/* One that ended sooner than others survived has another cause. */
static bool life_was_cut(const struct push_life *life, const struct push_group *group)
{
    return life->died && life->idle_at_end > group->survived && life->idle_at_end <= IDLE_LONGEST;
}

/* The connections of one port: is there an edge between what was survived and what
 * was not? */
static bool group_has_edge(const struct push_life *lives, size_t count, struct push_group *group)
{
    *group = (struct push_group){.port = lives[0].port};
    for (size_t i = 0; i < count; i++)
        if (lives[i].idle_survived > group->survived)
            group->survived = lives[i].idle_survived;
    for (size_t i = 0; i < count; i++) {
        const struct push_life *life = &lives[i];
        if (!life_was_cut(life, group))
            continue;
        if (group->deaths == 0 || life->idle_at_end < group->shortest_death)
            group->shortest_death = life->idle_at_end;
        if (group->deaths == 0 || life->end_time < group->first_death)
            group->first_death = life->end_time;
        if (group->deaths == 0 || life->end_time > group->last_death)
            group->last_death = life->end_time;
        group->deaths++;
    }
    return group->deaths >= DEATHS_NEEDED && group->survived > 0 && group->survived < IDLE_ENOUGH &&
           (group->last_death - group->first_death > ONE_MOMENT ||
            others_live_on(lives, count, group));
}

/* The timer lies between the two: at a customary value if one does, else midway. */
static double timer_estimate(double survived, double died)
{
    static const double customary[] = {60, 120, 180, 240, 300, 350, 600, 900, 1800, 3600};
    double found = 0;
    for (size_t i = 0; i < sizeof customary / sizeof customary[0]; i++) {
        if (customary[i] < survived || customary[i] > died)
            continue;
        if (found > 0)
            return (survived + died) / 2;
        found = customary[i];
    }
    return found > 0 ? found : (survived + died) / 2;
}

/* Tenths tell enough. */
static double tenths_of(double seconds)
{
    return (double)(int64_t)(seconds * 10 + 0.5) / 10;
}

static void death_add(struct builder *builder, struct draft *draft, const struct push_life *death,
                      const struct fact_flow *flow)
{
    struct arena *arena = &builder->diagnosis->arena;
    double idle = tenths_of((double)death->idle_at_end / (double)NANOSECONDS_PER_SECOND);
    draft_add_device(builder, draft, &flow->client.address);
    draft_add_address(builder, draft, &flow->server.address);
    draft_add_name(builder, draft, flow->resolved_name);
    draft_add_name(builder, draft, flow->server_name);
    draft_seen(draft, death->end_time, death->end_time);
    draft->finding.count++;
    if (draft->shown_flow == 0)
        draft->shown_packet = death->end_packet;
    draft_show_flow(draft, flow->id);
    draft_evidence(builder, draft, death->end_packet, death->end_time,
                   arena_format(arena,
                                death->by_reset ? "RST after %.1f s of quiet"
                                                : "never answered, after %.1f s of quiet",
                                idle));
    if (draft->finding.culprit != NULL)
        return;
    if (flow->tunnel_port != 0)
        draft_culprit(builder, draft, CULPRIT_PROXY, &flow->server.address, 0);
    else
        draft_culprit(builder, draft, CULPRIT_FIREWALL, NULL, 0);
}

static bool take_flow(void *owner, const struct fact *fact)
{
    struct idle_walk *walk = owner;
    struct builder *builder = walk->builder;
    const struct fact_flow *flow = &fact->as.flow;
    struct catalog_match match;
    char key[64];
    const struct push_life like = {.flow = flow->id, .port = flow->server.port};
    const struct push_life *death =
        bsearch(&like, walk->deaths, walk->death_count, sizeof like, compare_lives);
    if (death == NULL)
        return true;
    const struct push_group *group = walk->groups;
    while (group->port != death->port)
        group++;
    uint16_t port = attempt_port(flow);
    catalog_match(builder->ledger->catalog, "courier.push.apple.com", NULL, port, TRANSPORT_TCP,
                  &match);
    if (match.primary == CATALOG_NO_SERVICE)
        return true;
    snprintf(key, sizeof key, "%zu %u %u", match.primary, port, flow->server.port);
    struct draft *draft =
        builder_draft(builder, key, "idle-timeout", SEVERITY_WARNING, match.primary, port);
    double survived = (double)group->survived / (double)NANOSECONDS_PER_SECOND;
    double died = (double)group->shortest_death / (double)NANOSECONDS_PER_SECOND;
    draft_detail_number(draft, "idle_seconds", tenths_of(timer_estimate(survived, died)));
    draft_detail_number(draft, "idle_seconds_min", tenths_of(survived));
    draft_detail_number(draft, "idle_seconds_max", tenths_of(died));
    for (size_t i = 0; i < match.count; i++)
        draft_add_row(builder, draft, match.services[i]);
    death_add(builder, draft, death, flow);
    return true;
}

static void idle_describe(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *devices = count_phrase(builder, finding_devices(finding), "device", "devices");
    const char *times = count_phrase(builder, finding->count, "connection", "connections");
    double estimate = finding->details[0].number, survived = finding->details[1].number;
    double died = finding->details[2].number;
    bool by_proxy = finding->culprit != NULL && finding->culprit->role == CULPRIT_PROXY;
    const char *who = by_proxy ? "The proxy" : "Something on the way (a firewall or NAT)";
    finding->confidence = finding->count > DEATHS_NEEDED ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
    finding->summary = arena_format(
        arena, "%s cuts push connections of %s to port %d when they are quiet for about %.0f s.",
        who, devices, finding->port, estimate);
    finding->explanation = arena_format(
        arena,
        "%s had opened and worked; after at least %.1f s of quiet the next packet got a RST or "
        "no answer. No quiet of more than %.1f s was survived, while shorter ones were and other "
        "connections went on: a timer between the two forgets them. Until a device notices, "
        "notifications and MDM commands do not reach it.",
        times, died, survived);
    finding->remedy = arena_format(
        arena,
        "On the %s let idle TCP connections to %s port %d (17.0.0.0/8) live for an hour or more, "
        "by a rule of their own if need be; Apple requires push connections to stay open.",
        by_proxy ? "proxy" : "firewall or NAT", finding->host, finding->port);
}

/* Finds the groups that have an edge, and moves their deaths to the front. */
static bool edges_find(struct idle_walk *walk)
{
    size_t group_count = 0;
    walk->deaths = walk->lives;
    walk->groups = calloc(walk->count + 1, sizeof *walk->groups);
    if (walk->groups == NULL)
        return false;
    for (size_t first = 0, next; first < walk->count; first = next) {
        for (next = first; next < walk->count && walk->lives[next].port == walk->lives[first].port;)
            next++;
        struct push_group *group = &walk->groups[group_count];
        if (!group_has_edge(&walk->lives[first], next - first, group))
            continue;
        group_count++;
        for (size_t i = first; i < next; i++)
            if (life_was_cut(&walk->lives[i], group))
                walk->deaths[walk->death_count++] = walk->lives[i];
    }
    return true;
}

bool rule_idle(struct builder *builder)
{
    struct ledger *ledger = builder->ledger;
    struct idle_walk walk = {.builder = builder};
    struct draft *before = builder->last;
    bool read =
        facts_read(ledger->store, FACT_APNS, ledger->selection, take_life, &walk, builder->problem);
    if (read && walk.count > 0) {
        qsort(walk.lives, walk.count, sizeof *walk.lives, compare_lives);
        walk.memory_out = walk.memory_out || !edges_find(&walk);
    }
    if (read && walk.death_count > 0)
        read = facts_read_share(ledger->store, SHARE_FLOWS_OF_IDLE_PUSH, ledger->selection,
                                take_flow, &walk, builder->problem);
    free(walk.groups);
    free(walk.lives);
    if (walk.memory_out)
        return problem_set(builder->problem,
                           "memory is out; limit the report with --since or --device");
    if (read)
        builder_settle(builder, before, NULL, idle_describe);
    return read;
}
