/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a DNS transaction to one word: fine, empty, refused, unanswered.  A
 * placeholder that answers with its CNAME and no address is fine; an absence that
 * the name's own zone attests (RFC 2308) is the truth and no fault.
 */
#include "diagnosis/name_results.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

const char *result_word(enum result_kind kind)
{
    static const char *const words[] = {"ok",       "unreadable",      "hijacked",  "no-data",
                                        "nxdomain", "servfail",        "refused",   "error",
                                        "empty",    "address-missing", "no-answer", "skipped"};
    return words[kind];
}

static uint64_t name_hash(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return hash;
}

static bool name_ends_in(const char *name, const char *suffix)
{
    size_t length = strlen(name);
    size_t tail = strlen(suffix);
    return length >= tail && strcmp(name + length - tail, suffix) == 0 &&
           (length == tail || name[length - tail - 1] == '.');
}

static bool name_ends_in_any(const char *name, const char *const *suffixes)
{
    for (; *suffixes != NULL; suffixes++)
        if (name_ends_in(name, *suffixes))
            return true;
    return false;
}

/* Apple's own zones: who speaks for them is known. */
static const char *const apple_zones[] = {
    "apple.com",    "icloud.com",    "aaplimg.com", "apple-dns.net",
    "mzstatic.com", "cdn-apple.com", "apzones.com", NULL};

/* Those zones again, and the networks that serve Apple. */
static const char *const apple_authorities[] = {"apple.com",      "icloud.com",   "aaplimg.com",
                                                "apple-dns.net",  "mzstatic.com", "cdn-apple.com",
                                                "apzones.com",    "akadns.net",   "akadns.org",
                                                "akamai.net",     "akamai.com",   "akam.net",
                                                "akamaiedge.net", "edgekey.net",  "edgesuite.net",
                                                "cloudfront.net", "awsdns.com",   NULL};

/* RFC 2308 section 3: a negative answer carries the SOA of the zone that says so. */
static const struct dns_record *negative_authority(const struct fact_dns *dns)
{
    for (size_t i = 0; i < dns->record_count; i++)
        if (dns->records[i].section == DNS_AUTHORITY && dns->records[i].type == DNS_TYPE_SOA)
            return &dns->records[i];
    return NULL;
}

/* Does the SOA belong to the zone of a name that is nobody's but its own (a CDN's, a
 * site's)? Of Apple's names an unknown zone says nothing. */
static bool zone_covers(const char *owner, const char *name)
{
    return name != NULL && owner[0] != '\0' && !name_ends_in_any(name, apple_zones) &&
           name_ends_in(name, owner);
}

static bool authority_is_genuine(const struct fact_dns *dns, const struct dns_record *soa)
{
    if (soa == NULL || soa->owner == NULL || soa->data == NULL)
        return false;
    char primary[256];
    size_t length = strcspn(soa->data, " ");
    if (length >= sizeof primary)
        return false;
    memcpy(primary, soa->data, length);
    primary[length] = '\0';
    /* Akadns names its servers "internal.akadns.net"; Apple's zones their own. */
    if (name_ends_in_any(soa->owner, apple_authorities) &&
        name_ends_in_any(primary, apple_authorities))
        return true;
    if (zone_covers(soa->owner, dns->name))
        return true;
    for (size_t i = 0; i < dns->record_count; i++)
        if (dns->records[i].section == DNS_ANSWER && dns->records[i].type == DNS_TYPE_CNAME &&
            zone_covers(soa->owner, dns->records[i].data))
            return true;
    return false;
}

static bool answer_has(const struct fact_dns *dns, bool address)
{
    for (size_t i = 0; i < dns->record_count; i++) {
        const struct dns_record *record = &dns->records[i];
        if (record->section != DNS_ANSWER)
            continue;
        if (address ? !address_is_none(&record->address) : record->type == DNS_TYPE_CNAME)
            return true;
    }
    return false;
}

/* A CNAME into Apple's zones, or those of the networks that serve it. */
static bool answer_has_chain(const struct fact_dns *dns)
{
    for (size_t i = 0; i < dns->record_count; i++) {
        const struct dns_record *record = &dns->records[i];
        if (record->section == DNS_ANSWER && record->type == DNS_TYPE_CNAME &&
            record->data != NULL && name_ends_in_any(record->data, apple_authorities))
            return true;
    }
    return false;
}

