/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where does an address belong?  It comes in; what the databases and the built-in
 * table know of it goes out, each adding what those before it did not know.
 */
#include "catalog/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/places_database.h"
#include "catalog/places_table.h"

struct places {
    struct place_table table;
    struct place_database **databases;
    size_t count;
};

struct places *places_open(const char *const *files, size_t count, struct problem *problem)
{
    struct places *places = calloc(1, sizeof *places);
    bool ok = places != NULL;
    if (ok)
        places->databases = calloc(count + 1, sizeof(struct place_database *));
    ok = ok && places->databases != NULL;
    if (!ok)
        problem_set(problem, "memory is out; free some and start again");
    ok = ok && place_table_load(&places->table, problem);
    for (size_t i = 0; ok && i < count; i++) {
        places->databases[i] = place_database_open(files[i], problem);
        ok = places->databases[i] != NULL;
        places->count += ok;
    }
    if (ok)
        return places;
    places_close(places);
    return NULL;
}

void places_close(struct places *places)
{
    if (places == NULL)
        return;
    for (size_t i = 0; i < places->count; i++)
        place_database_close(places->databases[i]);
    free(places->databases);
    place_table_release(&places->table);
    free(places);
}

bool places_have_database(const struct places *places)
{
    return places->count > 0;
}

/* Names this source, unless there is no room for all of its name. */
static void add_teller(struct place *place, const char *name)
{
    size_t used = strlen(place->told_by);
    size_t length = strlen(name);
    if (used + 1 + length >= sizeof place->told_by)
        return;
    if (used > 0)
        place->told_by[used++] = ',';
    memcpy(place->told_by + used, name, length + 1);
}

static bool says_more(const struct place *now, const struct place *before)
{
    return now->asn != before->asn || strcmp(now->organisation, before->organisation) != 0 ||
           strcmp(now->country, before->country) != 0 || strcmp(now->city, before->city) != 0;
}

static void print_network(const struct address *address, uint8_t bits, struct place *place)
{
    struct address network = *address;
    char text[ADDRESS_TEXT_SIZE];
    bool ipv4 = address_is_ipv4(address) && bits >= 96;
    for (unsigned bit = bits; bit < 128; bit++)
        network.octets[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
    snprintf(place->network, sizeof place->network, "%s/%d", address_print(&network, text),
             ipv4 ? bits - 96 : bits);
}

/* The built-in table adds only what no database told. */
static bool add_built_in(const struct place_row *row, struct place *place)
{
    struct place before = *place;
    if (place->asn == 0 && place->organisation[0] == '\0') {
        place->asn = row->asn;
        snprintf(place->organisation, sizeof place->organisation, "%s", row->organisation);
    }
    if (place->country[0] == '\0')
        snprintf(place->country, sizeof place->country, "%.2s", row->country);
    return says_more(place, &before);
}

bool places_find(const struct places *places, const struct address *address, struct place *place)
{
    struct address reached = address_through_nat64(address);
    uint8_t narrowest = 0;
    memset(place, 0, sizeof *place);
    for (size_t i = 0; i < places->count; i++) {
        struct place before = *place;
        uint8_t bits;
        if (!place_database_find(places->databases[i], &reached, place, &bits) ||
            !says_more(place, &before))
            continue;
        add_teller(place, place_database_name(places->databases[i]));
        narrowest = bits > narrowest ? bits : narrowest;
    }
    const struct place_row *row = place_table_find(&places->table, &reached);
    if (row != NULL && add_built_in(row, place)) {
        add_teller(place, PLACE_BUILT_IN);
        narrowest = row->prefix.bits > narrowest ? row->prefix.bits : narrowest;
    }
    if (place->told_by[0] == '\0')
        return false;
    print_network(&reached, narrowest, place);
    return true;
}

static const char *or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

struct fact_place place_fact(const struct address *address, const struct place *place)
{
    struct fact_place fact = {
        .address = *address,
        .network = or_null(place->network),
        .asn = place->asn,
        .organisation = or_null(place->organisation),
        .country = or_null(place->country),
        .city = or_null(place->city),
        .told_by = or_null(place->told_by),
    };
    return fact;
}

bool place_is_from_database(const struct fact_place *fact)
{
    return fact->told_by != NULL && strcmp(fact->told_by, PLACE_BUILT_IN) != 0;
}

enum place_owner places_owner(const struct places *places, const struct address *address)
{
    struct address reached = address_through_nat64(address);
    const struct place_row *row = place_table_find(&places->table, &reached);
    return row != NULL ? row->owner : PLACE_OTHER;
}

enum place_owner places_owner_of_number(const struct places *places, uint32_t asn)
{
    const struct place_row *row = place_table_find_number(&places->table, asn);
    return row != NULL ? row->owner : PLACE_OTHER;
}
