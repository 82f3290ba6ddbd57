/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hosts by address, in the order of their first flow: an open hash table of
 * indexes over an array that grows up to its limit.
 */
#include "flows/host_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/hash.h"
#include "flows/flow_facts.h"
#include "flows/flow_trouble.h"
#include "flows/other_times.h"

#define NO_HOST UINT32_MAX
#define EVICTION_LOOKS 8
#define CLIENT_PLACE_MASK 0x7fffu /* what a flow has room for */

/* The hash tells most hosts apart without looking at them. */
struct host_slot {
    uint32_t host; /* NO_HOST: empty */
    uint32_t hash;
};

struct host_table {
    struct hash_key key;
    struct fact_host *hosts;
    struct other_times *times; /* of each */
    uint8_t *flows; /* of each host: that began, 255 for more */
    uint32_t hand; /* the host that is looked at next for eviction */
    uint32_t count;
    uint32_t capacity;
    uint32_t limit;
    int64_t forget_before; /* 0: nobody is forgotten for having been quiet */
    uint64_t dropped;
    bool memory_out;
    struct host_slot *slots;
    uint32_t slot_mask;
};

struct host_table *host_table_create(uint32_t limit)
{
    struct host_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    uint32_t slots = 64;
    while (slots < limit * UINT64_C(2))
        slots *= 2;
    table->key = hash_key_random();
    table->limit = limit;
    table->slot_mask = slots - 1;
    table->slots = malloc(slots * sizeof *table->slots);
    if (table->slots == NULL) {
        free(table);
        return NULL;
    }
    memset(table->slots, 0xff, slots * sizeof *table->slots);
    return table;
}

struct host_table *host_table_copy(const struct host_table *table)
{
    struct host_table *copy = calloc(1, sizeof *copy);
    size_t slots = (size_t)table->slot_mask + 1;
    if (copy == NULL)
        return NULL;
    *copy = *table;
    copy->flows = NULL; /* nothing begins in a copy */
    copy->hosts = calloc((size_t)table->capacity + 1, sizeof *copy->hosts);
    copy->times = calloc((size_t)table->capacity + 1, sizeof *copy->times);
    copy->slots = malloc(slots * sizeof *copy->slots);
    if (copy->hosts == NULL || copy->times == NULL || copy->slots == NULL) {
        host_table_release(copy);
        return NULL;
    }
    if (table->count > 0)
        memcpy(copy->hosts, table->hosts, table->count * sizeof *copy->hosts);
    if (table->count > 0)
        memcpy(copy->times, table->times, table->count * sizeof *copy->times);
    memcpy(copy->slots, table->slots, slots * sizeof *copy->slots);
    return copy;
}

void host_table_release(struct host_table *table)
{
    if (table == NULL)
        return;
    free(table->hosts);
    free(table->times);
    free(table->flows);
    free(table->slots);
    free(table);
}

static uint32_t host_hash(const struct host_table *table, const struct address *address)
{
    uint64_t words[2];
    memcpy(words, address->octets, 16);
    return (uint32_t)hash_words(&table->key, words, 2);
}

/* The slot that holds the address, or the empty one where it belongs. */
static struct host_slot *host_slot(const struct host_table *table, const struct address *address,
                                   uint32_t hash)
{
    uint32_t at = hash & table->slot_mask;
    while (table->slots[at].host != NO_HOST &&
           (table->slots[at].hash != hash ||
            !address_equal(&table->hosts[table->slots[at].host].address, address)))
        at = (at + 1) & table->slot_mask;
    return &table->slots[at];
}

static bool hosts_grow(struct host_table *table)
{
    uint32_t capacity = table->capacity == 0 ? 64 : table->capacity * 2;
    struct fact_host *hosts = realloc(table->hosts, capacity * sizeof *hosts);
    if (hosts == NULL)
        return false;
    table->hosts = hosts;
    uint8_t *flows = realloc(table->flows, capacity * sizeof *flows);
    if (flows == NULL)
        return false;
    table->flows = flows;
    struct other_times *times = realloc(table->times, capacity * sizeof *times);
    if (times == NULL)
        return false;
    table->times = times;
    table->capacity = capacity;
    return true;
}

/* Closes the hole that a removed slot leaves, so that no search ends early. */
static void host_slot_remove(struct host_table *table, uint32_t hole)
{
    for (uint32_t at = (hole + 1) & table->slot_mask; table->slots[at].host != NO_HOST;
         at = (at + 1) & table->slot_mask) {
        uint32_t home = table->slots[at].hash & table->slot_mask;
        if (((at - home) & table->slot_mask) >= ((at - hole) & table->slot_mask)) {
            table->slots[hole] = table->slots[at];
            hole = at;
        }
    }
    table->slots[hole].host = NO_HOST;
}

void host_table_forget_before(struct host_table *table, int64_t time)
{
    table->forget_before = time;
}

