/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device is a client that connected to a row of the catalogue, or asked for a
 * name of it and is no resolver itself.  Who talks to what only MDM servers need
 * is an MDM server.
 */
#include "diagnosis/devices.h"

#include <stdlib.h>
#include <string.h>

struct device_list {
    struct builder *builder;
    struct device *list;
    size_t count;
    size_t capacity;
    struct address *resolvers; /* who answers others is no device */
    size_t resolver_count;
    size_t resolver_capacity;
    bool memory_out;
};

static void device_add(struct device_list *devices, const struct address *address,
                       uint64_t apple_flows, bool mdm_server)
{
    if (devices->count == devices->capacity) {
        size_t capacity = devices->capacity == 0 ? 64 : devices->capacity * 2;
        struct device *list = realloc(devices->list, capacity * sizeof *list);
        if (list == NULL) {
            devices->memory_out = true;
            return;
        }
        devices->list = list;
        devices->capacity = capacity;
    }
    struct device *device = &devices->list[devices->count++];
    memset(device, 0, sizeof *device);
    device->address = *address;
    device->apple_flows = apple_flows;
    device->role = mdm_server ? "mdm-server" : "device";
}

static bool take_resolver(void *owner, const struct fact *fact)
{
    struct device_list *devices = owner;
    const struct fact_resolver *row = &fact->as.resolver;
    if (row->answered == 0)
        return true;
    if (devices->resolver_count == devices->resolver_capacity) {
        size_t capacity = devices->resolver_capacity == 0 ? 16 : devices->resolver_capacity * 2;
        struct address *list = realloc(devices->resolvers, capacity * sizeof *list);
        if (list == NULL) {
            devices->memory_out = true;
            return false;
        }
        devices->resolvers = list;
        devices->resolver_capacity = capacity;
    }
    devices->resolvers[devices->resolver_count++] = row->resolver;
    return true;
}

static int compare_addresses(const void *left, const void *right)
{
    return address_compare(left, right);
}

static void resolvers_sort(struct device_list *devices)
{
    if (devices->resolver_count > 0)
        qsort(devices->resolvers, devices->resolver_count, sizeof *devices->resolvers,
              compare_addresses);
}

static bool is_resolver(const struct device_list *devices, const struct address *address)
{
    return devices->resolver_count > 0 &&
           bsearch(address, devices->resolvers, devices->resolver_count,
                   sizeof *devices->resolvers, compare_addresses) != NULL;
}

static bool take_question(void *owner, const struct fact *fact)
{
    struct device_list *devices = owner;
    const struct fact_dns *dns = &fact->as.dns;
    const struct address *client = &dns->client.address;
    if (devices->count > 0 && address_equal(&devices->list[devices->count - 1].address, client))
        return true;
    if (dns->name != NULL && catalog_knows_name(devices->builder->ledger->catalog, dns->name) &&
        !is_resolver(devices, client))
        device_add(devices, client, 0, false);
    return !devices->memory_out;
}

static void devices_from_ledger(struct device_list *devices)
{
    const struct ledger *ledger = devices->builder->ledger;
    for (size_t i = 0; i < ledger->tally_count; i++) {
        const struct tally *tally = &ledger->tallies[i];
        if (address_is_none(&tally->client) || !address_is_none(&tally->server) ||
            (tally->row >= catalog_count(ledger->catalog) && tally->row != ROW_ANY))
            continue;
        bool row = tally->row != ROW_ANY;
        uint64_t flows = 0;
        for (int attempt = 0; attempt < ATTEMPT_COUNT; attempt++)
            flows += tally->counts[attempt];
        bool mdm_server =
            row && catalog_service(ledger->catalog, tally->row)->role == ROLE_MDM_SERVER;
        device_add(devices, &tally->client, row ? 0 : flows, mdm_server);
    }
}

static int compare_devices(const void *left, const void *right)
{
    const struct device *one = left;
    const struct device *two = right;
    return address_compare(&one->address, &two->address);
}

/* Entries of one address become one. */
static size_t devices_merge(struct device *list, size_t count)
{
    if (count == 0)
        return 0;
    qsort(list, count, sizeof *list, compare_devices);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        struct device *last = &list[kept - 1];
        if (compare_devices(last, &list[i]) != 0) {
            list[kept++] = list[i];
            continue;
        }
        last->apple_flows += list[i].apple_flows;
        if (strcmp(list[i].role, "device") != 0)
            last->role = list[i].role;
    }
    return kept;
}

static int compare_macs(const void *left, const void *right)
{
    const struct mac *one = left;
    const struct mac *two = right;
    return memcmp(one->octets, two->octets, sizeof one->octets);
}

/* The MACs of all IPv4 hosts, sorted; each host stands in the ledger once. */
static struct mac *list_macs(const struct ledger *ledger, size_t *count)
{
    struct mac *macs = calloc(ledger->host_count + 1, sizeof *macs);
    *count = 0;
    if (macs == NULL)
        return NULL;
    for (size_t i = 0; i < ledger->host_count; i++)
        if (ledger->hosts[i].has_mac && address_is_ipv4(&ledger->hosts[i].address))
            macs[(*count)++] = ledger->hosts[i].mac;
    if (*count > 0)
        qsort(macs, *count, sizeof *macs, compare_macs);
    return macs;
}

/* A MAC that carries several IPv4 addresses is the router's, not a device's. */
static bool mac_is_shared(const struct mac *macs, size_t count, const struct mac *mac)
{
    const struct mac *found = count > 0 ? bsearch(mac, macs, count, sizeof *macs, compare_macs)
                                        : NULL;
    return found != NULL && ((found > macs && compare_macs(found - 1, mac) == 0) ||
                             (found + 1 < macs + count && compare_macs(found + 1, mac) == 0));
}

static void devices_give_macs(struct device_list *devices)
{
    const struct ledger *ledger = devices->builder->ledger;
    size_t count;
    struct mac *macs = list_macs(ledger, &count);
    if (macs == NULL) {
        devices->memory_out = true;
        return;
    }
    for (size_t i = 0; i < devices->count; i++) {
        const struct fact_host *host = ledger_host(ledger, &devices->list[i].address);
        if (host == NULL || !host->has_mac || mac_is_shared(macs, count, &host->mac))
            continue;
        devices->list[i].has_mac = true;
        devices->list[i].mac = host->mac;
    }
    free(macs);
}

bool devices_fill(struct builder *builder)
{
    struct ledger *ledger = builder->ledger;
    struct diagnosis *diagnosis = builder->diagnosis;
    struct device_list devices = {.builder = builder};
    devices_from_ledger(&devices);
    bool ok = facts_read(ledger->store, FACT_RESOLVER, ledger->selection, take_resolver, &devices,
                         builder->problem);
    resolvers_sort(&devices);
    ok = ok && facts_read(ledger->store, FACT_DNS, ledger->selection, take_question, &devices,
                          builder->problem);
    if (ok && !devices.memory_out) {
        devices.count = devices_merge(devices.list, devices.count);
        devices_give_macs(&devices);
        diagnosis->devices =
            arena_allocate(&diagnosis->arena, (devices.count + 1) * sizeof *devices.list);
        if (diagnosis->devices != NULL && devices.count > 0)
            memcpy(diagnosis->devices, devices.list, devices.count * sizeof *devices.list);
        diagnosis->device_count = devices.count;
    }
    free(devices.list);
    free(devices.resolvers);
    if (devices.memory_out)
        return problem_set(builder->problem, "memory is out; limit the report with --device");
    return ok;
}
