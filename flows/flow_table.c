/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows live in blocks that never move; slots (flows/flow_slots.h) find them by a
 * keyed hash of their endpoints, whichever side sends.  An age list orders them by
 * the time they were last looked at for expiry, so that each flow is looked at once
 * in a while and not at every packet.
 */
#include "flows/flow_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "flows/apns_life.h"
#include "flows/flow_channels.h"
#include "flows/flow_facts.h"
#include "flows/flow_hash.h"
#include "flows/flow_life.h"
#include "flows/flow_slots.h"
#include "flows/idle_list.h"
#include "flows/missing_segments.h"

#define BLOCK_FLOWS 1024u
#define SLOTS_LOWEST 4096u /* a power of two */
#define EVICTION_LOOKS 8
#define CHANNELS_LIMIT 64 /* flows between the same two ends, in as many VLANs or tunnels */

struct spare_detail {
    struct spare_detail *next;
};

struct flow_table {
    struct hash_key key;
    struct flow **blocks;
    uint32_t block_count;
    uint32_t limit;
    uint32_t count;
    uint32_t free_flow; /* chain of unused flows through `next` */
    struct flow_slots slots;
    uint32_t oldest; /* age list: looked at longest ago .. most recently */
    uint32_t newest;
    uint32_t due; /* a flow that may end soon; NO_FLOW: none */
    uint32_t due_hash; /* by which its slot is found */
    bool oldest_waits; /* nothing is to be done about it before `oldest_since` is long past */
    int64_t oldest_since;
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
    void *owner;
};

static struct flow *flow_at(const struct flow_table *table, uint32_t index)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): an index is of a block that is there */
    return &table->blocks[index / BLOCK_FLOWS][index % BLOCK_FLOWS];
}

/* To be called when blocks, slots or details have become more or fewer. */
static void held_count(struct flow_table *table)
{
    table->held = (uint64_t)table->block_count * BLOCK_FLOWS * sizeof(struct flow) +
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
    table->free_flow = table->oldest = table->newest = table->due = NO_FLOW;
    table->end = end;
    table->owner = owner;
    table->blocks = calloc(table->limit / BLOCK_FLOWS + 1, sizeof *table->blocks);
    if (table->blocks == NULL || !flow_slots_create(&table->slots, SLOTS_LOWEST)) {
        flow_table_release(table);
        return NULL;
    }
    held_count(table);
    return table;
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
    for (uint32_t i = table->oldest; i != NO_FLOW; i = flow_at(table, i)->next) {
        free(flow_at(table, i)->missing);
        if (flow_at(table, i)->detail != NULL) {
            detail_clear(flow_at(table, i)->detail);
            free(flow_at(table, i)->detail);
        }
    }
    while (table->spare_details != NULL) {
        struct spare_detail *spare = table->spare_details;
        table->spare_details = spare->next;
        free(spare);
    }
    for (uint32_t i = 0; i < table->block_count; i++)
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): without blocks the count is 0 */
        free(table->blocks[i]);
    free(table->blocks);
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
static uint32_t flow_to_evict(struct flow_table *table);

/* By who comes before it in the age list. */
static uint32_t index_of_flow(const struct flow_table *table, const struct flow *flow)
{
    return flow->previous != NO_FLOW ? flow_at(table, flow->previous)->next : table->oldest;
}

