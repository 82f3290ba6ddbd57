/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows live in blocks that never move; an open-addressing index of 8 bytes a
 * slot finds them by a keyed hash of their endpoints, whichever side sends.  An
 * age list orders them by the time they were last looked at for expiry, so that
 * each flow is looked at once in a while and not at every packet.
 */
#include "flows/flow_table.h"

#include <stdlib.h>
#include <string.h>

#include "flows/apns_life.h"
#include "flows/flow_channels.h"
#include "flows/flow_facts.h"
#include "flows/flow_hash.h"
#include "flows/flow_life.h"
#include "flows/idle_list.h"
#include "flows/missing_segments.h"

#define BLOCK_FLOWS 1024u
#define NO_FLOW UINT32_MAX
#define EVICTION_LOOKS 8
#define CHANNELS_LIMIT 64 /* flows between the same two ends, in as many VLANs or tunnels */

struct slot {
    uint32_t flow; /* NO_FLOW: empty */
    uint32_t hash;
};

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
    struct slot *slots;
    uint32_t slot_mask;
    uint32_t oldest; /* age list: looked at longest ago .. most recently */
    uint32_t newest;
    struct spare_detail *spare_details;
    uint32_t detail_limit;
    uint32_t detail_count;
    uint32_t detail_total; /* allocated, spare ones too */
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

static bool slots_allocate(struct flow_table *table, uint32_t count)
{
    table->slots = malloc((size_t)count * sizeof *table->slots);
    if (table->slots == NULL)
        return false;
    memset(table->slots, 0xff, (size_t)count * sizeof *table->slots);
    table->slot_mask = count - 1;
    return true;
}

struct flow_table *flow_table_create(uint32_t limit, flow_end *end, void *owner)
{
    struct flow_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->key = hash_key_random();
    table->limit = limit == 0 ? 1 : limit;
    table->detail_limit = table->limit;
    table->memory_limit = UINT64_MAX;
    table->free_flow = table->oldest = table->newest = NO_FLOW;
    table->end = end;
    table->owner = owner;
    table->blocks = calloc(table->limit / BLOCK_FLOWS + 1, sizeof *table->blocks);
    if (table->blocks == NULL || !slots_allocate(table, 4096)) {
        flow_table_release(table);
        return NULL;
    }
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
    free(table->slots);
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
}

static void flow_remove(struct flow_table *table, uint32_t index, bool evicted);
static uint32_t flow_to_evict(struct flow_table *table);
static struct slot *slot_of_flow(const struct flow_table *table, const struct flow *flow);

/* One detail gives way to another. */
static void detail_evict(struct flow_table *table)
{
    bool regained;
    struct flow *flow = idle_list_choose(&table->idle, &regained);
    if (regained)
        flow_table_drop_detail(table, flow);
    else
        flow_remove(table, slot_of_flow(table, flow)->flow, true);
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
    }
    flow->detail = detail;
    if (detail == NULL) {
        table->memory_out = true;
        return NULL;
    }
    detail->flow = flow;
    idle_list_append(&table->idle, detail);
    table->detail_count++;
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
    if (flow->detail == NULL)
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

uint32_t flow_table_hash(const struct flow_table *table, const struct packet *packet)
{
    return flow_hash(&table->key, &packet->source, packet->source_port, &packet->destination,
                     packet->destination_port, packet->transport);
}

/* As it was made ahead, or now. */
static uint32_t packet_hash(const struct flow_table *table, const struct packet *packet)
{
    return packet->flow_hash != 0 ? packet->flow_hash : flow_table_hash(table, packet);
}

void flow_table_fetch_slot(const struct flow_table *table, uint32_t hash)
{
    __builtin_prefetch(&table->slots[hash & table->slot_mask]);
}

static void flow_fetch(const struct flow *flow)
{
    const char *at = (const char *)flow;
    for (size_t line = 0; line < sizeof *flow; line += 64)
        __builtin_prefetch(at + line, 1);
}

bool flow_table_fetch_flow(const struct flow_table *table, uint32_t hash)
{
    const struct slot *slot = &table->slots[hash & table->slot_mask];
    if (slot->flow == NO_FLOW || slot->hash != hash)
        return false;
    flow_fetch(flow_at(table, slot->flow));
    return true;
}

static struct slot *slot_find(const struct flow_table *table, uint32_t hash,
                              const struct endpoint *source, const struct endpoint *destination,
                              const struct packet *packet, int *side)
{
    uint32_t at = hash & table->slot_mask;
    while (table->slots[at].flow != NO_FLOW) {
        if (table->slots[at].hash == hash) {
            const struct flow *flow = flow_at(table, table->slots[at].flow);
            if (flow_is_between(flow, source, destination, packet->transport, side) &&
                flow_is_in(flow, packet_channel(packet)))
                break;
        }
        at = (at + 1) & table->slot_mask;
    }
    return &table->slots[at];
}

