/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How are attempts counted?  A key comes in, its counters go out: from a table with
 * open addressing, in which a counter also knows where its kin are.
 */
#include "diagnosis/tallies.h"

#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"

#define TALLY_LIMIT (size_t)(16u << 20)

/* The keys were made by the observing half under its own bounds, so that an
 * unkeyed mix does; what a hostile database could gain here is time only. */
static uint32_t key_mix(const struct tally_key *key)
{
    uint64_t words[6];
    memcpy(&words[0], key->client.octets, 16);
    memcpy(&words[2], key->server.octets, 16);
    words[4] = key->row;
    words[5] = key->port_key;
    uint64_t mixed = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < 6; i++) {
        mixed ^= words[i];
        mixed *= UINT64_C(0xff51afd7ed558ccd);
        mixed ^= mixed >> 32;
    }
    return (uint32_t)mixed;
}

static size_t slot_of(const struct tallies *tallies, const struct tally_key *key, uint32_t hash)
{
    size_t at = hash & tallies->slot_mask;
    for (; tallies->slots[at].place != NO_TALLY; at = (at + 1) & tallies->slot_mask) {
        const struct tally *tally = &tallies->list[tallies->slots[at].place];
        if (tallies->slots[at].hash == hash && tally->row == key->row &&
            tally->port_key == key->port_key && address_equal(&tally->client, &key->client) &&
            address_equal(&tally->server, &key->server))
            break;
    }
    return at;
}

/* No two of them are the same, so that the first free slot is theirs. */
static void slots_move(struct tallies *tallies, const struct tally_slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = slots[i].hash & tallies->slot_mask;
        if (slots[i].place == NO_TALLY)
            continue;
        while (tallies->slots[at].place != NO_TALLY)
            at = (at + 1) & tallies->slot_mask;
        tallies->slots[at] = slots[i];
    }
}

static bool tallies_grow(struct tallies *tallies)
{
    size_t capacity = tallies->capacity == 0 ? 1024 : tallies->capacity * 2;
    if (capacity > TALLY_LIMIT)
        return false;
    struct tally *list = realloc(tallies->list, capacity * sizeof *list);
    if (list == NULL)
        return false;
    tallies->list = list;
    struct tally_slot *before = tallies->slots;
    struct tally_slot *slots = malloc(capacity * 2 * sizeof *slots);
    if (slots == NULL)
        return false;
    memset(slots, 0xff, capacity * 2 * sizeof *slots);
    tallies->slots = slots;
    tallies->slot_mask = capacity * 2 - 1;
    slots_move(tallies, before, tallies->capacity * 2);
    tallies->capacity = capacity;
    free(before);
    return true;
}

void tallies_release(struct tallies *tallies)
{
    free(tallies->list);
    free(tallies->slots);
}

struct tally_key tally_key(const struct address *client, const struct address *server, size_t row,
                           uint32_t port_key)
{
    struct tally_key key = {.row = row, .port_key = port_key};
    if (client != NULL)
        key.client = *client;
    if (server != NULL)
        key.server = *server;
    return key;
}

uint32_t tally_port_key(uint8_t transport, uint16_t port)
{
    return (uint32_t)transport << 16 | port;
}

uint32_t tallies_place(struct tallies *tallies, const struct tally_key *key)
{
    if (tallies->count == tallies->capacity && !tallies_grow(tallies)) {
        tallies->memory_out = true;
        return NO_TALLY;
    }
    uint32_t hash = key_mix(key);
    size_t at = slot_of(tallies, key, hash);
    if (tallies->slots[at].place == NO_TALLY) {
        struct tally *tally = &tallies->list[tallies->count];
        memset(tally, 0, sizeof *tally);
        tally->client = key->client;
        tally->server = key->server;
        tally->row = key->row;
        tally->port_key = key->port_key;
        tally->first_success = tally->last_success = TIMESTAMP_NONE;
        tally->first_failure = tally->last_failure = TIMESTAMP_NONE;
        tallies->slots[at] = (struct tally_slot){(uint32_t)tallies->count++, hash};
    }
    return tallies->slots[at].place;
}

struct tally *tallies_of(struct tallies *tallies, const struct tally_key *key)
{
    uint32_t place = tallies_place(tallies, key);
    return place != NO_TALLY ? &tallies->list[place] : NULL;
}

const struct tally *tallies_find(const struct tallies *tallies, const struct tally_key *key)
{
    if (tallies->capacity == 0)
        return NULL;
    uint32_t place = tallies->slots[slot_of(tallies, key, key_mix(key))].place;
    return place == NO_TALLY ? NULL : &tallies->list[place];
}

struct tally *tallies_kin(struct tallies *tallies, uint32_t place, enum tally_kin kin,
                          const struct tally_key *key)
{
    uint32_t known = tallies->list[place].kin[kin];
    if (known != 0)
        return &tallies->list[known - 1];
    uint32_t found = tallies_place(tallies, key);
    if (found == NO_TALLY)
        return NULL;
    tallies->list[place].kin[kin] = found + 1;
    return &tallies->list[found];
}

