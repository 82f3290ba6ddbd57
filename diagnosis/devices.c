/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A MAC makes one device of the addresses it is used with, unless it is a router's:
 * that carries packets which have come over other routers, or is used with several
 * IPv4 addresses at a time.  A DHCP lease that names MAC and address is surer than
 * the frame, and holds whatever the frame's MAC is.
 */
#include "diagnosis/devices.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* An address of each sort, and some that privacy extensions leave (RFC 8981). */
#define SAME_DEVICE_LIMIT 16

/* What the initial TTL of a host's packets tells of the way they have come. */
enum { HOPS_NONE = 1, HOPS_SOME = 2 };

/* A host, by its place in the ledger, and the MAC that it seems to have. */
struct candidate {
    struct mac mac;
    size_t host;
    bool leased;
    bool carried; /* its frames have that MAC, but DHCP gave the address to another */
};

static int compare_macs(const struct mac *left, const struct mac *right)
{
    return memcmp(left->octets, right->octets, sizeof left->octets);
}

/* By MAC, then address, as the ledger's hosts are sorted. */
static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *one = left;
    const struct candidate *two = right;
    int order = compare_macs(&one->mac, &two->mac);
    return order != 0 ? order : (one->host > two->host) - (one->host < two->host);
}

static int compare_leases(const void *left, const void *right)
{
    const struct device_lease *one = left;
    const struct device_lease *two = right;
    int order = address_compare(&one->address, &two->address);
    return order != 0 ? order : compare_macs(&one->mac, &two->mac);
}

/* By MAC, then the latest name first. */
static int compare_names(const void *left, const void *right)
{
    const struct device_name *one = left;
    const struct device_name *two = right;
    int order = compare_macs(&one->mac, &two->mac);
    if (order != 0)
        return order;
    return one->time != two->time ? (one->time > two->time ? -1 : 1) : strcmp(one->name, two->name);
}

