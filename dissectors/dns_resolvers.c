/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do a client and its resolver get on?  A hash table of totals, one entry
 * per pair of addresses; one fact per pair goes out at the end of the run.
 */
#include "dissectors/dns_resolvers.h"

#include "base/fetch.h"

#define EVICTION_LOOKS 8

void dns_resolvers_fetch(const struct dns_resolvers *resolvers, uint32_t hash, bool soon)
{
    const uint32_t *bucket = &resolvers->buckets[hash & (DNS_RESOLVER_BUCKETS - 1)];
    if (!soon)
        __builtin_prefetch(bucket);
    else if (*bucket != 0)
        fetch_to_write(&resolvers->list[*bucket - 1], sizeof resolvers->list[0]);
}

/* One of the next few that has been quiet for long leaves its bucket; NULL: none has. */
static struct dns_resolver *resolver_evict(struct dns_resolvers *resolvers)
{
    for (int i = 0; i < EVICTION_LOOKS && resolvers->forget_before > 0; i++) {
        uint32_t at = resolvers->hand++ & (DNS_RESOLVER_LIMIT - 1);
        struct dns_resolver *entry = &resolvers->list[at];
        if (entry->counts.last_time >= resolvers->forget_before ||
            entry->counts.last_answer_time >= resolvers->forget_before)
            continue;
        uint32_t *link = &resolvers->buckets[entry->bucket];
        while (*link != at + 1)
            link = &resolvers->list[*link - 1].next;
        *link = entry->next;
        return entry;
    }
    return NULL;
}

struct fact_resolver *dns_resolvers_find(struct dns_resolvers *resolvers, uint32_t hash,
                                         const struct address *client,
                                         const struct address *resolver)
{
    uint32_t *bucket = &resolvers->buckets[hash & (DNS_RESOLVER_BUCKETS - 1)];
    for (uint32_t i = *bucket; i != 0; i = resolvers->list[i - 1].next) {
        struct fact_resolver *counts = &resolvers->list[i - 1].counts;
        if (address_equal(&counts->client, client) && address_equal(&counts->resolver, resolver))
            return counts;
    }
    struct dns_resolver *entry = resolvers->count < DNS_RESOLVER_LIMIT
                                     ? &resolvers->list[resolvers->count++]
                                     : resolver_evict(resolvers);
    if (entry == NULL)
        return NULL;
    entry->counts = (struct fact_resolver){.client = *client,
                                           .resolver = *resolver,
                                           .first_time = TIMESTAMP_NONE,
                                           .last_time = TIMESTAMP_NONE,
                                           .last_answer_time = TIMESTAMP_NONE,
                                           .fastest_answer = DIFFERENCE_NONE};
    entry->bucket = hash & (DNS_RESOLVER_BUCKETS - 1);
    entry->next = *bucket;
    *bucket = (uint32_t)(entry - resolvers->list) + 1;
    return &entry->counts;
}

void dns_resolvers_tell(const struct dns_resolvers *resolvers, struct observation *observation)
{
    for (uint32_t i = 0; i < resolvers->count; i++) {
        struct fact fact = {.kind = FACT_RESOLVER};
        fact.as.resolver = resolvers->list[i].counts;
        observation_emit(observation, &fact);
    }
}