/* One detail gives way to another. */
static void detail_evict(struct flow_table *table)
{
    bool regained;
    struct flow *flow = idle_list_choose(&table->idle, &regained);
    if (regained)
        flow_table_drop_detail(table, flow);
    else
        flow_remove(table, index_of_flow(table, flow), true);
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

/* As it was made ahead, or now. */
static uint32_t packet_hash(const struct flow_table *table, const struct packet *packet)
{
    return packet->flow_hash != 0
               ? packet->flow_hash
               : flow_hash(&table->key, &packet->source, packet->source_port, &packet->destination,
                           packet->destination_port, packet->transport);
}

void flow_table_fetch_slot(const struct flow_table *table, uint32_t hash)
{
    __builtin_prefetch(&table->slots.at[flow_slots_first(&table->slots, hash)]);
}

bool flow_table_fetch_flow(const struct flow_table *table, uint32_t hash)
{
    const struct flow_slot *slot = &table->slots.at[flow_slots_first(&table->slots, hash)];
    const struct flow_slot *end = table->slots.at + table->slots.mask + 1;
    for (; slot < end && slot->flow != NO_FLOW; slot++) {
        if (slot->hash == hash) {
            fetch_to_write(flow_at(table, slot->flow), sizeof(struct flow));
            return true;
        }
        if ((uintptr_t)(slot + 1) % CACHE_LINE == 0) /* the next one has not been fetched */
            return true;
    }
    return slot == end;
}

struct search {
    struct flow *flow; /* the packet's, in its channel; NULL: none */
    uint32_t index; /* valid with `flow` */
    int side;
    uint32_t others; /* of the same ends that were met; with some: */
    struct flow_resort continued; /* by this packet */
    struct flow_resort quoted; /* by an ICMP error, of which this packet is all that is known */
};

/* Some mirrors deliver each direction in a VLAN or a tunnel of its own. The only flow
 * between the two whose `side` was not seen, and which this packet answers, is meant, or
 * the only one that it continues. */
static void search_other(struct search *search, struct flow *flow, int side,
                         const struct packet *packet)
{
    if (search->others++ == 0)
        search->continued = search->quoted = (struct flow_resort){NULL, SIDE_CLIENT, false};
    if (flow_channel_fits(flow, side, packet))
        flow_resort_note(&search->continued, flow, side);
    if (flow_channel_fits_quotation(flow, side, packet))
        flow_resort_note(&search->quoted, flow, side);
}

static void flow_search(const struct flow_table *table, uint32_t hash, const struct packet *packet,
                        struct search *search)
{
    search->flow = NULL;
    search->side = SIDE_CLIENT;
    search->others = 0;
    const struct flow_slots *slots = &table->slots;
    for (uint32_t at = flow_slots_first(slots, hash); slots->at[at].flow != NO_FLOW;
         at = flow_slots_next(slots, at)) {
        if (slots->at[at].hash != hash)
            continue;
        struct flow *flow = flow_at(table, slots->at[at].flow);
        if (!flow_is_between(flow, packet, &search->side))
            continue;
        if (flow_is_in(flow, packet_channel(packet))) {
            search->flow = flow;
            search->index = slots->at[at].flow;
            return;
        }
        search_other(search, flow, search->side, packet);
    }
}

static bool slots_reserve(struct flow_table *table)
{
    bool grown, ok = flow_slots_reserve(&table->slots, table->count, &grown);
    table->memory_out = table->memory_out || !ok;
    if (grown)
        held_count(table);
    return ok;
}

static void oldest_set(struct flow_table *table, uint32_t index)
{
    table->oldest = index;
    table->oldest_waits = false;
}

static void age_append(struct flow_table *table, uint32_t index)
{
    struct flow *flow = flow_at(table, index);
    flow->previous = table->newest;
    flow->next = NO_FLOW;
    if (table->newest != NO_FLOW)
        flow_at(table, table->newest)->next = index;
    else
        oldest_set(table, index);
    table->newest = index;
}

static void age_remove(struct flow_table *table, uint32_t index)
{
    struct flow *flow = flow_at(table, index);
    if (flow->previous != NO_FLOW)
        flow_at(table, flow->previous)->next = flow->next;
    else
        oldest_set(table, flow->next);
    if (flow->next != NO_FLOW)
        flow_at(table, flow->next)->previous = flow->previous;
    else
        table->newest = flow->previous;
}

static uint32_t hash_of_flow(const struct flow_table *table, uint32_t index)
{
    const struct flow *flow = flow_at(table, index);
    return flow_hash(&table->key, &flow->client.address, flow->client.port, &flow->server.address,
                     flow->server.port, flow->transport);
}

/* All but its slot. */
static void flow_leave(struct flow_table *table, uint32_t index, bool evicted)
{
    struct flow *flow = flow_at(table, index);
    if (table->due == index)
        table->due = NO_FLOW;
    table->end(table->owner, flow, evicted);
    flow_table_drop_detail(table, flow);
    owned_lower(table, flow->missing != NULL ? sizeof *flow->missing : 0);
    free(flow->missing);
    age_remove(table, index);
    flow->next = table->free_flow;
    table->free_flow = index;
    table->count--;
}

static void flow_remove(struct flow_table *table, uint32_t index, bool evicted)
{
    uint32_t hash = table->due == index ? table->due_hash : hash_of_flow(table, index);
    flow_leave(table, index, evicted);
    flow_slots_remove(&table->slots, index, hash);
}

static bool memory_is_short(const struct flow_table *table)
{
    return table->held + table->owned > table->memory_limit;
}

/* What is not in use goes first, then what is regained. Where flows own much, which they do
 * without a detail as well, a flow ends, else the detail gives way that matters least. */
static void memory_make_room(struct flow_table *table)
{
    for (int i = 0; i < EVICTION_LOOKS && memory_is_short(table); i++) {
        struct flow *lone = idle_list_lone(&table->idle);
        if (table->spare_details != NULL) {
            struct spare_detail *spare = table->spare_details;
            table->spare_details = spare->next;
            table->detail_total--;
            held_count(table);
            free(spare);
        } else if (lone != NULL) {
            flow_table_drop_detail(table, lone);
        } else if (table->owned > table->memory_limit / 4 && table->oldest != NO_FLOW) {
            flow_remove(table, flow_to_evict(table), true);
        } else if (table->detail_count > 0) {
            detail_evict(table);
        }
    }
}

/* This flow is the oldest now: its slot is fetched, and the flow behind it, so that both
 * have come when their turn does. */
static void due_set(struct flow_table *table, uint32_t index)
{
    table->due = index;
    if (index == NO_FLOW)
        return;
    table->due_hash = hash_of_flow(table, index);
    flow_table_fetch_slot(table, table->due_hash);
    if (flow_at(table, index)->next != NO_FLOW)
        fetch_to_write(flow_at(table, flow_at(table, index)->next), sizeof(struct flow));
}

/* A time in the future comes from a clock that was set back: it must not stop the list for
 * ever. */
static bool is_recent(int64_t looked_at, int64_t now)
{
    return now >= looked_at && now - looked_at < FLOW_QUIET_ENDED;
}

void flow_table_expire(struct flow_table *table, int64_t now)
{
    memory_make_room(table);
    for (int i = 0; i < 2 && table->oldest != NO_FLOW; i++) {
        uint32_t index = table->oldest;
        if (table->oldest_waits && is_recent(table->oldest_since, now))
            return;
        struct flow *flow = flow_at(table, index);
        table->oldest_since = flow->looked_at;
        table->oldest_waits = is_recent(flow->looked_at, now);
        if (table->oldest_waits)
            return;
        if (now - flow_last_time(flow) > flow_patience(flow)) {
            flow_remove(table, index, false);
        } else {
            flow->looked_at = now;
            age_remove(table, index);
            age_append(table, index);
        }
        due_set(table, table->oldest);
    }
}

void flow_table_finish(struct flow_table *table)
{
    while (table->oldest != NO_FLOW) {
        const struct flow *flow = flow_at(table, table->oldest);
        if (flow->next != NO_FLOW)
            fetch_to_write(flow_at(table, flow->next), sizeof(struct flow));
        flow_leave(table, table->oldest, false);
    }
    flow_slots_clear(&table->slots);
}

void flow_table_visit(struct flow_table *table, flow_visit *visit, void *owner)
{
    for (uint32_t i = table->oldest; i != NO_FLOW; i = flow_at(table, i)->next)
        visit(owner, flow_at(table, i));
}

static bool block_add(struct flow_table *table)
{
    struct flow *block = calloc(BLOCK_FLOWS, sizeof *block);
    if (block == NULL)
        return !(table->memory_out = true);
    uint32_t first = table->block_count * BLOCK_FLOWS;
    table->blocks[table->block_count++] = block;
    held_count(table);
    for (uint32_t i = BLOCK_FLOWS; i-- > 0;) {
        block[i].next = table->free_flow;
        table->free_flow = first + i;
    }
    return true;
}

/* The flow to give up: the one looked at longest ago, but rather not one of
 * interest or at work since, so that a flood of SYNs pushes out itself. */
static uint32_t flow_to_evict(struct flow_table *table)
{
    for (int i = 0; i < EVICTION_LOOKS; i++) {
        struct flow *flow = flow_at(table, table->oldest);
        if (!flow->of_interest && flow_last_time(flow) <= flow->looked_at)
            break;
        flow->looked_at = flow_last_time(flow);
        uint32_t index = table->oldest;
        age_remove(table, index);
        age_append(table, index);
    }
    return table->oldest;
}

/* An unused flow; another is ended where there is none. */
static uint32_t flow_take_unused(struct flow_table *table)
{
    if (table->count >= table->limit || (table->free_flow == NO_FLOW && !block_add(table))) {
        if (table->oldest == NO_FLOW)
            return NO_FLOW;
        flow_remove(table, flow_to_evict(table), true);
    }
    uint32_t index = table->free_flow;
    table->free_flow = flow_at(table, index)->next;
    return index;
}

/* All channels' flows between two ends are found by one hash: were there ever more of them,
 * each packet would take longer. The one that was quiet longest ends early. */
static void channels_make_room(struct flow_table *table, uint32_t hash, const struct packet *packet)
{
    uint32_t quietest = NO_FLOW;
    int side;
    const struct flow_slots *slots = &table->slots;
    for (uint32_t at = flow_slots_first(slots, hash); slots->at[at].flow != NO_FLOW;
         at = flow_slots_next(slots, at)) {
        uint32_t index = slots->at[at].flow;
        if (slots->at[at].hash == hash && flow_is_between(flow_at(table, index), packet, &side) &&
            (quietest == NO_FLOW ||
             flow_last_time(flow_at(table, index)) < flow_last_time(flow_at(table, quietest))))
            quietest = index;
    }
    if (quietest != NO_FLOW)
        flow_remove(table, quietest, true);
}

static struct flow *flow_create(struct flow_table *table, uint32_t hash,
                                const struct packet *packet, int *side)
{
    uint32_t index = flow_take_unused(table);
    if (index == NO_FLOW)
        return NULL;
    struct flow *flow = flow_at(table, index);
    if (!slots_reserve(table)) {
        flow->next = table->free_flow;
        table->free_flow = index;
        return NULL;
    }
    flow_begin(flow, packet);
    (void)flow_is_between(flow, packet, side);
    flow_slots_insert(&table->slots, index, hash);
    age_append(table, index);
    table->count++;
    return flow;
}

struct flow *flow_table_packet(struct flow_table *table, const struct packet *packet, int *side,
                               bool *created)
{
    uint32_t hash = packet_hash(table, packet);
    struct search search;
    flow_search(table, hash, packet, &search);
    *created = false;
    *side = search.side;
    if (search.flow == NULL && search.others > 0) {
        search.flow = search.continued.flow;
        *side = search.continued.side;
    }
    if (search.flow == NULL) {
        *created = true;
        if (search.others >= CHANNELS_LIMIT)
            channels_make_room(table, hash, packet);
        return flow_create(table, hash, packet, side);
    }
    flow_note_channel(search.flow, *side, packet_channel(packet));
    return search.flow;
}

void flow_table_end(struct flow_table *table, const struct packet *packet)
{
    struct search search;
    flow_search(table, packet_hash(table, packet), packet, &search);
    if (search.flow != NULL)
        flow_remove(table, search.index, false);
}

struct flow *flow_table_find(struct flow_table *table, const struct packet *packet, int *side)
{
    struct search search;
    flow_search(table, packet_hash(table, packet), packet, &search);
    *side = search.side;
    if (search.flow != NULL || search.others == 0)
        return search.flow;
    /* An answer in the channel of its direction, or what an ICMP error quotes. */
    const struct flow_resort *resort =
        search.continued.flow != NULL ? &search.continued : &search.quoted;
    *side = resort->side;
    return resort->flow;
}

uint32_t flow_table_count(const struct flow_table *table)
{
    return table->count;
}