static struct slot *slot_of_flow(const struct flow_table *table, const struct flow *flow)
{
    uint32_t at = flow_hash(&table->key, &flow->client.address, flow->client.port,
                            &flow->server.address, flow->server.port, flow->transport);
    at &= table->slot_mask;
    while (table->slots[at].flow == NO_FLOW || flow_at(table, table->slots[at].flow) != flow)
        at = (at + 1) & table->slot_mask;
    return &table->slots[at];
}

/* Some mirrors deliver each direction in a VLAN or a tunnel of its own. The only flow
 * between the two whose `side` was not seen, and which this packet answers, is meant, or
 * the only one that it continues; where `quoted` the packet is one that an ICMP error
 * quotes. NULL: none, or several. */
static struct flow *flow_across_channels(const struct flow_table *table,
                                         const struct packet *packet, bool quoted, int *side)
{
    struct endpoint source = {packet->source, packet->source_port};
    struct endpoint destination = {packet->destination, packet->destination_port};
    uint32_t hash = packet_hash(table, packet);
    struct flow *found = NULL;
    int found_side = SIDE_CLIENT;
    uint32_t at = hash & table->slot_mask;
    for (; table->slots[at].flow != NO_FLOW; at = (at + 1) & table->slot_mask) {
        struct flow *flow = flow_at(table, table->slots[at].flow);
        int which;
        if (table->slots[at].hash != hash ||
            !flow_is_between(flow, &source, &destination, packet->transport, &which))
            continue;
        bool fits = quoted ? flow_channel_fits_quotation(flow, which, packet)
                           : flow_channel_fits(flow, which, packet);
        if (!fits)
            continue;
        if (found != NULL)
            return NULL;
        found = flow;
        found_side = which;
    }
    *side = found_side;
    return found;
}

static void slot_insert(struct flow_table *table, uint32_t flow, uint32_t hash)
{
    uint32_t at = hash & table->slot_mask;
    while (table->slots[at].flow != NO_FLOW)
        at = (at + 1) & table->slot_mask;
    table->slots[at] = (struct slot){flow, hash};
}

/* Closes the hole that a removed slot leaves, so that no search ends early. */
static void slot_remove(struct flow_table *table, struct slot *slot)
{
    uint32_t hole = (uint32_t)(slot - table->slots);
    uint32_t at = hole;
    for (;;) {
        at = (at + 1) & table->slot_mask;
        if (table->slots[at].flow == NO_FLOW)
            break;
        uint32_t home = table->slots[at].hash & table->slot_mask;
        if (((at - home) & table->slot_mask) >= ((at - hole) & table->slot_mask)) {
            table->slots[hole] = table->slots[at];
            hole = at;
        }
    }
    table->slots[hole].flow = NO_FLOW;
}

static bool slots_grow(struct flow_table *table)
{
    if (table->count * UINT64_C(4) < (table->slot_mask + UINT64_C(1)) * 3)
        return true;
    struct slot *old = table->slots;
    uint32_t old_count = table->slot_mask + 1;
    if (!slots_allocate(table, old_count * 2)) {
        table->slots = old;
        table->slot_mask = old_count - 1;
        table->memory_out = table->count + 1 >= old_count;
        return table->count + 1 < old_count;
    }
    for (uint32_t i = 0; i < old_count; i++)
        if (old[i].flow != NO_FLOW)
            slot_insert(table, old[i].flow, old[i].hash);
    free(old);
    return true;
}

static void age_append(struct flow_table *table, uint32_t index)
{
    struct flow *flow = flow_at(table, index);
    flow->previous = table->newest;
    flow->next = NO_FLOW;
    if (table->newest != NO_FLOW)
        flow_at(table, table->newest)->next = index;
    else
        table->oldest = index;
    table->newest = index;
}

static void age_remove(struct flow_table *table, uint32_t index)
{
    struct flow *flow = flow_at(table, index);
    if (flow->previous != NO_FLOW)
        flow_at(table, flow->previous)->next = flow->next;
    else
        table->oldest = flow->next;
    if (flow->next != NO_FLOW)
        flow_at(table, flow->next)->previous = flow->previous;
    else
        table->newest = flow->previous;
}

/* All but its slot. */
static void flow_leave(struct flow_table *table, uint32_t index, bool evicted)
{
    struct flow *flow = flow_at(table, index);
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
    flow_leave(table, index, evicted);
    slot_remove(table, slot_of_flow(table, flow_at(table, index)));
}

static bool memory_is_short(const struct flow_table *table)
{
    return (uint64_t)table->block_count * BLOCK_FLOWS * sizeof(struct flow) +
               (uint64_t)table->slot_mask * sizeof(struct slot) +
               (uint64_t)table->detail_total * sizeof(struct flow_detail) + table->owned >
           table->memory_limit;
}

/* What is not in use goes first. Where flows own much, which they do without a detail as
 * well, a flow ends, else the detail gives way that matters least. */
static void memory_make_room(struct flow_table *table)
{
    for (int i = 0; i < EVICTION_LOOKS && memory_is_short(table); i++) {
        if (table->spare_details != NULL) {
            struct spare_detail *spare = table->spare_details;
            table->spare_details = spare->next;
            table->detail_total--;
            free(spare);
        } else if (table->owned > table->memory_limit / 4 && table->oldest != NO_FLOW) {
            flow_remove(table, flow_to_evict(table), true);
        } else if (table->detail_count > 0) {
            detail_evict(table);
        }
    }
}

