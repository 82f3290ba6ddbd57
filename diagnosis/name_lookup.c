/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did this client get for that name, and from whom?  Looked up in the sorted
 * results of diagnosis/name_results.c.
 */
#include <stdlib.h>

#include "base/array.h"
#include "diagnosis/devices.h"
#include "diagnosis/name_results.h"

#define STUB_SERVERS 5 /* that answer a device; what resolves by itself asks more */

/* Groups lie in the order of their first results, which are all in one array. */
static int compare_group_to_result(const void *group, const void *result)
{
    const struct result *first = ((const struct name_group *)group)->first;
    return first < (const struct result *)result ? -1 : first > (const struct result *)result;
}

struct name_group *name_results_groups(const struct results *results, const struct address *client,
                                       uint64_t name_hash, size_t *left)
{
    const struct result *first = name_results_first(results, client, name_hash);
    size_t low = first == NULL
                     ? 0
                     : array_first(results->groups, results->group_count, sizeof *results->groups,
                                   compare_group_to_result, first);
    *left = 0;
    while (first != NULL && low + *left < results->group_count &&
           results->groups[low + *left].first->name_hash == name_hash &&
           address_equal(&results->groups[low + *left].first->client, client))
        ++*left;
    return &results->groups[low];
}

static int compare_resolver_to_client(const void *resolver, const void *client)
{
    return address_compare(&((const struct fact_resolver *)resolver)->client, client);
}

/* How many servers other than `except` (NULL: none) answered that client? */
static size_t answerers_of(const struct results *results, const struct address *client,
                           const struct address *except)
{
    size_t count = 0;
    size_t low = array_first(results->resolvers, results->resolver_count,
                             sizeof *results->resolvers, compare_resolver_to_client, client);
    for (; low < results->resolver_count && count <= STUB_SERVERS; low++) {
        const struct fact_resolver *row = &results->resolvers[low];
        if (!address_equal(&row->client, client))
            break;
        count += row->answered > 0 && (except == NULL || !address_equal(&row->resolver, except));
    }
    return count;
}

bool name_results_client_answered(const struct results *results, const struct address *client,
                                  const struct address *except)
{
    return answerers_of(results, client, except) > 0;
}

bool name_results_device_answered(const struct results *results, const struct address *client,
                                  const struct address *except)
{
    size_t count;
    const struct mac_owner *same = devices_same(results->builder->ledger, client, &count);
    bool answered = answerers_of(results, client, except) > 0;
    for (size_t i = 0; i < count && !answered; i++)
        answered = answerers_of(results, &same[i].address, except) > 0;
    return answered;
}

bool name_results_resolves(const struct results *results, const struct address *client)
{
    size_t count;
    const struct mac_owner *same = devices_same(results->builder->ledger, client, &count);
    bool resolves = name_results_is_resolver(results, client);
    for (size_t i = 0; i < count && !resolves; i++)
        resolves = name_results_is_resolver(results, &same[i].address);
    return resolves || answerers_of(results, client, NULL) > STUB_SERVERS;
}

static int compare_names(const void *result, const void *key)
{
    const struct result *one = result;
    const struct result *two = key;
    int order = address_compare(&one->client, &two->client);
    return order != 0 ? order
                      : (one->name_hash > two->name_hash) - (one->name_hash < two->name_hash);
}

const struct result *name_results_first(const struct results *results, const struct address *client,
                                        uint64_t name_hash)
{
    const struct result key = {.client = *client, .name_hash = name_hash};
    size_t low = array_first(results->list, results->count, sizeof key, compare_names, &key);
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

static int compare_resolvers(const void *left, const void *right)
{
    const struct fact_resolver *one = left;
    const struct fact_resolver *two = right;
    int order = address_compare(&one->client, &two->client);
    return order != 0 ? order : address_compare(&one->resolver, &two->resolver);
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
