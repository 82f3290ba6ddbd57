/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did each client get for each name, from each resolver?  DNS facts are read
 * once, sorted, and put together; answers that turn out to be right (DNS64) or to be
 * somebody else's (two answers to one question) are found on the way.
 */
#include "diagnosis/name_results.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "diagnosis/name_order.h"

#define SENDERS_ANSWERS 2 /* right ones, before their TTL is taken for the sender's */
#define TTL_APART 2 /* routers: one sender's packets may take ways that differ by one */

static uint64_t name_hash(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return hash;
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

/* The same addresses of the same names come again and again, and need no second place.
 * Those of other names may take theirs in the table, and then they come twice. */
static bool is_repeated(struct results *results, const struct result_address *one)
{
    uint64_t word;
    memcpy(&word, one->address.octets + 8, sizeof word); /* IPv4 lies there */
    uint64_t mixed = (word ^ one->name_hash) * UINT64_C(0x9e3779b97f4a7c15);
    struct result_address *known = &results->known_ipv4[(mixed >> 32) % KNOWN_ADDRESSES];
    if (known->name_hash == one->name_hash && address_equal(&known->address, &one->address))
        return true;
    *known = *one;
    return false;
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
        if (ok && dns->records[i].type == DNS_TYPE_A && !is_repeated(results, &one))
            ok = addresses_add(&results->ipv4, &results->ipv4_count, &results->ipv4_capacity, &one);
    }
    return ok;
}

static bool answer_is_readable(const struct fact_dns *dns)
{
    return dns->answered && !dns->malformed && !dns->truncated && dns->rcode == 0 &&
           (dns->type == DNS_TYPE_A || dns->type == DNS_TYPE_AAAA);
}

static struct address first_address(const struct fact_dns *dns)
{
    struct address none = {{0}};
    for (size_t i = 0; i < dns->record_count; i++)
        if (dns->records[i].section == DNS_ANSWER && !address_is_none(&dns->records[i].address))
            return dns->records[i].address;
    return none;
}

static struct result result_of(struct results *results, const struct fact_dns *dns)
{
    const struct networks *networks = &results->networks;
    struct arena *arena = &results->arena;
    enum result_kind kind = answer_kind(dns);
    enum answer_fault fault = ANSWER_CREDIBLE;
    struct address address = {{0}};
    bool readable = answer_is_readable(dns);
    bool chain = readable && answer_has_chain(dns);
    if (readable)
        fault = answer_judge(networks, dns, chain, &address);
    if (fault != ANSWER_CREDIBLE)
        kind = RESULT_HIJACKED;
    bool home = readable && answer_leads_home(networks, dns, chain);
    /* Names are kept where something may have to be said of them. */
    bool named = kind > RESULT_GENUINE_NEGATIVE || kind == RESULT_HIJACKED ||
                 kind == RESULT_TRUNCATED || (kind == RESULT_OK && !home);
    const char *policy = answer_policy(dns);
    return (struct result){
        .id = dns->id,
        .client = dns->client.address,
        .resolver = dns->resolver.address,
        .name_hash = name_hash(dns->name),
        .name = named && kind != RESULT_SKIPPED ? arena_copy(arena, dns->name) : NULL,
        .kind = kind,
        .type = dns->type,
        .fault = fault,
        .address = fault != ANSWER_CREDIBLE ? address : first_address(dns),
        .leads_home = home,
        .answer_ttl = dns->answer_ttl,
        .policy = policy,
        .policy_text = policy != NULL && dns->extended_text != NULL
                           ? arena_copy(arena, dns->extended_text)
                           : NULL,
        .foreign_soa = answer_has_foreign_authority(dns),
        .queries = dns->queries,
        .time = dns->query_time != TIMESTAMP_NONE ? dns->query_time : dns->answer_time,
        .last_time = dns->answered ? dns->answer_time : dns->last_query_time,
        .packet = dns->query_packet,
        .answer_packet = dns->answered ? dns->answer_packet : dns->last_query_packet,
    };
}