static int compare_addresses(const void *left, const void *right)
{
    return address_compare(left, right);
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
    sum->missing_segments += more->missing_segments;
    sum->one_sided_received += more->one_sided_received;
    if (sum->first_received_time == TIMESTAMP_NONE ||
        (more->first_received_time != TIMESTAMP_NONE &&
         more->first_received_time < sum->first_received_time))
        sum->first_received_time = more->first_received_time;
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

bool devices_merge_hosts(struct ledger *ledger)
{
    hosts_merge(ledger);
    ledger->host_hops = calloc(ledger->host_count + 1, sizeof *ledger->host_hops);
    ledger->owner_runs = calloc(ledger->host_count + 1, sizeof *ledger->owner_runs);
    ledger->mac_owners = calloc(ledger->host_count + 1, sizeof *ledger->mac_owners);
    return ledger->host_hops != NULL && ledger->owner_runs != NULL && ledger->mac_owners != NULL;
}

static size_t host_place(const struct ledger *ledger, const struct fact_host *host)
{
    return (size_t)(host - ledger->hosts);
}

void devices_note_flow(struct ledger *ledger, const struct fact_flow *flow)
{
    const struct fact_host *host = ledger_host(ledger, &flow->client.address);
    if (host == NULL)
        return;
    bool initial = flow->client_ttl == 32 || flow->client_ttl == 64 || flow->client_ttl == 128 ||
                   flow->client_ttl == 255;
    /* UDP has protocols that choose a TTL of their own. */
    if (initial || (flow->client_ttl != 0 && flow->transport == TRANSPORT_TCP))
        ledger->host_hops[host_place(ledger, host)] |= initial ? HOPS_NONE : HOPS_SOME;
}

static bool take_lease(void *owner, const struct fact *fact)
{
    struct ledger *ledger = owner;
    const struct fact_lease *lease = &fact->as.lease;
    if (!lease->has_mac || mac_is_none(&lease->mac))
        return true;
    if (lease->client_name != NULL) {
        struct device_name *names =
            array_grow(ledger->names, ledger->name_count, &ledger->name_capacity, sizeof *names);
        if (names == NULL)
            return !(ledger->memory_out = true);
        ledger->names = names;
        names[ledger->name_count++] = (struct device_name){
            lease->mac, arena_copy(ledger->arena, lease->client_name), lease->first_time};
    }
    if (!lease->answered || address_is_none(&lease->address) ||
        ledger_host(ledger, &lease->address) == NULL)
        return true;
    struct device_lease *leases =
        array_grow(ledger->leases, ledger->lease_count, &ledger->lease_capacity, sizeof *leases);
    if (leases == NULL)
        return !(ledger->memory_out = true);
    ledger->leases = leases;
    leases[ledger->lease_count++] = (struct device_lease){lease->address, lease->mac};
    return true;
}

static int compare_lease_to_address(const void *lease, const void *address)
{
    return address_compare(&((const struct device_lease *)lease)->address, address);
}

/* The lease of that address, and whether several MACs had it, one after the other. */
static const struct device_lease *lease_of(const struct ledger *ledger,
                                           const struct address *address, bool *several)
{
    size_t low = array_first(ledger->leases, ledger->lease_count, sizeof *ledger->leases,
                             compare_lease_to_address, address);
    *several = false;
    if (low == ledger->lease_count || !address_equal(&ledger->leases[low].address, address))
        return NULL;
    for (size_t i = low + 1;
         i < ledger->lease_count && !*several && address_equal(&ledger->leases[i].address, address);
         i++)
        *several = compare_macs(&ledger->leases[i].mac, &ledger->leases[low].mac) != 0;
    return &ledger->leases[low];
}

/* Hosts with the MACs that they seem to have, at most two for each; returns how many. */
static size_t candidates_fill(const struct ledger *ledger, struct candidate *list)
{
    size_t count = 0;
    for (size_t i = 0; i < ledger->host_count; i++) {
        const struct fact_host *host = &ledger->hosts[i];
        bool several;
        const struct device_lease *lease = lease_of(ledger, &host->address, &several);
        if (several || (lease == NULL && !host->has_mac))
            continue;
        list[count++] = (struct candidate){
            .mac = lease != NULL ? lease->mac : host->mac, .host = i, .leased = lease != NULL};
        /* IPv6 leases may name the MAC of another interface of the device. */
        if (lease != NULL && host->has_mac && address_is_ipv4(&host->address) &&
            compare_macs(&lease->mac, &host->mac) != 0)
            list[count++] = (struct candidate){.mac = host->mac, .host = i, .carried = true};
    }
    if (count > 0)
        qsort(list, count, sizeof *list, compare_candidates);
    return count;
}

/* Two IPv4 addresses of one MAC: of one device if a lease says so, or if it left the
 * one before it took the other, and nothing stands between it and the capture. */
static bool one_after_the_other(const struct ledger *ledger, const struct candidate *one,
                                const struct candidate *two)
{
    const struct fact_host *left = &ledger->hosts[one->host];
    const struct fact_host *right = &ledger->hosts[two->host];
    if (one->leased && two->leased)
        return true;
    if ((!one->leased && ledger->host_hops[one->host] != HOPS_NONE) ||
        (!two->leased && ledger->host_hops[two->host] != HOPS_NONE))
        return false;
    return left->last_time < right->first_time || right->last_time < left->first_time;
}

static bool mac_is_routers(const struct ledger *ledger, const struct candidate *list, size_t count)
{
    if (count > SAME_DEVICE_LIMIT)
        return true;
    for (size_t i = 0; i < count; i++) {
        if (list[i].carried ||
            (!list[i].leased && (ledger->host_hops[list[i].host] & HOPS_SOME) != 0))
            return true;
        for (size_t j = i + 1; j < count && address_is_ipv4(&ledger->hosts[list[j].host].address);
             j++)
            if (!one_after_the_other(ledger, &list[i], &list[j]))
                return true;
    }
    return false;
}

/* Makes one device of the candidates of one MAC; of a router's, of what is leased. */
static void owners_add(struct ledger *ledger, const struct candidate *list, size_t count)
{
    bool router = mac_is_routers(ledger, list, count);
    struct owner_run run = {ledger->mac_owner_count, 0};
    size_t own[SAME_DEVICE_LIMIT];
    for (size_t i = 0; i < count && run.count < SAME_DEVICE_LIMIT; i++)
        if (list[i].leased || !router)
            own[run.count++] = list[i].host;
    for (size_t i = 0; i < run.count; i++) {
        ledger->mac_owners[ledger->mac_owner_count++] =
            (struct mac_owner){list[0].mac, ledger->hosts[own[i]].address};
        ledger->owner_runs[own[i]] = run;
    }
}

/* Where no packet shows a hardware address and one host of each family is all there is (a
 * capture on the device itself, in a tunnel, on a cooked interface), the two are one device. */
static void owners_add_pair(struct ledger *ledger)
{
    static const struct mac nobody;
    size_t own[2] = {0, 0};
    size_t count[2] = {0, 0};
    for (size_t i = 0; i < ledger->host_count; i++) {
        const struct address *address = &ledger->hosts[i].address;
        bool ipv4 = address_is_ipv4(address);
        if (!ipv4 && address->octets[0] == 0xfe) /* link-local: beside another address */
            continue;
        count[ipv4]++;
        own[ipv4] = i;
    }
    if (count[0] != 1 || count[1] != 1)
        return;
    struct owner_run run = {ledger->mac_owner_count, 2};
    for (size_t i = 0; i < 2; i++) {
        ledger->mac_owners[ledger->mac_owner_count++] =
            (struct mac_owner){nobody, ledger->hosts[own[i]].address};
        ledger->owner_runs[own[i]] = run;
    }
}

bool devices_index(struct ledger *ledger, struct problem *problem)
{
    if (!facts_read(ledger->store, FACT_LEASE, NULL, take_lease, ledger, problem))
        return false;
    struct candidate *list = calloc(ledger->host_count * 2 + 1, sizeof *list);
    if (list == NULL || ledger->memory_out) {
        free(list);
        return problem_set(problem, "memory is out; limit the report with --device");
    }
    if (ledger->lease_count > 0)
        qsort(ledger->leases, ledger->lease_count, sizeof *ledger->leases, compare_leases);
    if (ledger->name_count > 0)
        qsort(ledger->names, ledger->name_count, sizeof *ledger->names, compare_names);
    size_t count = candidates_fill(ledger, list);
    for (size_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && compare_macs(&list[end].mac, &list[begin].mac) == 0;)
            end++;
        owners_add(ledger, list + begin, end - begin);
    }
    if (count == 0)
        owners_add_pair(ledger);
    free(list);
    return true;
}

