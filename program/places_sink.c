/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where do the servers stand?  Facts come in and go out unchanged; behind each that
 * names a public address for the first time (a flow's server, an answer to a name of
 * the catalogue's) goes a fact of its place, if anything is known of it.
 */
#include "program/places_sink.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* A power of two: never more than half full. */
#define SLOT_COUNT (2u * PLACES_SINK_LIMIT)

struct places_sink {
    const struct places *places;
    const struct catalog *catalog;
    struct fact_sink next;
    struct hash_key key;
    struct address *slots; /* open addressing; no address: free */
    size_t count;
};

struct places_sink *places_sink_create(const struct places *places, const struct catalog *catalog,
                                       struct fact_sink next)
{
    struct places_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL)
        return NULL;
    *sink = (struct places_sink){
        .places = places, .catalog = catalog, .next = next, .key = hash_key_random()};
    sink->slots = calloc(SLOT_COUNT, sizeof *sink->slots);
    if (sink->slots != NULL)
        return sink;
    places_sink_release(sink);
    return NULL;
}

void places_sink_release(struct places_sink *sink)
{
    if (sink == NULL)
        return;
    free(sink->slots);
    free(sink);
}

/* Remembers the address; false if it was known, or there is no more room. */
static bool is_new(struct places_sink *sink, const struct address *address)
{
    uint64_t words[2];
    memcpy(words, address->octets, sizeof words);
    size_t slot = (size_t)hash_words(&sink->key, words, 2) & (SLOT_COUNT - 1);
    while (!address_is_none(&sink->slots[slot])) {
        if (address_equal(&sink->slots[slot], address))
            return false;
        slot = (slot + 1) & (SLOT_COUNT - 1);
    }
    if (sink->count == PLACES_SINK_LIMIT)
        return false;
    sink->slots[slot] = *address;
    sink->count++;
    return true;
}

static bool tell_place(struct places_sink *sink, const struct address *address)
{
    struct place place;
    if (address_is_none(address) || address_is_unspecified(address) ||
        address_is_loopback(address) || address_is_multicast(address) ||
        address_is_private(address) || !is_new(sink, address) ||
        !places_find(sink->places, address, &place))
        return true;
    struct fact fact = {.kind = FACT_PLACE, .as.place = place_fact(address, &place)};
    return sink->next.take(sink->next.owner, &fact);
}

static bool tell_answers(struct places_sink *sink, const struct fact_dns *dns)
{
    if (!catalog_knows_name(sink->catalog, dns->name))
        return true;
    for (size_t i = 0; i < dns->record_count; i++)
        if (dns->records[i].section == DNS_ANSWER && !tell_place(sink, &dns->records[i].address))
            return false;
    return true;
}

static bool take(void *owner, const struct fact *fact)
{
    struct places_sink *sink = owner;
    if (!sink->next.take(sink->next.owner, fact))
        return false;
    if (fact->kind == FACT_FLOW)
        return tell_place(sink, &fact->as.flow.server.address);
    return fact->kind != FACT_DNS || tell_answers(sink, &fact->as.dns);
}

struct fact_sink places_sink_of(struct places_sink *sink)
{
    return (struct fact_sink){.take = take, .owner = sink};
}
