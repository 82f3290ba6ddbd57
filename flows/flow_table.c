/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows live in blocks that never move; slots (flows/flow_slots.h) find them by a
 * keyed hash of their endpoints, whichever side sends.  Lists order them by the time they
 * were last looked at for expiry (flows/flow_ages.h), so that each flow is looked at once
 * in a while and not at every packet.
 */
#include "flows/flow_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "flows/apns_life.h"
#include "flows/flow_ages.h"
#include "flows/flow_facts.h"
#include "flows/flow_hash.h"
#include "flows/flow_life.h"
#include "flows/flow_search.h"
#include "flows/flow_trouble.h"
#include "flows/idle_list.h"

#define SLOTS_LOWEST 4096u /* a power of two */
#define EVICTION_LOOKS 8
#define CHANNELS_LIMIT 64 /* flows between the same two ends, in as many VLANs or tunnels */

struct spare_detail {
    struct spare_detail *next;
};

/* A flow that is looked at soon, and the hash by which its slot is found. */
struct due {
    uint32_t flow; /* NO_FLOW: none */
    uint32_t hash;
};

struct flow_table {
    struct hash_key key;
    struct flow_blocks blocks;
    uint32_t limit;
    uint32_t count;
    struct flow_slots slots;
    struct flow_ages ages;
    struct due due[AGE_COUNT][2]; /* of each list the oldest flow, and the one behind it */
    struct spare_detail *spare_details;
    uint32_t detail_limit;
    uint32_t detail_count;
    uint32_t detail_total; /* allocated, spare ones too */
    uint64_t held; /* bytes of blocks, slots and details */
    uint64_t owned; /* bytes that flows and details own beside themselves */
    uint64_t memory_limit;
    bool memory_out;
    struct idle_list idle; /* of all details */
    flow_end *end;
    flow_soon *soon; /* NULL: nobody is told */
    void *owner;
};

/* To be called when blocks, slots or details have become more or fewer. */
static void held_count(struct flow_table *table)
{
    table->held = (uint64_t)table->blocks.count * BLOCK_SIZE +
                  (uint64_t)table->slots.mask * sizeof(struct flow_slot) +
                  (uint64_t)table->detail_total * sizeof(struct flow_detail);
}

struct flow_table *flow_table_create(uint32_t limit, flow_end *end, void *owner)
{
    struct flow_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->key = hash_key_random();
    table->limit = limit == 0 ? 1 : limit;
    flow_table_limit_details(table, table->limit);
    table->memory_limit = UINT64_MAX;
    memset(table->due, 0xff, sizeof table->due);
    table->end = end;
    table->owner = owner;
    if (!flow_blocks_create(&table->blocks, table->limit) ||
        !flow_slots_create(&table->slots, SLOTS_LOWEST)) {
        flow_table_release(table);
        return NULL;
    }
    flow_ages_begin(&table->ages, &table->blocks);
    held_count(table);
    return table;
}

void flow_table_foretell(struct flow_table *table, flow_soon *soon)
{
    table->soon = soon;
}

static void detail_clear(struct flow_detail *detail)
{
    for (int side = 0; side < SIDE_COUNT; side++)
        stream_release(&detail->streams[side]);
    free(detail->server_name);
    free(detail->resolved_name);
    free(detail->dissector_state);
    free(detail->push);
}

void flow_table_release(struct flow_table *table)
{
    if (table == NULL)
        return;
    struct flow_ages_at at = flow_ages_first(&table->ages);
    uint32_t index;
    while (table->count > 0 && (index = flow_ages_next(&table->ages, &at)) != NO_FLOW) {
        struct flow *flow = flow_at(&table->blocks, index);
        (void)flow_trouble_release(flow);
        if (flow->detail != NULL)
            detail_clear(flow->detail);
        free(flow->detail);
    }
    while (table->spare_details != NULL) {
        struct spare_detail *spare = table->spare_details;
        table->spare_details = spare->next;
        free(spare);
    }
    flow_blocks_release(&table->blocks);
    flow_slots_release(&table->slots);
    free(table);
}

