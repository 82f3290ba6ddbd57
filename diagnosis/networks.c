/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose network does an address belong to?  It comes in; Apple, a CDN of Apple's, a
 * vendor's block page or somebody else goes out.  What is told by number (autonomous
 * system) only adds to what the built-in table knows by prefix.
 */
#include "diagnosis/networks.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "storage/facts.h"

static bool take_place(void *owner, const struct fact *fact)
{
    struct networks *networks = owner;
    const struct fact_place *place = &fact->as.place;
    if (!place_is_from_database(place))
        return true;
    struct network_place *list =
        array_grow(networks->list, networks->count, &networks->capacity, sizeof *list);
    if (list == NULL) {
        networks->memory_out = true;
        return false;
    }
    networks->list = list;
    list[networks->count++] = (struct network_place){place->address, place->asn};
    return true;
}

static int compare_places(const void *left, const void *right)
{
    const struct network_place *one = left;
    const struct network_place *two = right;
    return address_compare(&one->address, &two->address);
}

bool networks_load(struct networks *networks, struct store *store, struct problem *problem)
{
    if (networks->places == NULL)
        networks->places = networks->own_places = places_open(NULL, 0, problem);
    if (networks->places == NULL ||
        !facts_read(store, FACT_PLACE, NULL, take_place, networks, problem))
        return false;
    if (networks->memory_out)
        return problem_set(problem, "memory is out; free some and start again");
    if (networks->count > 1)
        qsort(networks->list, networks->count, sizeof *networks->list, compare_places);
    return true;
}

void networks_release(struct networks *networks)
{
    places_close(networks->own_places);
    free(networks->list);
}

/* The number that a database told, then or now; 0: none did. */
static uint32_t number_of(const struct networks *networks, const struct address *address)
{
    struct network_place key = {*address, 0};
    const struct network_place *stored = NULL;
    struct place place;
    if (networks->count > 0)
        stored = bsearch(&key, networks->list, networks->count, sizeof key, compare_places);
    if (stored != NULL)
        return stored->asn;
    if (!places_have_database(networks->places) || !places_find(networks->places, address, &place))
        return 0;
    return place.asn;
}

static enum place_owner owner_of(const struct networks *networks, const struct address *address)
{
    if (catalog_knows_address(networks->catalog, address))
        return PLACE_APPLE;
    enum place_owner owner = places_owner(networks->places, address);
    if (owner != PLACE_OTHER)
        return owner;
    return places_owner_of_number(networks->places, number_of(networks, address));
}

enum place_owner networks_owner(const struct networks *networks, const struct address *address)
{
    if (networks->known == NULL)
        return owner_of(networks, address);
    uint64_t words[2];
    memcpy(words, address->octets, sizeof words);
    uint64_t mixed = (words[0] ^ words[1]) * UINT64_C(0x9e3779b97f4a7c15);
    struct known_owner *known = &networks->known[(mixed >> 32) % KNOWN_OWNERS];
    if (!known->known || !address_equal(&known->address, address))
        *known = (struct known_owner){*address, owner_of(networks, address), true};
    return known->owner;
}
