/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where does the path break?  Findings with their culprits come in, and the resolvers
 * and proxies that devices used; each finding is put at one place of the path, and each
 * place gets its addresses, those that are blamed before the others.
 */
#include "diagnosis/path.h"

#include <stdlib.h>
#include <string.h>

#include "diagnosis/name_results.h"

#define RESOLVER_LIMIT 64u

struct resolver_use {
    struct address address;
    uint64_t queries;
};

struct resolver_walk {
    struct resolver_use list[RESOLVER_LIMIT];
    size_t count;
};

void path_note_flow(struct ledger *ledger, const struct fact_flow *flow)
{
    if (flow->tunnel_port == 0)
        return;
    for (size_t i = 0; i < ledger->proxy_count; i++)
        if (address_equal(&ledger->proxies[i], &flow->server.address))
            return;
    if (ledger->proxy_count < LEDGER_PROXY_LIMIT)
        ledger->proxies[ledger->proxy_count++] = flow->server.address;
}

static bool begins_with(const char *kind, const char *prefix)
{
    return strncmp(kind, prefix, strlen(prefix)) == 0;
}

/* Where nobody is blamed, the kind says what does not work. */
static enum path_place place_by_kind(const struct finding *finding)
{
    if (begins_with(finding->kind, "dns-") || begins_with(finding->kind, "cname-"))
        return PATH_RESOLVER;
    if (begins_with(finding->kind, "proxy-"))
        return PATH_PROXY;
    if (strcmp(finding->kind, "legacy-port") == 0)
        return PATH_DEVICE;
    return PATH_NETWORK;
}

static enum path_place place_of(const struct finding *finding)
{
    enum culprit_role role = finding->culprit != NULL ? finding->culprit->role : CULPRIT_UNKNOWN;
    switch (role) {
    case CULPRIT_FIREWALL:
    case CULPRIT_NETWORK:
        return PATH_NETWORK;
    case CULPRIT_RESOLVER:
        return PATH_RESOLVER;
    case CULPRIT_PROXY:
        return PATH_PROXY;
    case CULPRIT_DEVICE:
        return PATH_DEVICE;
    case CULPRIT_SERVER:
        return strcmp(finding->kind, "proxy-autoconfig") == 0 ? PATH_PROXY : PATH_APPLE;
    case CULPRIT_UNKNOWN:
        break;
    }
    return place_by_kind(finding);
}

static void node_add_address(struct path_node *node, const struct address *address)
{
    for (size_t i = 0; i < node->address_count; i++)
        if (address_equal(&node->addresses[i], address))
            return;
    if (node->address_count < PATH_ADDRESS_LIMIT)
        node->addresses[node->address_count++] = *address;
    else
        node->addresses_left_out++;
}

static void node_add_finding(struct diagnosis *diagnosis, struct path_node *node,
                             const struct finding *finding)
{
    if (node->findings == NULL)
        node->findings =
            arena_allocate(&diagnosis->arena, diagnosis->finding_count * sizeof *node->findings);
    if (node->findings == NULL)
        return;
    node->findings[node->finding_count++] = finding->id;
    if (finding->severity > node->worst)
        node->worst = finding->severity;
}

static bool take_resolver(void *owner, const struct fact *fact)
{
    struct resolver_walk *walk = owner;
    const struct fact_resolver *resolver = &fact->as.resolver;
    size_t at = 0;
    while (at < walk->count && !address_equal(&walk->list[at].address, &resolver->resolver))
        at++;
    if (resolver->apple_queries == 0 || at == RESOLVER_LIMIT)
        return true;
    if (at == walk->count)
        walk->list[walk->count++].address = resolver->resolver;
    walk->list[at].queries += resolver->apple_queries;
    return true;
}

static int compare_uses(const void *left, const void *right)
{
    const struct resolver_use *one = left;
    const struct resolver_use *two = right;
    if (one->queries != two->queries)
        return one->queries > two->queries ? -1 : 1;
    return address_compare(&one->address, &two->address);
}

void path_fill(struct builder *builder)
{
    struct diagnosis *diagnosis = builder->diagnosis;
    const struct ledger *ledger = builder->ledger;
    struct resolver_walk walk = {.count = 0};
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        struct finding *finding = &diagnosis->findings[i];
        finding->place = place_of(finding);
        if (finding->severity == SEVERITY_NOTE)
            continue;
        struct path_node *node = &diagnosis->path[finding->place];
        node_add_finding(diagnosis, node, finding);
        if (finding->culprit != NULL && finding->culprit->has_address)
            node_add_address(node, &finding->culprit->address);
    }
    name_results_each_resolver(builder->names, take_resolver, &walk);
    qsort(walk.list, walk.count, sizeof walk.list[0], compare_uses);
    for (size_t i = 0; i < walk.count; i++)
        node_add_address(&diagnosis->path[PATH_RESOLVER], &walk.list[i].address);
    for (size_t i = 0; i < ledger->proxy_count; i++)
        node_add_address(&diagnosis->path[PATH_PROXY], &ledger->proxies[i]);
}