void flow_table_limit_memory(struct flow_table *table, uint64_t bytes)
{
    table->memory_limit = bytes;
}

bool flow_table_memory_out(const struct flow_table *table)
{
    return table->memory_out;
}

uint64_t *flow_table_owned(struct flow_table *table)
{
    return &table->owned;
}

void flow_table_limit_details(struct flow_table *table, uint32_t limit)
{
    table->detail_limit = limit;
    idle_list_limit(&table->idle, limit);
}

static void flow_remove(struct flow_table *table, uint32_t index, bool evicted);
static uint32_t flow_to_evict(struct flow_table *table, int64_t now);

/* One detail gives way to another. */
static void detail_evict(struct flow_table *table)
{
    bool regained;
    struct flow *flow = idle_list_choose(&table->idle, &regained);
    if (regained)
        flow_table_drop_detail(table, flow);
    else
        flow_remove(table, flow_ages_index(&table->ages, flow), true);
}

struct flow_detail *flow_table_detail(struct flow_table *table, struct flow *flow)
{
    if (flow->detail != NULL)
        return flow->detail;
    if (table->detail_count >= table->detail_limit && table->detail_count > 0)
        detail_evict(table);
    struct flow_detail *detail;
    if (table->spare_details != NULL) {
        void *memory = table->spare_details;
        table->spare_details = table->spare_details->next;
        detail = memset(memory, 0, sizeof *detail);
    } else {
        detail = calloc(1, sizeof *detail);
        table->detail_total += detail != NULL;
        held_count(table);
    }
    flow->detail = detail;
    if (detail == NULL) {
        table->memory_out = true;
        return NULL;
    }
    detail->flow = flow;
    detail->begins_with_syn = flow_is_lone_syn(flow); /* it had a detail before */
    idle_list_append(&table->idle, detail);
    table->detail_count++;
    flow_table_drop_detail(table, idle_list_surplus(&table->idle, flow));
    return detail;
}

static void owned_lower(struct flow_table *table, size_t bytes)
{
    table->owned -= table->owned < bytes ? table->owned : bytes;
}

static void owned_give_back(struct flow_table *table, const struct flow_detail *detail)
{
    owned_lower(table, (detail->server_name != NULL ? strlen(detail->server_name) + 1 : 0) +
                           (detail->resolved_name != NULL ? strlen(detail->resolved_name) + 1 : 0) +
                           (detail->push != NULL ? apns_life_size() : 0));
}

void flow_table_drop_detail(struct flow_table *table, struct flow *flow)
{
    if (flow == NULL || flow->detail == NULL)
        return;
    idle_list_remove(&table->idle, flow->detail);
    table->detail_count--;
    owned_give_back(table, flow->detail);
    detail_clear(flow->detail);
    void *memory = flow->detail;
    struct spare_detail *spare = memory;
    spare->next = table->spare_details;
    table->spare_details = spare;
    flow->detail = NULL;
}

struct hash_key flow_table_key(const struct flow_table *table)
{
    return table->key;
}

static NEVER_INLINE uint32_t packet_hash_make(const struct flow_table *table,
                                              const struct packet *packet)
{
    return flow_hash(&table->key, &packet->source, packet->source_port, &packet->destination,
                     packet->destination_port, packet->transport);
}

/* As it was made ahead, or now. */
static uint32_t packet_hash(const struct flow_table *table, const struct packet *packet)
{
    return packet->flow_hash != 0 ? packet->flow_hash : packet_hash_make(table, packet);
}

void flow_table_fetch_slot(const struct flow_table *table, uint32_t hash)
{
    __builtin_prefetch(&table->slots.at[flow_slots_first(&table->slots, hash)]);
}

static void flow_fetch(const struct flow_table *table, uint32_t index)
{
    if (index != NO_FLOW)
        fetch_to_write(flow_at(&table->blocks, index), sizeof(struct flow));
}

