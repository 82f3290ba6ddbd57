/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do a client and its resolver get on?  A hash table of totals, one entry
 * per pair of addresses; one fact per pair goes out at the end of the run.
 */
#include "dissectors/dns_resolvers.h"

#define CACHE_LINE 64

void dns_resolvers_fetch(const struct dns_resolvers *resolvers, uint32_t hash, bool soon)
{
    const uint32_t *bucket = &resolvers->buckets[hash & (DNS_RESOLVER_BUCKETS - 1)];
    if (!soon) {
        __builtin_prefetch(bucket);
    } else if (*bucket != 0) {
        const char *entry = (const char *)&resolvers->list[*bucket - 1];
        for (size_t at = 0; at < sizeof resolvers->list[0]; at += CACHE_LINE)
            __builtin_prefetch(entry + at, 1);
    }
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
    if (resolvers->count == DNS_RESOLVER_LIMIT)
        return NULL;
    struct dns_resolver *entry = &resolvers->list[resolvers->count++];
    entry->counts = (struct fact_resolver){.client = *client,
                                           .resolver = *resolver,
                                           .first_time = TIMESTAMP_NONE,
                                           .last_time = TIMESTAMP_NONE,
                                           .last_answer_time = TIMESTAMP_NONE,
                                           .fastest_answer = DIFFERENCE_NONE};
    entry->next = *bucket;
    *bucket = resolvers->count;
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
