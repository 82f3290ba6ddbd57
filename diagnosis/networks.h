/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose network does an address belong to?  Asked of the catalogue, of the places that
 * are stored, and of the databases that this report was given.
 */
#ifndef APPLEPATH_DIAGNOSIS_NETWORKS_H
#define APPLEPATH_DIAGNOSIS_NETWORKS_H

#include "catalog/hosts.h"
#include "catalog/places.h"
#include "storage/store.h"

/* What a database told of an address when the capture was read. */
struct network_place {
    struct address address;
    uint32_t asn;
};

#define KNOWN_OWNERS 1024 /* addresses: Apple's names have few */

/* Whose an address is, once it was looked up. */
struct known_owner {
    struct address address;
    enum place_owner owner;
    bool known;
};

struct networks {
    const struct catalog *catalog; /* set by the caller, as `places` */
    const struct places *places; /* NULL: the built-in table, which networks_load opens */
    struct places *own_places;
    struct network_place *list; /* by address */
    size_t count;
    size_t capacity;
    bool memory_out;
    struct known_owner *known; /* KNOWN_OWNERS, zeroed; NULL: none are kept, as by default */
};

/* Reads the stored places. False and a problem when the database or memory fails. */
bool networks_load(struct networks *networks, struct store *store, struct problem *problem);
void networks_release(struct networks *networks);

/* PLACE_APPLE also for what the catalogue knows, the user's own networks too. */
enum place_owner networks_owner(const struct networks *networks, const struct address *address);

#endif
