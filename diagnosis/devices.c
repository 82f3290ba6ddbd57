/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device is a client that connected to a row of the catalogue, or asked for a
 * name of it and is no resolver itself.  Who talks to what only MDM servers need
 * is an MDM server.
 */
#include "diagnosis/devices.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* An address of each sort, and some that privacy extensions leave (RFC 8981). */
#define SAME_DEVICE_LIMIT 16

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
    const struct mac_owner *one = left;
    const struct mac_owner *two = right;
    return memcmp(one->mac.octets, two->mac.octets, sizeof one->mac.octets);
}

static int compare_mac_owners(const void *left, const void *right)
{
    const struct mac_owner *one = left;
    const struct mac_owner *two = right;
    int order = compare_macs(one, two);
    return order != 0 ? order : address_compare(&one->address, &two->address);
}

static int compare_hosts(const void *left, const void *right)
{
    const struct fact_host *one = left;
    const struct fact_host *two = right;
    return address_compare(&one->address, &two->address);
}

static void host_add_up(struct fact_host *sum, const struct fact_host *more)
{
    sum->packets_sent += more->packets_sent;
    sum->packets_received += more->packets_received;
    sum->other_tcp_opened += more->other_tcp_opened;
    sum->other_tcp_answered += more->other_tcp_answered;
    sum->other_tcp_silent += more->other_tcp_silent;
    sum->other_tcp_refused += more->other_tcp_refused;
    sum->one_sided_sent += more->one_sided_sent;
    sum->unread_errors += more->unread_errors;
    sum->one_sided_received += more->one_sided_received;
    if (more->last_received_time > sum->last_received_time)
        sum->last_received_time = more->last_received_time;
    if (more->last_time > sum->last_time)
        sum->last_time = more->last_time;
    if (sum->first_time == TIMESTAMP_NONE || more->first_time < sum->first_time)
        sum->first_time = more->first_time;
    if (!sum->has_mac && more->has_mac) {
        sum->has_mac = true;
        sum->mac = more->mac;
    }
}

/* Several runs in one database may know the same host: one entry for each. */
static void hosts_merge(struct ledger *ledger)
{
    if (ledger->host_count == 0)
        return;
    qsort(ledger->hosts, ledger->host_count, sizeof *ledger->hosts, compare_hosts);
    size_t kept = 1;
    for (size_t i = 1; i < ledger->host_count; i++) {
        if (compare_hosts(&ledger->hosts[kept - 1], &ledger->hosts[i]) == 0)
            host_add_up(&ledger->hosts[kept - 1], &ledger->hosts[i]);
        else
            ledger->hosts[kept++] = ledger->hosts[i];
    }
    ledger->host_count = kept;
}

bool devices_index(struct ledger *ledger, struct problem *problem)
{
    hosts_merge(ledger);
    ledger->mac_owners = calloc(ledger->host_count + 1, sizeof *ledger->mac_owners);
    if (ledger->mac_owners == NULL)
        return problem_set(problem, "memory is out; limit the report with --device");
    for (size_t i = 0; i < ledger->host_count; i++)
        if (ledger->hosts[i].has_mac)
            ledger->mac_owners[ledger->mac_owner_count++] =
                (struct mac_owner){ledger->hosts[i].mac, ledger->hosts[i].address};
    if (ledger->mac_owner_count > 0)
        qsort(ledger->mac_owners, ledger->mac_owner_count, sizeof *ledger->mac_owners,
              compare_mac_owners);
    return true;
}

/* A MAC that carries several IPv4 addresses, or more than one device would give
 * itself, is a router's (IPv4-mapped addresses come first). */
static bool mac_is_shared(const struct mac_owner *owners, size_t count)
{
    return count > SAME_DEVICE_LIMIT || (count > 1 && address_is_ipv4(&owners[1].address));
}

const struct mac_owner *devices_same(const struct ledger *ledger, const struct address *address,
                                     size_t *count)
{
    const struct fact_host *host = ledger_host(ledger, address);
    *count = 0;
    if (host == NULL || !host->has_mac)
        return NULL;
    struct mac_owner key = {.mac = host->mac};
    const struct mac_owner *end = ledger->mac_owners + ledger->mac_owner_count;
    const struct mac_owner *first =
        bsearch(&key, ledger->mac_owners, ledger->mac_owner_count, sizeof key, compare_macs);
    if (first == NULL)
        return NULL;
    const struct mac_owner *after = first + 1;
    while (first > ledger->mac_owners && compare_macs(first - 1, &key) == 0 &&
           after - first <= SAME_DEVICE_LIMIT)
        first--;
    while (after < end && compare_macs(after, &key) == 0 && after - first <= SAME_DEVICE_LIMIT)
        after++;
    if (mac_is_shared(first, (size_t)(after - first)))
        return NULL;
    *count = (size_t)(after - first);
    return first;
}

static void devices_give_macs(struct device_list *devices)
{
    const struct ledger *ledger = devices->builder->ledger;
    for (size_t i = 0; i < devices->count; i++) {
        size_t count;
        const struct mac_owner *same = devices_same(ledger, &devices->list[i].address, &count);
        devices->list[i].has_mac = count > 0;
        if (count > 0)
            devices->list[i].mac = same->mac;
    }
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
