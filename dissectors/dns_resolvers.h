/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do a client and its resolver get on?  Totals of every pair, whatever the
 * names: what they say of a resolver must not depend on Apple.
 */
#ifndef APPLEPATH_DISSECTORS_DNS_RESOLVERS_H
#define APPLEPATH_DISSECTORS_DNS_RESOLVERS_H

#include "flows/observation.h"

/* Smaller in fuzz targets, which make all tables anew for each input. */
#ifndef DNS_RESOLVER_LIMIT
#define DNS_RESOLVER_LIMIT 8192u /* a power of two */
#endif

#define DNS_RESOLVER_BUCKETS (4 * DNS_RESOLVER_LIMIT) /* nearly all lead to one pair, or none */

struct dns_resolver {
    struct fact_resolver counts;
    uint32_t bucket;
    uint32_t next; /* in the same bucket: position + 1; 0: none */
};

/* Begins with all bytes zero. Pairs beyond the limit are not counted, unless others make
 * room: those that were told and of which nothing came since `forget_before`. */
struct dns_resolvers {
    uint32_t count;
    uint32_t hand; /* the pair that is looked at next for that */
    int64_t forget_before; /* 0: nobody is forgotten */
    uint32_t buckets[DNS_RESOLVER_BUCKETS]; /* the newest: position + 1 */
    struct dns_resolver list[DNS_RESOLVER_LIMIT];
};

/* The totals of one pair, made if need be; NULL: there is no room. `hash`: dns_pair_hash. */
struct fact_resolver *dns_resolvers_find(struct dns_resolvers *resolvers, uint32_t hash,
                                         const struct address *client,
                                         const struct address *resolver);

/* They are looked for soon: fetches where that begins and, `soon`, what is there. */
void dns_resolvers_fetch(const struct dns_resolvers *resolvers, uint32_t hash, bool soon);

/* Tells all totals. */
void dns_resolvers_tell(const struct dns_resolvers *resolvers, struct observation *observation);

#endif