const struct mac_owner *devices_same(const struct ledger *ledger, const struct address *address,
                                     size_t *count)
{
    const struct fact_host *host = ledger_host(ledger, address);
    *count = host == NULL ? 0 : ledger->owner_runs[host_place(ledger, host)].count;
    if (*count == 0)
        return NULL;
    return &ledger->mac_owners[ledger->owner_runs[host_place(ledger, host)].first];
}

size_t devices_repeated(const struct ledger *ledger, const struct address *addresses, size_t count)
{
    size_t repeated = 0;
    for (size_t i = 1; i < count; i++) {
        size_t same_count;
        bool before = false;
        const struct mac_owner *same = devices_same(ledger, &addresses[i], &same_count);
        for (size_t j = 0; j < same_count && !before; j++)
            before = bsearch(&same[j].address, addresses, i, sizeof *addresses,
                             compare_addresses) != NULL;
        repeated += before;
    }
    return repeated;
}

static int compare_name_to_mac(const void *name, const void *mac)
{
    return compare_macs(&((const struct device_name *)name)->mac, mac);
}

const char *devices_name(const struct ledger *ledger, const struct mac *mac)
{
    size_t low = array_first(ledger->names, ledger->name_count, sizeof *ledger->names,
                             compare_name_to_mac, mac);
    bool found = low < ledger->name_count && compare_macs(&ledger->names[low].mac, mac) == 0;
    return found ? ledger->names[low].name : NULL;
}