/* TIMESTAMP_NONE is before all. */
static bool host_is_forgotten(const struct host_table *table, const struct fact_host *host)
{
    return table->forget_before > 0 && host->last_time < table->forget_before &&
           host->last_received_time < table->forget_before &&
           (host->last_time > 0 || host->last_received_time > 0);
}

/* A place in a full table: that of a host that began no flow, or one that nothing has
 * come of, or that has been told and is quiet. NO_HOST: none of the next few is such. */
static uint32_t host_evict(struct host_table *table)
{
    for (int i = 0; i < EVICTION_LOOKS && table->count > 0; i++) {
        uint32_t at = table->hand++ % table->count;
        const struct fact_host *host = &table->hosts[at];
        bool forgotten = host_is_forgotten(table, host);
        if (forgotten || table->flows[at] == 0 ||
            (table->flows[at] == 1 && host->packets_sent <= 1 && host->packets_received == 0)) {
            table->dropped -= forgotten; /* it was counted, and nothing is lost */
            uint32_t hash = host_hash(table, &host->address);
            host_slot_remove(table,
                             (uint32_t)(host_slot(table, &host->address, hash) - table->slots));
            return at;
        }
    }
    return NO_HOST;
}

static struct fact_host *host_add(struct host_table *table, const struct address *address,
                                  uint32_t hash)
{
    uint32_t at = table->count;
    if (table->count == table->limit) {
        table->dropped++;
        at = host_evict(table);
        if (at == NO_HOST)
            return NULL;
    } else if (table->count == table->capacity && !hosts_grow(table)) {
        table->memory_out = true;
        return NULL;
    } else {
        table->count++;
    }
    struct fact_host *host = &table->hosts[at];
    memset(host, 0, sizeof *host);
    memset(&table->times[at], 0, sizeof *table->times);
    table->flows[at] = 0;
    host->first_time = host->last_time = host->other_start = TIMESTAMP_NONE;
    host->first_received_time = host->last_received_time = TIMESTAMP_NONE;
    *host_slot(table, address, hash) = (struct host_slot){at, hash};
    host->address = *address;
    return host;
}

static struct fact_host *host_find(struct host_table *table, const struct address *address,
                                   bool add)
{
    uint32_t hash = host_hash(table, address);
    const struct host_slot *slot = host_slot(table, address, hash);
    if (slot->host != NO_HOST)
        return &table->hosts[slot->host];
    return add ? host_add(table, address, hash) : NULL;
}

uint32_t host_table_fetch_slot(const struct host_table *table, const struct address *address)
{
    uint32_t hash = host_hash(table, address);
    __builtin_prefetch(&table->slots[hash & table->slot_mask]);
    return hash;
}

void host_table_fetch(const struct host_table *table, uint32_t hash)
{
    const struct host_slot *slot = &table->slots[hash & table->slot_mask];
    if (slot->host != NO_HOST)
        fetch_to_write(&table->hosts[slot->host], sizeof table->hosts[0]);
}

void host_table_fetch_client(const struct host_table *table, const struct flow *flow)
{
    uint32_t place = flow->client_place;
    if (place >= table->count)
        return;
    fetch_to_write(&table->hosts[place], sizeof table->hosts[0]);
    if (flow->transport == TRANSPORT_TCP && !flow->of_interest)
        fetch_to_write(&table->times[place], sizeof table->times[0]);
}

/* The client, without a search where it is at its place still: there is no other place of
 * the same address. */
static struct fact_host *host_of_flow(struct host_table *table, const struct flow *flow)
{
    uint32_t place = flow->client_place;
    if (place < table->count && address_equal(&table->hosts[place].address, &flow->client.address))
        return &table->hosts[place];
    return host_find(table, &flow->client.address, false);
}

bool host_table_flow_began(struct host_table *table, struct flow *flow, const struct packet *packet)
{
    struct fact_host *host = host_find(table, &flow->client.address, true);
    if (host == NULL)
        return false;
    uint8_t *flows = &table->flows[host - table->hosts];
    flow->client_place = (uint32_t)(host - table->hosts) & CLIENT_PLACE_MASK;
    *flows = (uint8_t)(*flows + (*flows < UINT8_MAX));
    if (host->has_mac || !packet->has_macs)
        return true;
    host->mac = address_equal(&packet->source, &flow->client.address) ? packet->source_mac
                                                                      : packet->destination_mac;
    host->has_mac = !mac_is_none(&host->mac);
    return true;
}

void host_table_flow_goes_on(struct host_table *table, const struct flow *flow)
{
    const struct fact_host *host = host_of_flow(table, flow);
    if (host != NULL && table->flows[host - table->hosts] < 2)
        table->flows[host - table->hosts] = 2;
}

static void host_received(struct fact_host *host, int64_t first, int64_t last)
{
    if (host->first_received_time == TIMESTAMP_NONE || first < host->first_received_time)
        host->first_received_time = first;
    if (last > host->last_received_time)
        host->last_received_time = last;
}