bool flow_table_fetch_flow(const struct flow_table *table, uint32_t hash)
{
    const struct flow_slot *slot = &table->slots.at[flow_slots_first(&table->slots, hash)];
    const struct flow_slot *end = table->slots.at + table->slots.mask + 1;
    for (; slot < end && slot->flow != NO_FLOW; slot++) {
        if (slot->hash == hash) {
            flow_fetch(table, slot->flow);
            return true;
        }
        if ((uintptr_t)(slot + 1) % CACHE_LINE == 0) /* the next one has not been fetched */
            return true;
    }
    return slot == end;
}

static struct flow_places table_places(const struct flow_table *table)
{
    return (struct flow_places){&table->slots, &table->blocks};
}

static bool slots_reserve(struct flow_table *table)
{
    bool grown, ok = flow_slots_reserve(&table->slots, table->count, &grown);
    table->memory_out = table->memory_out || !ok;
    if (grown)
        held_count(table);
    return ok;
}

static uint32_t hash_of_flow(const struct flow_table *table, uint32_t index)
{
    const struct flow *flow = flow_at(&table->blocks, index);
    return flow_hash(&table->key, &flow->client.address, flow->client.port, &flow->server.address,
                     flow->server.port, flow->transport);
}

static void due_forget(struct flow_table *table, uint32_t index)
{
    struct due *due = table->due[flow_age_of(flow_at(&table->blocks, index))];
    for (int i = 0; i < 2; i++)
        if (due[i].flow == index)
            due[i].flow = NO_FLOW;
}

/* As it was made ahead, or now. */
static uint32_t due_hash(const struct flow_table *table, uint32_t index)
{
    const struct due *due = table->due[flow_age_of(flow_at(&table->blocks, index))];
    for (int i = 0; i < 2; i++)
        if (due[i].flow == index)
            return due[i].hash;
    return hash_of_flow(table, index);
}

/* It stays: it becomes the newest of this list. */
static void flow_was_looked_at(struct flow_table *table, uint32_t index, enum flow_age age,
                               int64_t now)
{
    due_forget(table, index);
    flow_ages_remove(&table->ages, index);
    flow_at(&table->blocks, index)->looked_at = flow_life_ticks(now);
    flow_ages_append(&table->ages, index, age);
}

/* All but its slot. */
static void flow_leave(struct flow_table *table, uint32_t index, bool evicted)
{
    struct flow *flow = flow_at(&table->blocks, index);
    due_forget(table, index);
    table->end(table->owner, flow, evicted);
    flow_table_drop_detail(table, flow);
    owned_lower(table, flow_trouble_release(flow));
    flow_ages_remove(&table->ages, index);
    flow_blocks_give_back(&table->blocks, index);
    table->count--;
}

static void flow_remove(struct flow_table *table, uint32_t index, bool evicted)
{
    uint32_t hash = due_hash(table, index);
    flow_leave(table, index, evicted);
    flow_slots_remove(&table->slots, index, hash);
}

/* One detail that is not in use does not count: at the limit each new flow takes what the
 * last one to go has left, and nothing is allocated. */
static bool memory_is_short(const struct flow_table *table)
{
    uint64_t spare = table->spare_details != NULL ? sizeof(struct flow_detail) : 0;
    return table->held + table->owned - spare > table->memory_limit;
}

/* What is not in use goes first, then what is regained, then a flow, where they own much. */
static void memory_make_room(struct flow_table *table, int64_t now)
{
    struct flow *lone;
    for (int i = 0; i < EVICTION_LOOKS && memory_is_short(table); i++) {
        if (table->spare_details != NULL && table->spare_details->next != NULL) {
            struct spare_detail *spare = table->spare_details;
            table->spare_details = spare->next;
            table->detail_total--;
            held_count(table);
            free(spare);
        } else if ((lone = idle_list_lone(&table->idle)) != NULL) {
            flow_table_drop_detail(table, lone);
        } else if (table->owned > table->memory_limit / 4 && table->count > 0) {
            flow_remove(table, flow_to_evict(table, now), true);
        } else if (table->detail_count > 0) {
            detail_evict(table);
        }
    }
}