void flow_table_expire(struct flow_table *table, int64_t now)
{
    memory_make_room(table);
    for (int i = 0; i < 2 && table->oldest != NO_FLOW; i++) {
        uint32_t index = table->oldest;
        struct flow *flow = flow_at(table, index);
        /* A time in the future comes from a clock that was set back: it must not
         * stop the list for ever. */
        if (now >= flow->looked_at && now - flow->looked_at < FLOW_QUIET_ENDED)
            return;
        if (flow->next != NO_FLOW) /* soon the oldest */
            flow_fetch(flow_at(table, flow->next));
        if (now - flow_last_time(flow) > flow_patience(flow)) {
            flow_remove(table, index, false);
        } else {
            flow->looked_at = now;
            age_remove(table, index);
            age_append(table, index);
        }
    }
}

void flow_table_finish(struct flow_table *table)
{
    while (table->oldest != NO_FLOW) {
        const struct flow *flow = flow_at(table, table->oldest);
        if (flow->next != NO_FLOW)
            flow_fetch(flow_at(table, flow->next));
        flow_leave(table, table->oldest, false);
    }
    memset(table->slots, 0xff, ((size_t)table->slot_mask + 1) * sizeof *table->slots);
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
static void channels_make_room(struct flow_table *table, uint32_t hash,
                               const struct endpoint *source, const struct endpoint *destination,
                               uint8_t transport)
{
    uint32_t quietest = NO_FLOW;
    int count = 0, side;
    uint32_t at = hash & table->slot_mask;
    for (; table->slots[at].flow != NO_FLOW; at = (at + 1) & table->slot_mask) {
        uint32_t index = table->slots[at].flow;
        if (table->slots[at].hash != hash ||
            !flow_is_between(flow_at(table, index), source, destination, transport, &side))
            continue;
        count++;
        if (quietest == NO_FLOW ||
            flow_last_time(flow_at(table, index)) < flow_last_time(flow_at(table, quietest)))
            quietest = index;
    }
    if (count >= CHANNELS_LIMIT)
        flow_remove(table, quietest, true);
}

static struct flow *flow_create(struct flow_table *table, uint32_t hash,
                                const struct endpoint *source, const struct endpoint *destination,
                                const struct packet *packet, int *side)
{
    channels_make_room(table, hash, source, destination, packet->transport);
    uint32_t index = flow_take_unused(table);
    if (index == NO_FLOW)
        return NULL;
    struct flow *flow = flow_at(table, index);
    if (!slots_grow(table)) {
        flow->next = table->free_flow;
        table->free_flow = index;
        return NULL;
    }
    flow_begin(flow, source, destination, packet);
    slot_insert(table, index, hash);
    age_append(table, index);
    table->count++;
    *side = endpoint_equal(&flow->client, source) ? SIDE_CLIENT : SIDE_SERVER;
    return flow;
}

/* The slot of the packet's flow, or the empty one where it would be. */
static struct slot *slot_of_packet(const struct flow_table *table, const struct packet *packet,
                                   int *side)
{
    struct endpoint source = {packet->source, packet->source_port};
    struct endpoint destination = {packet->destination, packet->destination_port};
    uint32_t hash = packet_hash(table, packet);
    return slot_find(table, hash, &source, &destination, packet, side);
}

struct flow *flow_table_packet(struct flow_table *table, const struct packet *packet, int *side,
                               bool *created)
{
    struct endpoint source = {packet->source, packet->source_port};
    struct endpoint destination = {packet->destination, packet->destination_port};
    uint32_t hash = packet_hash(table, packet);
    const struct slot *slot = slot_find(table, hash, &source, &destination, packet, side);
    struct flow *flow = slot->flow != NO_FLOW ? flow_at(table, slot->flow)
                                              : flow_across_channels(table, packet, false, side);
    *created = flow == NULL;
    if (*created)
        return flow_create(table, hash, &source, &destination, packet, side);
    flow_note_channel(flow, *side, packet_channel(packet));
    return flow;
}

void flow_table_end(struct flow_table *table, const struct packet *packet)
{
    int side;
    struct slot *slot = slot_of_packet(table, packet, &side);
    if (slot->flow != NO_FLOW)
        flow_remove(table, slot->flow, false);
}

struct flow *flow_table_find(struct flow_table *table, const struct packet *packet, int *side)
{
    const struct slot *slot = slot_of_packet(table, packet, side);
    if (slot->flow != NO_FLOW)
        return flow_at(table, slot->flow);
    /* An answer in the channel of its direction, or what an ICMP error quotes. */
    struct flow *flow = flow_across_channels(table, packet, false, side);
    return flow != NULL ? flow : flow_across_channels(table, packet, true, side);
}

uint32_t flow_table_count(const struct flow_table *table)
{
    return table->count;
}
