/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failed attempts, joined into outages as they come.
 */
#include "diagnosis/outages.h"

#include <string.h>

/* A race of address families fails more than once within a moment; a fault lasts. */
#define SUSTAINED_ATTEMPTS 2
#define SUSTAINED_SPAN (3 * NANOSECONDS_PER_SECOND)

static size_t outage_count(const struct outage *outage)
{
    size_t count = 0;
    for (; outage != NULL; outage = outage->next)
        count++;
    return count;
}

static struct outage *outage_begin(struct arena *arena, const struct tally *tally,
                                   struct outage **list, uint64_t successes,
                                   const struct fact_flow *flow)
{
    struct outage *outage = arena_allocate(arena, sizeof *outage);
    if (outage == NULL)
        return NULL;
    memset(outage, 0, sizeof *outage);
    outage->failures.client = tally->client;
    outage->failures.server = flow->server.address;
    outage->failures.row = tally->row;
    outage->failures.port_key = tally->port_key;
    outage->failures.transport = flow->transport;
    outage->failures.port = attempt_port(flow);
    outage->failures.first_success = outage->failures.last_success = TIMESTAMP_NONE;
    outage->failures.first_failure = outage->failures.last_failure = TIMESTAMP_NONE;
    outage->successes_before = successes;
    outage->next = *list;
    *list = outage;
    return outage;
}

void outages_note(struct arena *arena, struct tally *tally, uint64_t successes,
                  const struct fact_flow *flow, const char *name, enum attempt attempt)
{
    struct outage *outage = tally->outages;
    bool opened = attempt == ATTEMPT_SUCCESS || attempt == ATTEMPT_TORN_DOWN;
    if (opened) {
        if (outage != NULL)
            outage->over = true;
        return;
    }
    if (outage == NULL || (outage->over && outage_count(outage) < OUTAGE_LIMIT))
        outage = outage_begin(arena, tally, &tally->outages, successes, flow);
    if (outage == NULL)
        return;
    outage->over = false;
    /* Between two failures, that is: what works after the last one may have come back with it. */
    outage->reached_elsewhere = successes > outage->successes_before;
    outage->failures.counts[attempt]++;
    if (outage->failures.name == NULL && name != NULL)
        outage->failures.name = arena_copy(arena, name);
    tally_add_failure(&outage->failures, flow, attempt);
}

void outages_note_torn(struct arena *arena, struct tally *tally, uint64_t successes,
                       const struct fact_flow *flow, enum attempt attempt)
{
    struct outage *run = tally->torn;
    if (attempt == ATTEMPT_SUCCESS && run != NULL)
        run->over = true;
    if (attempt != ATTEMPT_TORN_DOWN || flow->outcome != OUTCOME_RESET ||
        flow->reset_stage != RESET_STAGE_AFTER_CLIENT_HELLO)
        return;
    if (run != NULL && run->over && outage_count(run) >= OUTAGE_LIMIT)
        return; /* to join two runs would hide what worked between them */
    if (run == NULL || run->over)
        run = outage_begin(arena, tally, &tally->torn, successes, flow);
    if (run == NULL)
        return;
    struct tally *failures = &run->failures;
    failures->counts[ATTEMPT_TORN_DOWN]++;
    failures->first_failure =
        failures->first_failure != TIMESTAMP_NONE ? failures->first_failure : flow->first_time;
    failures->last_failure = flow->first_time;
    run->reached_elsewhere = successes > run->successes_before;
}

bool outage_is_sustained(const struct outage *outage)
{
    const struct tally *failures = &outage->failures;
    return outage->reached_elsewhere &&
           outage_lasts(tally_failures(failures) + failures->counts[ATTEMPT_TORN_DOWN],
                        failures->first_failure, failures->last_failure);
}

bool outage_lasts(uint64_t attempts, int64_t first, int64_t last)
{
    return attempts >= SUSTAINED_ATTEMPTS && last - first >= SUSTAINED_SPAN;
}

/* Rules that report only what no success of the same device followed. */
static bool kind_never_recovers(const char *kind)
{
    static const char *const kinds[] = {"dns-blocked",  "dns-unanswered",       "cname-squashed",
                                        "quic-blocked", "proxy-authentication", "ntp-bad-time"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i], kind) == 0)
            return true;
    return false;
}

/* Kinds whose success the ledger sees: a connection that did its work. */
static bool kind_is_of_connections(const char *kind)
{
    static const char *const kinds[] = {"connection-reset", "handshake-stalled", "tls-rejected",
                                        "tls-interception-suspected"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i], kind) == 0)
            return true;
    return false;
}

/* Some rules say it in a detail of their own. */
static enum ongoing detail_ongoing(const struct finding *finding)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, "at_end") == 0 && finding->details[i].text != NULL)
            return strcmp(finding->details[i].text, "let-in") == 0 ? ONGOING_NO : ONGOING_YES;
    return ONGOING_UNKNOWN;
}

/* The names of one finding are one service: what failed last is what counts. */
static enum ongoing device_ongoing(const struct ledger *ledger, const struct draft *draft,
                                   const struct address *device)
{
    const struct finding *finding = &draft->finding;
    enum ongoing ongoing = ONGOING_UNKNOWN;
    for (size_t i = 0; i == 0 || i < finding->name_count; i++) {
        const char *name = finding->name_count > 0 ? finding->names[i] : NULL;
        enum attempt last = ledger_last_attempt(ledger, device, draft->row, name);
        if (last == ATTEMPT_SUCCESS && ongoing == ONGOING_UNKNOWN)
            ongoing = ONGOING_NO;
        else if (last != ATTEMPT_UNDECIDED && last != ATTEMPT_SUCCESS)
            ongoing = ONGOING_YES;
    }
    return ongoing;
}

static enum ongoing draft_ongoing(const struct ledger *ledger, const struct draft *draft)
{
    const struct finding *finding = &draft->finding;
    enum ongoing ongoing = detail_ongoing(finding);
    if (ongoing != ONGOING_UNKNOWN)
        return ongoing;
    for (size_t i = 0; i < finding->period_count; i++)
        if (!finding->periods[i].over)
            return ONGOING_YES;
    if (finding->period_count > 0)
        return ONGOING_NO;
    if (kind_never_recovers(finding->kind))
        return ONGOING_YES;
    if (!kind_is_of_connections(finding->kind) || draft->row == CATALOG_NO_SERVICE)
        return ONGOING_UNKNOWN;
    for (size_t i = 0; i < finding->device_count && ongoing != ONGOING_YES; i++) {
        enum ongoing one = device_ongoing(ledger, draft, &finding->devices[i]);
        ongoing = one != ONGOING_UNKNOWN ? one : ongoing;
    }
    return ongoing;
}

void outages_conclude(struct builder *builder)
{
    for (struct draft *draft = builder->first; draft != NULL; draft = draft->next)
        if (draft->finding.ongoing == ONGOING_UNKNOWN)
            draft->finding.ongoing = draft_ongoing(builder->ledger, draft);
}
