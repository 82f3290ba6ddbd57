/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device is a client that connected to a row of the catalogue, or asked for a
 * name of it and is no resolver itself.  Who talks to what only MDM servers need
 * is an MDM server.  Addresses of one device (diagnosis/devices.h) are one entry.
 */
#include "diagnosis/device_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "catalog/vendors.h"
#include "diagnosis/device_systems.h"
#include "diagnosis/devices.h"
#include "diagnosis/name_results.h"

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
    struct device *list =
        array_grow(devices->list, devices->count, &devices->capacity, sizeof *list);
    if (list == NULL) {
        devices->memory_out = true;
        return;
    }
    devices->list = list;
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
    struct address *list = array_grow(devices->resolvers, devices->resolver_count,
                                      &devices->resolver_capacity, sizeof *list);
    if (list == NULL) {
        devices->memory_out = true;
        return false;
    }
    devices->resolvers = list;
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
           bsearch(address, devices->resolvers, devices->resolver_count, sizeof *devices->resolvers,
                   compare_addresses) != NULL;
}

/* A device that only asked names has no flow about Apple. */
static bool take_asker(void *owner, const struct fact *fact)
{
    struct device_list *devices = owner;
    const struct fact_resolver *resolver = &fact->as.resolver;
    if (resolver->apple_queries > 0 && !is_resolver(devices, &resolver->client))
        device_add(devices, &resolver->client, 0, false);
    return !devices->memory_out;
}

static void devices_from_ledger(struct device_list *devices)
{
    const struct ledger *ledger = devices->builder->ledger;
    for (size_t i = 0; i < ledger->tallies.count; i++) {
        const struct tally *tally = &ledger->tallies.list[i];
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

/* The entry, among those kept, of the device that this is another address of. */
static struct device *entry_of(const struct ledger *ledger, struct device *kept, size_t count,
                               const struct address *address)
{
    size_t same_count;
    const struct mac_owner *same = devices_same(ledger, address, &same_count);
    for (size_t i = 0; i < same_count && count > 0; i++) {
        struct device key = {.address = same[i].address};
        struct device *entry = bsearch(&key, kept, count, sizeof *kept, compare_devices);
        if (entry != NULL)
            return entry;
    }
    return NULL;
}

/* Entries of one device become one, that of its first address; sorted by address
 * before and after. */
static size_t devices_join(const struct ledger *ledger, struct device *list, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct device *entry = entry_of(ledger, list, kept, &list[i].address);
        if (entry == NULL) {
            list[kept++] = list[i];
            continue;
        }
        entry->apple_flows += list[i].apple_flows;
        if (strcmp(list[i].role, "device") != 0)
            entry->role = list[i].role;
    }
    return kept;
}

static void device_describe(const struct ledger *ledger, struct arena *arena, struct device *device)
{
    size_t count;
    const struct mac_owner *same = devices_same(ledger, &device->address, &count);
    device->address_count = count > 0 ? count : 1;
    device->addresses = arena_allocate(arena, device->address_count * sizeof *device->addresses);
    if (device->addresses == NULL)
        return;
    device->addresses[0] = device->address;
    for (size_t i = 0; i < count; i++)
        device->addresses[i] = same[i].address;
    device->has_mac = count > 0 && !mac_is_none(&same->mac);
    if (device->has_mac) {
        device->mac = same->mac;
        device->private_mac = mac_is_private(&device->mac);
        device->name = devices_name(ledger, &device->mac);
    }
}

static bool devices_vendors(struct diagnosis *diagnosis)
{
    struct vendor_question *questions = calloc(diagnosis->device_count + 1, sizeof *questions);
    if (questions == NULL)
        return false;
    for (size_t i = 0; i < diagnosis->device_count; i++)
        if (diagnosis->devices[i].has_mac && !diagnosis->devices[i].private_mac)
            questions[i].mac = diagnosis->devices[i].mac;
    vendors_answer(NULL, questions, diagnosis->device_count, &diagnosis->arena);
    for (size_t i = 0; i < diagnosis->device_count; i++)
        diagnosis->devices[i].vendor = questions[i].vendor;
    free(questions);
    return true;
}

static bool devices_finish(struct builder *builder, struct device_list *devices)
{
    struct diagnosis *diagnosis = builder->diagnosis;
    const struct ledger *ledger = builder->ledger;
    devices->count = devices_merge(devices->list, devices->count);
    devices->count = devices_join(ledger, devices->list, devices->count);
    diagnosis->devices =
        arena_allocate(&diagnosis->arena, (devices->count + 1) * sizeof *devices->list);
    if (diagnosis->devices == NULL)
        return false;
    if (devices->count > 0)
        memcpy(diagnosis->devices, devices->list, devices->count * sizeof *devices->list);
    diagnosis->device_count = devices->count;
    for (size_t i = 0; i < diagnosis->device_count; i++)
        device_describe(ledger, &diagnosis->arena, &diagnosis->devices[i]);
    return devices_vendors(diagnosis);
}

bool device_list_fill(struct builder *builder)
{
    struct device_list devices = {.builder = builder};
    devices_from_ledger(&devices);
    name_results_each_resolver(builder->names, take_resolver, &devices);
    resolvers_sort(&devices);
    name_results_each_resolver(builder->names, take_asker, &devices);
    if (!devices.memory_out)
        devices.memory_out = !devices_finish(builder, &devices);
    free(devices.list);
    free(devices.resolvers);
    if (devices.memory_out)
        return problem_set(builder->problem, "memory is out; limit the report with --device");
    return device_systems_fill(builder);
}