void host_table_received(struct host_table *table, const struct packet *packet)
{
    if (address_is_multicast(&packet->destination) || address_is_unspecified(&packet->destination))
        return;
    struct fact_host *host = host_find(table, &packet->destination, true);
    if (host == NULL)
        return;
    host->packets_received++;
    host_received(host, packet->time, packet->time);
}

void host_table_unread_error(struct host_table *table, const struct packet *packet)
{
    struct fact_host *host = host_find(table, &packet->destination, true);
    if (host != NULL)
        host->unread_errors++;
}

static void host_count_other(struct fact_host *host, struct other_times *times,
                             const struct flow *flow)
{
    if (flow->transport != TRANSPORT_TCP || flow->midstream || flow->of_interest)
        return;
    host->other_tcp_opened++;
    switch ((enum flow_outcome)flow->outcome) {
    case OUTCOME_SILENT:
        host->other_tcp_silent += flow->syns >= 2;
        if (flow->syns >= 2)
            other_times_note(times, flow->first_time, false);
        break;
    case OUTCOME_REFUSED:
    case OUTCOME_REJECTED:
        host->other_tcp_refused++;
        other_times_note(times, flow->first_time, false);
        break;
    case OUTCOME_ANSWERED:
    case OUTCOME_CLOSED:
    case OUTCOME_RESET:
        host->other_tcp_answered++;
        other_times_note(times, flow->first_time, true);
        break;
    case OUTCOME_UNKNOWN:
        break;
    }
}

/* When the server spoke first, or a time before that where it is not kept. */
static int64_t first_answer_time(const struct flow *flow)
{
    int64_t syn_ack = flow->transport == TRANSPORT_TCP ? flow_syn_ack_time(flow) : TIMESTAMP_NONE;
    if (syn_ack != TIMESTAMP_NONE)
        return syn_ack;
    return flow->sides[SIDE_SERVER].packets == 1 ? flow->sides[SIDE_SERVER].last_time
                                                 : flow->first_time;
}

void host_table_flow_ended(struct host_table *table, const struct flow *flow)
{
    struct fact_host *host = host_of_flow(table, flow);
    if (host == NULL)
        return;
    const struct flow_side *client = &flow->sides[SIDE_CLIENT];
    const struct flow_side *server = &flow->sides[SIDE_SERVER];
    int64_t last = flow_last_time(flow);
    host->packets_sent += client->packets;
    host->packets_received += server->packets;
    if (host->first_time == TIMESTAMP_NONE || flow->first_time < host->first_time)
        host->first_time = flow->first_time;
    if (last > host->last_time)
        host->last_time = last;
    if (server->packets > 0)
        host_received(host, first_answer_time(flow), server->last_time);
    host->one_sided_sent += flow_only_seen_from(flow, SIDE_CLIENT);
    host->one_sided_received += flow_only_seen_from(flow, SIDE_SERVER);
    const struct missing_segments *missing = flow_missing(flow);
    if (missing != NULL)
        host->missing_segments +=
            (uint64_t)missing->segments[SIDE_CLIENT] + missing->segments[SIDE_SERVER];
    host_count_other(host, &table->times[host - table->hosts], flow);
}

bool host_table_memory_out(const struct host_table *table)
{
    return table->memory_out;
}

uint64_t host_table_dropped(const struct host_table *table)
{
    return table->dropped;
}

static void host_tell(const struct host_table *table, uint32_t at, struct observation *observation)
{
    struct fact fact = {.kind = FACT_HOST};
    char text[OTHER_TIMES_LIMIT + 1];
    fact.as.host = table->hosts[at];
    if (table->times[at].span > 0) {
        other_times_print(&table->times[at], text);
        fact.as.host.other_start = table->times[at].start;
        fact.as.host.other_span = (uint64_t)table->times[at].span;
        fact.as.host.other_times = text;
    }
    observation_emit(observation, &fact);
}

/* A host and its address, so that sorting needs not look far. */
struct host_place {
    struct address address;
    uint32_t at;
};

static int compare_places(const void *left, const void *right)
{
    const struct host_place *one = left, *two = right;
    return address_compare(&one->address, &two->address);
}

/* By address, as databases keep them: one after the other they go in faster. Where there is
 * no memory for that, as they came. */
void host_table_finish(const struct host_table *table, struct observation *observation)
{
    struct host_place *places = calloc((size_t)table->count + 1, sizeof *places);
    uint32_t count = 0;
    for (uint32_t i = 0; i < table->count; i++) {
        if (table->hosts[i].first_time == TIMESTAMP_NONE)
            continue;
        if (places == NULL)
            host_tell(table, i, observation);
        else
            places[count++] = (struct host_place){table->hosts[i].address, i};
    }
    if (count > 0)
        qsort(places, count, sizeof *places, compare_places);
    for (uint32_t i = 0; i < count; i++)
        host_tell(table, places[i].at, observation);
    free(places);
}