/* The list has another oldest flow. Where the one behind it is found is fetched, and, ahead
 * of that, the flows that come then, so that all have come when their turn does. */
static void due_set(struct flow_table *table, enum flow_age age)
{
    struct due *due = table->due[age];
    uint32_t index = table->ages.lists[age].oldest;
    struct due first = {index, index != NO_FLOW ? due_hash(table, index) : 0};
    due[0] = first;
    due[1].flow = index != NO_FLOW ? flow_at(&table->blocks, index)->next : NO_FLOW;
    if (due[1].flow == NO_FLOW)
        return;
    const struct flow *flow = flow_at(&table->blocks, due[1].flow);
    due[1].hash = hash_of_flow(table, due[1].flow);
    flow_table_fetch_slot(table, due[1].hash);
    if (table->soon != NULL)
        table->soon(table->owner, flow);
    if (flow->next != NO_FLOW)
        flow_fetch(table, flow_at(&table->blocks, flow->next)->next);
}

/* False where it is not yet time for the oldest. */
static bool expire_oldest(struct flow_table *table, enum flow_age age, int64_t now)
{
    uint32_t index = flow_ages_due(&table->ages, age, now);
    if (index == NO_FLOW)
        return false;
    struct flow *flow = flow_at(&table->blocks, index);
    int64_t patience = flow_patience(flow);
    if (now - flow_last_time(flow) > patience) {
        flow_remove(table, index, false);
    } else {
        flow_was_looked_at(table, index, patience > FLOW_QUIET_ENDED ? AGE_MINUTES : AGE_SECONDS,
                           now);
    }
    due_set(table, age);
    return true;
}

static NEVER_INLINE void expire(struct flow_table *table, int64_t now)
{
    memory_make_room(table, now);
    for (int age = 0; age < AGE_COUNT && !flow_ages_rest(&table->ages, now); age++)
        for (int i = 0; i < 2 && expire_oldest(table, (enum flow_age)age, now); i++)
            ;
}

/* Called for each packet; for most of them there is nothing to do. */
void flow_table_expire(struct flow_table *table, int64_t now)
{
    if (memory_is_short(table) || !flow_ages_rest(&table->ages, now))
        expire(table, now);
}

/* The one looked at longest ago; NO_FLOW: there are none. */
static uint32_t flow_first(const struct flow_table *table)
{
    struct flow_ages_at at = flow_ages_first(&table->ages);
    return flow_ages_next(&table->ages, &at);
}

void flow_table_finish(struct flow_table *table)
{
    while (table->count > 0) { /* one that ends may take others with it */
        uint32_t index = flow_first(table);
        flow_fetch(table, flow_at(&table->blocks, index)->next);
        flow_leave(table, index, false);
    }
    flow_slots_clear(&table->slots);
}

void flow_table_visit(struct flow_table *table, flow_visit *visit, void *owner)
{
    struct flow_ages_at at = flow_ages_first(&table->ages);
    uint32_t index;
    while ((index = flow_ages_next(&table->ages, &at)) != NO_FLOW)
        visit(owner, flow_at(&table->blocks, index));
}

/* The oldest of this list, but rather not one of interest or at work since: a few of those
 * become the newest. NO_FLOW: it was only such, or empty. */
static uint32_t oldest_to_evict(struct flow_table *table, enum flow_age age, int64_t now)
{
    for (int i = 0; i < EVICTION_LOOKS; i++) {
        uint32_t index = table->ages.lists[age].oldest;
        struct flow *flow = index != NO_FLOW ? flow_at(&table->blocks, index) : NULL;
        if (flow == NULL || (!flow->of_interest && !flow_was_busy(flow)))
            return index;
        flow_was_looked_at(table, index, age, now);
    }
    return NO_FLOW;
}

/* The flow to give up: the one looked at longest ago, so that a flood of SYNs pushes out
 * itself. Connections that are open have a list to themselves: where its few oldest are not
 * to go, somebody of the other list does. */
