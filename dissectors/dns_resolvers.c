/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do a client and its resolver get on?  A hash table of totals, one entry
 * per pair of addresses; one fact per pair goes out at the end of the run.
 */
#include "dissectors/dns_resolvers.h"

struct fact_resolver *dns_resolvers_find(struct dns_resolvers *resolvers,
                                         const struct hash_key *key, const struct address *client,
                                         const struct address *resolver)
{
    uint64_t words[4];
    memcpy(&words[0], client->octets, sizeof client->octets);
    memcpy(&words[2], resolver->octets, sizeof resolver->octets);
    uint32_t *bucket = &resolvers->buckets[hash_words(key, words, 4) & (DNS_RESOLVER_LIMIT - 1)];
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