static bool results_add(struct result **list, size_t *count, size_t *capacity,
                        const struct result *one)
{
    struct result *grown = array_grow(*list, *count, capacity, sizeof **list);
    if (grown == NULL)
        return false;
    *list = grown;
    grown[(*count)++] = *one;
    return true;
}

/* Of two answers the client has taken the first; the second shows who sent it. */
static bool take_second(struct results *results, const struct fact_dns *dns)
{
    struct result one = result_of(results, dns);
    bool good = one.kind == RESULT_OK && one.leads_home;
    one.id = dns->earlier;
    return (!good && one.kind != RESULT_UNREADABLE && one.kind != RESULT_TRUNCATED) ||
           results_add(&results->seconds, &results->second_count, &results->second_capacity, &one);
}

static bool take_first(struct results *results, const struct fact_dns *dns)
{
    struct result one = result_of(results, dns);
    if (one.kind == RESULT_SKIPPED)
        return true;
    return (!answer_is_readable(dns) ||
            take_addresses(results, dns, one.kind == RESULT_HIJACKED)) &&
           results_add(&results->list, &results->count, &results->capacity, &one);
}

static bool take_dns(void *owner, const struct fact *fact)
{
    struct results *results = owner;
    const struct fact_dns *dns = &fact->as.dns;
    /* DNS-SD and service names are asked on speculation (RFC 6763). */
    if (dns->name == NULL || dns->name[0] == '_' || strstr(dns->name, "._") != NULL)
        return true;
    results->memory_out =
        !(dns->earlier != 0 ? take_second(results, dns) : take_first(results, dns));
    return !results->memory_out;
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
        last->no_errors += list[i].no_errors;
        last->name_errors += list[i].name_errors;
        last->server_failures += list[i].server_failures;
        last->refusals += list[i].refusals;
        last->other_errors += list[i].other_errors;
        if (list[i].last_time > last->last_time)
            last->last_time = list[i].last_time;
        if (list[i].last_answer_time > last->last_answer_time)
            last->last_answer_time = list[i].last_answer_time;
        if (list[i].first_time < last->first_time)
            last->first_time = list[i].first_time;
    }
    results->resolver_count = kept;
}

static int compare_servers(const void *left, const void *right)
{
    return address_compare(left, right);
}

/* Who answers questions, whoever asks. */
static bool servers_index(struct results *results)
{
    results->servers = calloc(results->resolver_count + 1, sizeof *results->servers);
    if (results->servers == NULL)
        return false;
    for (size_t i = 0; i < results->resolver_count; i++)
        if (results->resolvers[i].answered > 0)
            results->servers[results->server_count++] = results->resolvers[i].resolver;
    qsort(results->servers, results->server_count, sizeof *results->servers, compare_servers);
    return true;
}

