/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rows did each client reach, which names were answered, which resolvers
 * answer?  The ledger and the stored lookups come in; sorted lists go out.
 */
#include "diagnosis/proofs.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "diagnosis/answers.h"

struct gathering {
    struct builder *builder;
    const char **names;
    size_t name_count, name_capacity;
    struct address *resolvers;
    size_t resolver_count, resolver_capacity;
    bool memory_out;
};

static int compare_reached(const void *left, const void *right)
{
    const struct reached *one = left;
    const struct reached *two = right;
    return address_compare(&one->client, &two->client);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int compare_addresses(const void *left, const void *right)
{
    return address_compare(left, right);
}

static bool tally_is_proof(const struct ledger *ledger, const struct tally *tally)
{
    return !address_is_none(&tally->client) && address_is_none(&tally->server) &&
           tally->row < catalog_count(ledger->catalog) && tally->counts[ATTEMPT_SUCCESS] > 0;
}

static bool gather_reached(struct builder *builder, struct proofs *proofs)
{
    const struct ledger *ledger = builder->ledger;
    size_t count = 0;
    for (size_t i = 0; i < ledger->tallies.count; i++)
        count += tally_is_proof(ledger, &ledger->tallies.list[i]);
    proofs->reached =
        arena_allocate(&builder->diagnosis->arena, (count + 1) * sizeof *proofs->reached);
    if (proofs->reached == NULL)
        return false;
    for (size_t i = 0; i < ledger->tallies.count; i++) {
        const struct tally *tally = &ledger->tallies.list[i];
        if (!tally_is_proof(ledger, tally))
            continue;
        const struct service *service = catalog_service(ledger->catalog, tally->row);
        struct reached *reached = &proofs->reached[proofs->reached_count++];
        reached->client = tally->client;
        reached->host = service->host;
        reached->port = service->port;
        reached->transport = service->transport;
    }
    qsort(proofs->reached, proofs->reached_count, sizeof *proofs->reached, compare_reached);
    return true;
}

/* The placeholder leads to a name without an address, by design: its CNAME is all. */
static bool is_answered_well(const struct fact_dns *dns)
{
    enum result_kind kind = answer_kind(dns);
    return kind == RESULT_OK || (kind == RESULT_ADDRESS_MISSING && answer_has_chain(dns) &&
                                 catalog_courier_name(dns->name) == COURIER_PLACEHOLDER);
}

static bool take_lookup(void *owner, const struct fact *fact)
{
    struct gathering *gathering = owner;
    const struct fact_dns *dns = &fact->as.dns;
    if (dns->name == NULL || !dns->answered || !is_answered_well(dns) ||
        !catalog_knows_name(gathering->builder->ledger->catalog, dns->name))
        return true;
    const char **names = array_grow(gathering->names, gathering->name_count,
                                    &gathering->name_capacity, sizeof *names);
    gathering->memory_out = names == NULL;
    if (names == NULL)
        return false;
    gathering->names = names;
    names[gathering->name_count++] = arena_copy(&gathering->builder->diagnosis->arena, dns->name);
    return true;
}

static bool take_resolver(void *owner, const struct fact *fact)
{
    struct gathering *gathering = owner;
    if (fact->as.resolver.answered == 0)
        return true;
    struct address *list = array_grow(gathering->resolvers, gathering->resolver_count,
                                      &gathering->resolver_capacity, sizeof *list);
    gathering->memory_out = list == NULL;
    if (list == NULL)
        return false;
    gathering->resolvers = list;
    list[gathering->resolver_count++] = fact->as.resolver.resolver;
    return true;
}

/* A sorted copy in the arena, each once. */
static void *keep_sorted(struct arena *arena, void *list, size_t *count, size_t size,
                         int (*compare)(const void *, const void *))
{
    char *kept = arena_allocate(arena, (*count + 1) * size);
    size_t unique = 0;
    if (kept == NULL || *count == 0)
        return kept;
    qsort(list, *count, size, compare);
    for (size_t i = 0; i < *count; i++) {
        const char *element = (const char *)list + i * size;
        if (unique == 0 || compare(kept + (unique - 1) * size, element) != 0)
            memcpy(kept + unique++ * size, element, size);
    }
    *count = unique;
    return kept;
}

bool proofs_gather(struct builder *builder)
{
    struct ledger *ledger = builder->ledger;
    struct arena *arena = &builder->diagnosis->arena;
    struct gathering gathering = {.builder = builder};
    struct proofs *proofs = arena_allocate(arena, sizeof *proofs);
    bool ok = proofs != NULL && gather_reached(builder, proofs);
    gathering.memory_out = !ok;
    ok = ok && facts_read(ledger->store, FACT_DNS, ledger->selection, take_lookup, &gathering,
                          builder->problem);
    ok = ok && !gathering.memory_out &&
         facts_read(ledger->store, FACT_RESOLVER, ledger->selection, take_resolver, &gathering,
                    builder->problem);
    if (ok && !arena->failed) {
        proofs->names = keep_sorted(arena, gathering.names, &gathering.name_count,
                                    sizeof *gathering.names, compare_names);
        proofs->name_count = gathering.name_count;
        proofs->resolvers = keep_sorted(arena, gathering.resolvers, &gathering.resolver_count,
                                        sizeof *gathering.resolvers, compare_addresses);
        proofs->resolver_count = gathering.resolver_count;
        builder->diagnosis->proofs = proofs;
    }
    free(gathering.names);
    free(gathering.resolvers);
    if (gathering.memory_out || arena->failed)
        return problem_set(builder->problem, "memory is out; limit the comparison with --device");
    return ok;
}

static int compare_reached_to_client(const void *reached, const void *client)
{
    return address_compare(&((const struct reached *)reached)->client, client);
}

bool proofs_reached(const struct proofs *proofs, const struct address *client,
                    const struct finding *finding)
{
    size_t from = array_first(proofs->reached, proofs->reached_count, sizeof *proofs->reached,
                              compare_reached_to_client, client);
    for (; from < proofs->reached_count && address_equal(&proofs->reached[from].client, client);
         from++) {
        const struct reached *reached = &proofs->reached[from];
        if (strcmp(reached->host, finding->host) == 0 &&
            (finding->port <= 0 || reached->port == 0 || reached->port == finding->port) &&
            (finding->transport == 0 || reached->transport == 0 ||
             reached->transport == finding->transport))
            return true;
    }
    return false;
}

bool proofs_answered(const struct proofs *proofs, const char *name)
{
    return proofs->name_count > 0 && bsearch(&name, proofs->names, proofs->name_count,
                                             sizeof *proofs->names, compare_names) != NULL;
}

bool proofs_resolver(const struct proofs *proofs, const struct address *resolver)
{
    return proofs->resolver_count > 0 &&
           bsearch(resolver, proofs->resolvers, proofs->resolver_count, sizeof *proofs->resolvers,
                   compare_addresses) != NULL;
}
