/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failed attempts, joined into outages as they come.
 */
#include "diagnosis/outages.h"

#include <string.h>

/* A race of address families fails more than once within a moment; a fault lasts. */
#define SUSTAINED_ATTEMPTS 2
#define SUSTAINED_SPAN (3 * NANOSECONDS_PER_SECOND)

static size_t outage_count(const struct tally *tally)
{
    size_t count = 0;
    for (const struct outage *outage = tally->outages; outage != NULL; outage = outage->next)
        count++;
    return count;
}

static struct outage *outage_begin(struct arena *arena, struct tally *tally, uint64_t successes,
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
    outage->failures.port = ledger_flow_port(flow);
    outage->failures.first_success = outage->failures.last_success = TIMESTAMP_NONE;
    outage->failures.first_failure = outage->failures.last_failure = TIMESTAMP_NONE;
    outage->successes_before = successes;
    outage->next = tally->outages;
    tally->outages = outage;
    return outage;
}

void outages_note(struct arena *arena, struct tally *tally, uint64_t successes,
                  const struct fact_flow *flow, const char *name, enum attempt attempt)
{
    struct outage *outage = tally->outages;
    bool opened = attempt == ATTEMPT_SUCCESS || attempt == ATTEMPT_TORN_DOWN;
    if (opened) {
        if (outage != NULL && !outage->over) {
            uint64_t here = attempt == ATTEMPT_SUCCESS;
            outage->over = true;
            outage->reached_elsewhere = successes - here > outage->successes_before;
        }
        return;
    }
    if (outage == NULL || (outage->over && outage_count(tally) < OUTAGE_LIMIT))
        outage = outage_begin(arena, tally, successes, flow);
    if (outage == NULL)
        return;
    outage->over = outage->reached_elsewhere = false;
    outage->failures.counts[attempt]++;
    if (outage->failures.name == NULL && name != NULL)
        outage->failures.name = arena_copy(arena, name);
    tally_add_failure(&outage->failures, flow, attempt);
}

bool outage_is_sustained(const struct outage *outage, const struct tally *any)
{
    const struct tally *failures = &outage->failures;
    bool elsewhere = outage->over ? outage->reached_elsewhere
                                  : any != NULL && any->counts[ATTEMPT_SUCCESS] > 0 &&
                                        any->last_success > failures->first_failure;
    return elsewhere && tally_failures(failures) >= SUSTAINED_ATTEMPTS &&
           failures->last_failure - failures->first_failure >= SUSTAINED_SPAN;
}