bool name_results_is_resolver(const struct results *results, const struct address *address)
{
    return bsearch(address, results->servers, results->server_count, sizeof *address,
                   compare_servers) != NULL;
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

static int compare_seconds(const void *left, const void *right)
{
    const struct result *one = left;
    const struct result *two = right;
    if (one->id != two->id)
        return one->id < two->id ? -1 : 1;
    if (one->kind != two->kind) /* good ones first */
        return one->kind < two->kind ? -1 : 1;
    return one->last_time < two->last_time ? -1 : one->last_time > two->last_time;
}

static int compare_to_identity(const void *result, const void *identity)
{
    uint64_t one = ((const struct result *)result)->id;
    uint64_t two = *(const uint64_t *)identity;
    return one < two ? -1 : one > two;
}

static const struct result *second_of(const struct results *results, uint64_t id)
{
    size_t low = array_first(results->seconds, results->second_count, sizeof *results->seconds,
                             compare_to_identity, &id);
    return low < results->second_count && results->seconds[low].id == id ? &results->seconds[low]
                                                                         : NULL;
}

/* One question was sent once, and answered twice: wrongly, then rightly.  The sender of
 * the first is another one where its packet came from another distance; a resolver
 * itself gives an error and then its answer when it is asked again, which the capture
 * may lack. */
static enum result_kind kind_beside(const struct result *first, const struct result *second)
{
    int apart = first->answer_ttl - second->answer_ttl;
    bool foreign = apart >= TTL_APART || apart <= -TTL_APART;
    if (second->kind != RESULT_OK) /* it may have been the good answer */
        return first->kind > RESULT_GENUINE_NEGATIVE || first->kind == RESULT_HIJACKED
                   ? RESULT_UNREADABLE
                   : first->kind;
    switch (first->kind) {
    case RESULT_HIJACKED:
    case RESULT_NXDOMAIN:
    case RESULT_EMPTY:
        return RESULT_FORGED;
    case RESULT_OK:
        return foreign && !first->leads_home ? RESULT_FORGED : RESULT_OK;
    case RESULT_SERVFAIL:
    case RESULT_REFUSED:
    case RESULT_ERROR:
    case RESULT_ADDRESS_MISSING:
        return foreign ? RESULT_FORGED : RESULT_UNREADABLE;
    case RESULT_UNREADABLE:
    case RESULT_TRUNCATED:
    case RESULT_FORGED:
    case RESULT_GENUINE_NEGATIVE:
    case RESULT_UNANSWERED:
    case RESULT_SKIPPED:
        break;
    }
    return first->kind;
}

static bool forgeries_find(struct results *results)
{
    bool ok = true;
    if (results->second_count == 0)
        return true;
    qsort(results->seconds, results->second_count, sizeof *results->seconds, compare_seconds);
    for (size_t i = 0; i < results->count && ok; i++) {
        struct result *one = &results->list[i];
        const struct result *second = second_of(results, one->id);
        enum result_kind kind = second != NULL ? kind_beside(one, second) : one->kind;
        if (kind != RESULT_FORGED) {
            one->kind = kind;
            continue;
        }
        one->forged_kind = one->kind;
        one->kind = kind;
        one->later = second;
        struct result_address address = {one->client, one->name_hash, one->address};
        if (one->forged_kind == RESULT_OK)
            ok = addresses_add(&results->hijacked, &results->hijacked_count,
                               &results->hijacked_capacity, &address);
    }
    return ok;
}

/* The first failure that came as an answer, or else the first one. */
static bool failure_says_more(const struct result *one, const struct result *known)
{
    return one->kind > RESULT_GENUINE_NEGATIVE &&
           (known == NULL || (known->kind == RESULT_UNANSWERED && one->kind != RESULT_UNANSWERED));
}

static bool group_continues(const struct name_group *group, const struct result *one)
{
    return one->name_hash == group->first->name_hash &&
           address_equal(&one->client, &group->first->client) &&
           address_equal(&one->resolver, &group->first->resolver);
}

static bool groups_make(struct results *results)
{
    results->groups = calloc(results->count + 1, sizeof *results->groups);
    if (results->groups == NULL)
        return false;
    struct name_group *group = NULL;
    for (size_t i = 0; i < results->count; i++) {
        const struct result *one = &results->list[i];
        if (group == NULL || !group_continues(group, one)) {
            group = &results->groups[results->group_count++];
            group->first = one;
        }
        group->count++;
        if (failure_says_more(one, group->failure))
            group->failure = one;
    }
    return true;
}

static bool good_index(struct results *results)
{
    results->good = malloc((results->count + 1) * sizeof *results->good);
    if (results->good == NULL)
        return false;
    results->good_count = name_order_good(results->list, results->count, results->good);
    return true;
}

static int compare_good(const void *good, const void *key)
{
    return name_order_compare_good(*(const struct result *const *)good, key);
}

/* The first right answer of that resolver to that client from that time on. */
static size_t good_place(const struct results *results, const struct result *key)
{
    return array_first(results->good, results->good_count, sizeof *results->good, compare_good,
                       key);
}

static bool is_of_pair(const struct result *one, const struct result *key)
{
    return address_equal(&one->client, &key->client) &&
           address_equal(&one->resolver, &key->resolver);
}

bool name_results_good_between(const struct results *results, const struct address *client,
                               const struct address *resolver, int64_t first, int64_t last)
{
    const struct result key = {.client = *client, .resolver = *resolver, .time = first};
    size_t at = good_place(results, &key);
    return at < results->good_count && results->good[at]->time <= last &&
           is_of_pair(results->good[at], &key);
}

bool name_results_sent_from_elsewhere(const struct results *results, const struct result *one)
{
    const struct result key = {
        .client = one->client, .resolver = one->resolver, .time = TIMESTAMP_NONE};
    size_t others = 0;
    for (size_t at = good_place(results, &key);
         at < results->good_count && is_of_pair(results->good[at], &key); at++) {
        int apart = results->good[at]->answer_ttl - one->answer_ttl;
        if (results->good[at]->answer_ttl == 0)
            continue;
        if (apart > -TTL_APART && apart < TTL_APART)
            return false;
        others++;
    }
    return one->answer_ttl != 0 && others >= SENDERS_ANSWERS;
}

/* Before they are merged. */
static bool rows_keep(struct results *results)
{
    size_t size = results->resolver_count * sizeof *results->resolvers;
    results->resolver_rows = malloc(size + 1);
    if (results->resolver_rows == NULL)
        return false;
    if (size > 0)
        memcpy(results->resolver_rows, results->resolvers, size);
    results->resolver_row_count = results->resolver_count;
    return true;
}

void name_results_each_resolver(const struct results *results, fact_taker *take, void *owner)
{
    struct fact fact = {.kind = FACT_RESOLVER};
    for (size_t i = 0; i < results->resolver_row_count; i++) {
        fact.as.resolver = results->resolver_rows[i];
        if (!take(owner, &fact))
            return;
    }
}

static bool results_read(struct results *results)
{
    struct known_owner known[KNOWN_OWNERS] = {0};
    struct result_address known_ipv4[KNOWN_ADDRESSES] = {0};
    results->networks = *results->builder->ledger->networks;
    results->networks.known = known;
    results->known_ipv4 = known_ipv4;
    const struct fact_selection *selection = results->builder->ledger->selection;
    struct problem *problem = &results->problem;
    bool ok = facts_read_share(results->store, SHARE_DNS_IN_SHORT, selection, take_dns, results,
                               problem) &&
              facts_read(results->store, FACT_RESOLVER, selection, take_resolver, results, problem);
    if (results->memory_out || !rows_keep(results))
        return problem_set(problem, "memory is out while the DNS facts are read; "
                                    "limit the report with --since or --device");
    resolvers_merge(results);
    hijacked_repair(results);
    if (!ok || !name_order(results->list, results->count) || !servers_index(results) ||
        !forgeries_find(results) || !groups_make(results) || !good_index(results))
        return ok && problem_set(problem, "memory is out; limit the report with --since "
                                          "or --device");
    return true;
}

static void *read_in_thread(void *owner)
{
    struct results *results = owner;
    results->read = results_read(results);
    return NULL;
}

void name_results_begin(struct results *results)
{
    results->store = store_beside(results->builder->ledger->store);
    if (results->store == NULL)
        return;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* signals are for who began it */
    results->in_thread = pthread_create(&results->thread, NULL, read_in_thread, results) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void wait_for_thread(struct results *results)
{
    if (results->in_thread)
        pthread_join(results->thread, NULL);
    results->in_thread = false;
}

bool name_results_load(struct results *results)
{
    struct builder *builder = results->builder;
    if (results->in_thread) {
        wait_for_thread(results);
    } else {
        results->store = builder->ledger->store;
        results->read = results_read(results);
    }
    arena_adopt(&builder->diagnosis->arena, &results->arena);
    return results->read || problem_set(builder->problem, "%s", results->problem.text);
}

void name_results_release(struct results *results)
{
    wait_for_thread(results);
    arena_release(&results->arena);
    free(results->list);
    free(results->seconds);
    free(results->groups);
    free(results->good);
    free(results->servers);
    free(results->hijacked);
    free(results->ipv4);
    free(results->resolver_rows);
    free(results->resolvers);
}