bool name_is_private_relay(const char *name)
{
    static const char *const names[] = {"mask.icloud.com", "mask-h2.icloud.com",
                                        "mask-api.icloud.com"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static enum result_kind error_kind(const struct fact_dns *dns)
{
    switch (dns->rcode) {
    case 2:
        return RESULT_SERVFAIL;
    case 3:
        return RESULT_NXDOMAIN;
    case 5:
        return RESULT_REFUSED;
    default:
        return RESULT_ERROR;
    }
}

/* The courier family is only ever a CNAME, so its absence tells by itself. */
static enum result_kind courier_kind(const struct fact_dns *dns, enum courier_name courier)
{
    if (answer_has(dns, true))
        return RESULT_OK;
    if (!answer_has(dns, false))
        return dns->type == DNS_TYPE_A ? RESULT_EMPTY : RESULT_SKIPPED;
    if (courier == COURIER_PLACEHOLDER)
        return RESULT_OK;
    return dns->type == DNS_TYPE_A ? RESULT_ADDRESS_MISSING : RESULT_SKIPPED;
}

static enum result_kind result_kind_of(const struct fact_dns *dns, enum courier_name courier)
{
    bool for_address = dns->type == DNS_TYPE_A || dns->type == DNS_TYPE_AAAA;
    if (!dns->answered)
        return for_address && dns->query_time != TIMESTAMP_NONE ? RESULT_UNANSWERED
                                                                : RESULT_SKIPPED;
    if (dns->malformed || dns->truncated)
        return RESULT_UNREADABLE; /* it may have been the good answer */
    if (dns->rcode != 0) {
        /* An error to another type of question says nothing of the address, but
         * "no such name" says it of all types. */
        if (!for_address && dns->rcode != 3)
            return RESULT_SKIPPED;
        if (courier == COURIER_NONE && dns->rcode == 3 &&
            authority_is_genuine(dns, negative_authority(dns)))
            return RESULT_GENUINE_NEGATIVE;
        return error_kind(dns);
    }
    if (!for_address)
        return RESULT_SKIPPED;
    if (courier != COURIER_NONE)
        return courier_kind(dns, courier);
    if (answer_has(dns, true))
        return RESULT_OK;
    if (authority_is_genuine(dns, negative_authority(dns)))
        return RESULT_GENUINE_NEGATIVE;
    /* No IPv6 address is no block, and a CNAME alone is the CDN's matter. */
    if (dns->type != DNS_TYPE_A || answer_has(dns, false))
        return RESULT_SKIPPED;
    return RESULT_EMPTY;
}

static bool addresses_add(struct result_address **list, size_t *count, size_t *capacity,
                          const struct result_address *one)
{
    struct result_address *grown = array_grow(*list, *count, capacity, sizeof **list);
    if (grown == NULL)
        return false;
    *list = grown;
    grown[(*count)++] = *one;
    return true;
}

/* Keeps what the repair of NAT64 answers, and the rules about flows, ask for. */
static bool take_addresses(struct results *results, const struct fact_dns *dns, bool hijacked)
{
    bool ok = true;
    struct result_address one = {.client = dns->client.address, .name_hash = name_hash(dns->name)};
    for (size_t i = 0; i < dns->record_count && ok; i++) {
        one.address = dns->records[i].address;
        if (dns->records[i].section != DNS_ANSWER || address_is_none(&one.address))
            continue;
        if (hijacked)
            ok = addresses_add(&results->hijacked, &results->hijacked_count,
                               &results->hijacked_capacity, &one);
        if (ok && dns->records[i].type == DNS_TYPE_A)
            ok = addresses_add(&results->ipv4, &results->ipv4_count, &results->ipv4_capacity, &one);
    }
    return ok;
}

static bool answer_is_readable(const struct fact_dns *dns)
{
    return dns->answered && !dns->malformed && !dns->truncated && dns->rcode == 0 &&
           (dns->type == DNS_TYPE_A || dns->type == DNS_TYPE_AAAA);
}

static bool take_dns(void *owner, const struct fact *fact)
{
    struct results *results = owner;
    const struct fact_dns *dns = &fact->as.dns;
    /* DNS-SD and service names are asked on speculation (RFC 6763); of two answers the
     * client has taken the first. */
    if (dns->earlier != 0 || dns->name == NULL || dns->name[0] == '_' ||
        strstr(dns->name, "._") != NULL)
        return true;
    enum result_kind kind = result_kind_of(dns, catalog_courier_name(dns->name));
    enum answer_fault fault = ANSWER_CREDIBLE;
    struct address address = {{0}};
    if (answer_is_readable(dns))
        fault =
            answer_judge(results->builder->ledger->networks, dns, answer_has_chain(dns), &address);
    if (fault != ANSWER_CREDIBLE)
        kind = RESULT_HIJACKED;
    if (kind == RESULT_SKIPPED)
        return true;
    if (answer_is_readable(dns) && !take_addresses(results, dns, kind == RESULT_HIJACKED)) {
        results->memory_out = true;
        return false;
    }
    struct result *list =
        array_grow(results->list, results->count, &results->capacity, sizeof *list);
    if (list == NULL) {
        results->memory_out = true;
        return false;
    }
    results->list = list;
    const struct dns_record *soa = negative_authority(dns);
    list[results->count++] = (struct result){
        .client = dns->client.address,
        .resolver = dns->resolver.address,
        .name_hash = name_hash(dns->name),
        .name = kind > RESULT_GENUINE_NEGATIVE || kind == RESULT_HIJACKED
                    ? arena_copy(&results->builder->diagnosis->arena, dns->name)
                    : NULL,
        .kind = kind,
        .type = dns->type,
        .rcode = dns->rcode,
        .fault = fault,
        .address = address,
        .foreign_soa = soa != NULL && !authority_is_genuine(dns, soa),
        .queries = dns->queries,
        .time = dns->query_time != TIMESTAMP_NONE ? dns->query_time : dns->answer_time,
        .last_time = dns->answered ? dns->answer_time : dns->last_query_time,
        .packet = dns->query_packet,
        .answer_packet = dns->answered ? dns->answer_packet : dns->last_query_packet,
        .answer_time = dns->answered ? dns->answer_time : dns->last_query_time,
    };
    return true;
}

static bool take_resolver(void *owner, const struct fact *fact)
{
    struct results *results = owner;
    struct fact_resolver *list = array_grow(results->resolvers, results->resolver_count,
                                            &results->resolver_capacity, sizeof *list);
    if (list == NULL) {
        results->memory_out = true;
        return false;
    }
    results->resolvers = list;
    list[results->resolver_count++] = fact->as.resolver;
    return true;
}

static int compare_results(const void *left, const void *right)
{
    const struct result *one = left;
    const struct result *two = right;
    int order = address_compare(&one->client, &two->client);
    if (order != 0)
        return order;
    if (one->name_hash != two->name_hash)
        return one->name_hash < two->name_hash ? -1 : 1;
    order = address_compare(&one->resolver, &two->resolver);
    if (order != 0)
        return order;
    if (one->time != two->time)
        return one->time < two->time ? -1 : 1;
    if (one->type != two->type)
        return one->type < two->type ? -1 : 1;
    return one->packet < two->packet ? -1 : one->packet > two->packet;
}

static int compare_resolvers(const void *left, const void *right)
{
    const struct fact_resolver *one = left;
    const struct fact_resolver *two = right;
    int order = address_compare(&one->client, &two->client);
    return order != 0 ? order : address_compare(&one->resolver, &two->resolver);
}

/* Several runs may hold the same client and resolver: one entry for each. */
static void resolvers_merge(struct results *results)
{
    struct fact_resolver *list = results->resolvers;
    if (results->resolver_count == 0)
        return;
    qsort(list, results->resolver_count, sizeof *list, compare_resolvers);
    size_t kept = 1;
    for (size_t i = 1; i < results->resolver_count; i++) {
        struct fact_resolver *last = &list[kept - 1];
        if (compare_resolvers(last, &list[i]) != 0) {
            list[kept++] = list[i];
            continue;
        }
        last->queries += list[i].queries;
        last->answered += list[i].answered;
        last->retransmitted += list[i].retransmitted;
        if (list[i].last_time > last->last_time)
            last->last_time = list[i].last_time;
        if (list[i].last_answer_time > last->last_answer_time)
            last->last_answer_time = list[i].last_answer_time;
        if (list[i].first_time < last->first_time)
            last->first_time = list[i].first_time;
    }
    results->resolver_count = kept;
}

static int compare_addresses(const void *left, const void *right)
{
    const struct result_address *one = left;
    const struct result_address *two = right;
    if (one->name_hash != two->name_hash)
        return one->name_hash < two->name_hash ? -1 : 1;
    return address_compare(&one->address, &two->address);
}

/* RFC 6147: an IPv6 address that carries an IPv4 address of the same name is the work
 * of DNS64, whatever the prefix. */
static bool is_synthesized(const struct results *results, uint64_t hash,
                           const struct address *address)
{
    struct address embedded[ANSWER_EMBEDDED_LIMIT];
    size_t count = answer_embedded(address, embedded);
    for (size_t i = 0; i < count && results->ipv4_count > 0; i++) {
        struct result_address key = {.name_hash = hash, .address = embedded[i]};
        if (!address_is_unspecified(&key.address) &&
            bsearch(&key, results->ipv4, results->ipv4_count, sizeof key, compare_addresses) !=
                NULL)
            return true;
    }
    return false;
}

static void hijacked_repair(struct results *results)
{
    if (results->hijacked_count == 0 && results->ipv4_count == 0)
        return;
    if (results->ipv4_count > 0)
        qsort(results->ipv4, results->ipv4_count, sizeof *results->ipv4, compare_addresses);
    for (size_t i = 0; i < results->count; i++) {
        struct result *one = &results->list[i];
        if (one->kind == RESULT_HIJACKED && is_synthesized(results, one->name_hash, &one->address))
            one->kind = RESULT_OK;
    }
    size_t kept = 0;
    for (size_t i = 0; i < results->hijacked_count; i++) {
        const struct result_address *one = &results->hijacked[i];
        if (!is_synthesized(results, one->name_hash, &one->address))
            results->hijacked[kept++] = *one;
    }
    results->hijacked_count = kept;
}

bool name_results_load(struct results *results)
{
    struct builder *builder = results->builder;
    struct ledger *ledger = builder->ledger;
    bool ok = facts_read(ledger->store, FACT_DNS, ledger->selection, take_dns, results,
                         builder->problem) &&
              facts_read(ledger->store, FACT_RESOLVER, ledger->selection, take_resolver, results,
                         builder->problem);
    if (results->memory_out)
        return problem_set(builder->problem, "memory is out while the DNS facts are read; "
                                             "limit the report with --since or --device");
    if (results->count > 0)
        qsort(results->list, results->count, sizeof *results->list, compare_results);
    resolvers_merge(results);
    hijacked_repair(results);
    return ok;
}

bool name_results_client_answered(const struct results *results, const struct address *client,
                                  const struct address *except)
{
    size_t low = 0;
    size_t high = results->resolver_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (address_compare(&results->resolvers[middle].client, client) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < results->resolver_count; low++) {
        const struct fact_resolver *row = &results->resolvers[low];
        if (!address_equal(&row->client, client))
            break;
        if (row->answered > 0 && !address_equal(&row->resolver, except))
            return true;
    }
    return false;
}

const struct result *name_results_first(const struct results *results, const struct address *client,
                                        uint64_t name_hash)
{
    size_t low = 0;
    size_t high = results->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct result *one = &results->list[middle];
        int order = address_compare(&one->client, client);
        if (order < 0 || (order == 0 && one->name_hash < name_hash))
            low = middle + 1;
        else
            high = middle;
    }
    const struct result *first = results->list + low;
    return low < results->count && first->name_hash == name_hash &&
                   address_equal(&first->client, client)
               ? first
               : NULL;
}

bool name_results_served(const struct results *results, const struct address *client,
                         uint64_t name_hash)
{
    const struct result *one = name_results_first(results, client, name_hash);
    const struct result *end = results->list + results->count;
    for (; one != NULL && one < end; one++) {
        if (!address_equal(&one->client, client) || one->name_hash != name_hash)
            break;
        if (one->kind == RESULT_OK)
            return true;
    }
    return false;
}

const struct fact_resolver *name_results_resolver(const struct results *results,
                                                  const struct address *client,
                                                  const struct address *resolver)
{
    struct fact_resolver key = {.client = *client, .resolver = *resolver};
    if (results->resolver_count == 0)
        return NULL;
    return bsearch(&key, results->resolvers, results->resolver_count, sizeof key,
                   compare_resolvers);
}

void name_results_release(struct results *results)
{
    free(results->list);
    free(results->hijacked);
    free(results->ipv4);
    free(results->resolvers);
}
