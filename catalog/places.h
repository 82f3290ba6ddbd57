/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where does an address belong?  The user's databases (MaxMind's file format) are
 * asked first, in their order, and then the built-in table (catalog/places.tsv,
 * compiled in).  What one does not know, the next may add.
 */
#ifndef APPLEPATH_CATALOG_PLACES_H
#define APPLEPATH_CATALOG_PLACES_H

#include "base/fact.h"
#include "base/problem.h"

#define PLACE_NETWORK_SIZE (ADDRESS_TEXT_SIZE + 4) /* "address/bits" */

/* Who "told_by" names for the built-in table. */
#define PLACE_BUILT_IN "built-in"

struct places;

/* Text is "" and the number 0 where nothing is known; UTF-8. */
struct place {
    char network[PLACE_NETWORK_SIZE]; /* the narrowest prefix that an answer stood for */
    uint32_t asn;
    char organisation[128];
    char country[3]; /* ISO 3166, two letters */
    char city[96];
    char told_by[256]; /* file names without folders, comma-separated, or PLACE_BUILT_IN */
};

enum place_owner {
    PLACE_OTHER, /* somebody else, or not known */
    PLACE_APPLE,
    PLACE_CDN, /* one that carries names of Apple's */
    PLACE_BLOCK_PAGE /* where a vendor leads what it blocks */
};

/* Opens the databases. NULL and a problem that names the file when one cannot be
 * used, or when memory is out. Released by places_close (NULL is allowed). */
struct places *places_open(const char *const *files, size_t count, struct problem *problem);
void places_close(struct places *places);

/* Is there any database, or the built-in table alone? */
bool places_have_database(const struct places *places);

/* What is known of the address; one under NAT64's well-known prefix (RFC 6052
 * section 2.1) stands for the IPv4 address in it. False: nothing. */
bool places_find(const struct places *places, const struct address *address, struct place *place);

/* The same as a fact, whose text lies in `place`. */
struct fact_place place_fact(const struct address *address, const struct place *place);

/* Was the fact told by a database, or by the built-in table alone? */
bool place_is_from_database(const struct fact_place *fact);

/* By the built-in table: whose address, whose autonomous system. */
enum place_owner places_owner(const struct places *places, const struct address *address);
enum place_owner places_owner_of_number(const struct places *places, uint32_t asn);

#endif