/* Nearly every flow is of a counter that is there, but in another place of memory than the
 * one before. */
void tallies_fetch_slot(const struct tallies *tallies, const struct tally_key *key)
{
    if (tallies->capacity != 0)
        __builtin_prefetch(&tallies->slots[key_mix(key) & tallies->slot_mask]);
}

static void fetch(const struct tally *tally)
{
    for (size_t line = 0; line < 3; line++)
        __builtin_prefetch((const char *)tally + line * CACHE_LINE, 1);
}

void tallies_fetch(const struct tallies *tallies, const struct tally_key *key)
{
    uint32_t place =
        tallies->capacity == 0 ? NO_TALLY : tallies->slots[key_mix(key) & tallies->slot_mask].place;
    if (place != NO_TALLY)
        fetch(&tallies->list[place]);
}

void tallies_fetch_kin(const struct tallies *tallies, const struct tally *tally)
{
    for (size_t i = 0; i < KIN_COUNT; i++) {
        if (tally->kin[i] != 0)
            fetch(&tallies->list[tally->kin[i] - 1]);
    }
}

void tally_add_failure(struct tally *tally, const struct fact_flow *flow, enum attempt attempt)
{
    if (tally->first_failure == TIMESTAMP_NONE || flow->first_time < tally->first_failure)
        tally->first_failure = flow->first_time;
    if (flow->last_time > tally->last_failure)
        tally->last_failure = flow->last_time;
    if (tally->failed_flow_count < TALLY_FLOWS)
        tally->failed_flows[tally->failed_flow_count++] = flow->id;
    if (attempt == ATTEMPT_REJECTED && tally->counts[ATTEMPT_REJECTED] == 1) {
        tally->icmp_sender = flow->icmp_sender;
        tally->icmp_ttl = flow->icmp_ttl;
        tally->icmp_type = flow->icmp_type;
        tally->icmp_code = flow->icmp_code;
    }
    if (attempt == ATTEMPT_REFUSED && tally->reset_ttl == 0)
        tally->reset_ttl = flow->reset_ttl;
}

void tally_add(struct tally *tally, const struct fact_flow *flow, enum attempt attempt)
{
    if (tally == NULL)
        return;
    tally->counts[attempt]++;
    if (attempt != ATTEMPT_UNDECIDED)
        tally->last_attempt = attempt;
    tally->transport = flow->transport;
    tally->port = attempt_port(flow);
    if (attempt == ATTEMPT_SUCCESS) {
        tally->tunnelled += flow->tunnel_port != 0;
        if (tally->first_success == TIMESTAMP_NONE || flow->first_time < tally->first_success)
            tally->first_success = flow->first_time;
        if (flow->first_time > tally->last_success)
            tally->last_success = flow->first_time;
    } else if (attempt != ATTEMPT_UNDECIDED && attempt != ATTEMPT_TORN_DOWN) {
        tally_add_failure(tally, flow, attempt);
    }
}

/* A client may take a new port for each request: one after the other without an
 * answer is a retry, like two from one port. Lone SYNs are what races of address
 * families leave behind; a server that is there answers them, if too late, so that
 * the third one without an answer counts as well. (That a pair which worked at any
 * time is not blocked is for the rules to say.) */
static uint32_t lone_requests_needed(const struct fact_flow *flow)
{
    return flow->transport == TRANSPORT_TCP ? 3 : 2;
}

enum attempt tally_lone_request(struct tally *tally, const struct fact_flow *flow,
                                enum attempt attempt)
{
    if (tally == NULL || attempt != ATTEMPT_UNDECIDED || flow->outcome != OUTCOME_SILENT ||
        flow->midstream)
        return attempt;
    if (tally->lone_count++ == 0) {
        tally->lone_flow = flow->id;
        tally->lone_time = flow->first_time;
    }
    return tally->lone_count >= lone_requests_needed(flow) &&
                   flow->first_time - tally->lone_time >= RETRY_SPAN
               ? ATTEMPT_SILENT
               : attempt;
}

/* The first of the lone requests are failures, too, once enough have come. */
void tally_settle_lone_request(struct tally *tally, const struct fact_flow *flow,
                               enum attempt attempt)
{
    uint32_t earlier = lone_requests_needed(flow) - 1;
    if (tally == NULL || tally->lone_count <= earlier || attempt != ATTEMPT_SILENT ||
        tally->counts[ATTEMPT_SILENT] > 0)
        return;
    tally->counts[ATTEMPT_UNDECIDED] -= earlier;
    tally->counts[ATTEMPT_SILENT] += earlier;
    if (tally->first_failure == TIMESTAMP_NONE || tally->lone_time < tally->first_failure)
        tally->first_failure = tally->lone_time;
    if (tally->failed_flow_count < TALLY_FLOWS)
        tally->failed_flows[tally->failed_flow_count++] = tally->lone_flow;
}