static uint32_t flow_to_evict(struct flow_table *table, int64_t now)
{
    enum flow_age age = flow_age_of(flow_at(&table->blocks, flow_first(table)));
    uint32_t index = oldest_to_evict(table, age, now);
    if (index == NO_FLOW)
        index = oldest_to_evict(table, age == AGE_MINUTES ? AGE_SECONDS : AGE_MINUTES, now);
    return index != NO_FLOW ? index : flow_first(table);
}

/* An unused flow; another is ended where there is none. */
static uint32_t flow_take_unused(struct flow_table *table, int64_t now)
{
    uint32_t blocks = table->blocks.count;
    uint32_t index = table->count < table->limit ? flow_blocks_take(&table->blocks) : NO_FLOW;
    if (table->blocks.count != blocks)
        held_count(table);
    if (index != NO_FLOW)
        return index;
    table->memory_out = table->memory_out || table->count < table->limit;
    if (table->count == 0)
        return NO_FLOW;
    flow_remove(table, flow_to_evict(table, now), true);
    return flow_blocks_take(&table->blocks);
}

static struct flow *flow_create(struct flow_table *table, uint32_t hash,
                                const struct packet *packet, int *side)
{
    uint32_t index = flow_take_unused(table, packet->time);
    if (index == NO_FLOW)
        return NULL;
    struct flow *flow = flow_at(&table->blocks, index);
    if (!slots_reserve(table)) {
        flow_blocks_give_back(&table->blocks, index);
        return NULL;
    }
    flow_begin(flow, packet);
    (void)flow_is_between(flow, packet, side);
    flow_slots_insert(&table->slots, index, hash);
    flow_ages_append(&table->ages, index,
                     flow->transport == TRANSPORT_UDP ? AGE_MINUTES : AGE_SECONDS);
    table->count++;
    return flow;
}

/* Which of the flows between its ends is meant, where the first is in another channel. */
static NEVER_INLINE struct flow_found flow_among_others(struct flow_table *table, uint32_t slot,
                                                        const struct packet *packet)
{
    struct flow_others others = flow_others_find(table_places(table), slot, packet);
    const struct flow_resort continued = others.resorts.continued;
    if (others.found.flow != NULL)
        return others.found;
    /* All channels' flows are found by one hash: were there ever more of them, each packet would
     * take longer. */
    if (continued.flow == NULL && others.count >= CHANNELS_LIMIT)
        flow_remove(table, others.quietest, true);
    return (struct flow_found){.flow = continued.flow, .side = continued.side};
}

struct flow *flow_table_packet(struct flow_table *table, const struct packet *packet, int *side,
                               bool *created)
{
    uint32_t hash = packet_hash(table, packet);
    struct flow_found found = flow_find_first(table_places(table), hash, packet);
    if (found.flow == NULL && found.slot != NO_SLOT)
        found = flow_among_others(table, found.slot, packet);
    *created = found.flow == NULL;
    if (found.flow == NULL)
        return flow_create(table, hash, packet, side);
    *side = found.side;
    flow_note_channel(found.flow, *side, packet_channel(packet));
    return found.flow;
}

void flow_table_end(struct flow_table *table, const struct packet *packet)
{
    struct flow_places places = table_places(table);
    struct flow_found found = flow_find_first(places, packet_hash(table, packet), packet);
    if (found.flow == NULL && found.slot != NO_SLOT)
        found = flow_others_find(places, found.slot, packet).found;
    if (found.flow != NULL)
        flow_remove(table, table->slots.at[found.slot].flow, false);
}

struct flow *flow_table_find(struct flow_table *table, const struct packet *packet, int *side)
{
    uint32_t hash = packet_hash(table, packet);
    struct flow_found found = flow_find_first(table_places(table), hash, packet);
    if (found.flow == NULL && found.slot != NO_SLOT)
        return flow_in_other_channel(table_places(table), found.slot, packet, side);
    if (found.flow != NULL)
        *side = found.side;
    return found.flow;
}

uint32_t flow_table_count(const struct flow_table *table)
{
    return table->count;
}
