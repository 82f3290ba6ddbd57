/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in table of networks as it lies in memory, for catalog/ alone.
 */
#ifndef APPLEPATH_CATALOG_PLACES_TABLE_H
#define APPLEPATH_CATALOG_PLACES_TABLE_H

#include "catalog/places.h"

/* One row of catalog/places.tsv; texts lead into the table. */
struct place_row {
    struct prefix prefix; /* none (bits 0) where the row is of a number alone */
    enum place_owner owner;
    uint32_t asn;
    const char *organisation;
    const char *country;
};

#define PLACE_GROUPS 512u /* by the first octet, of IPv6 and then of IPv4 */

struct place_table {
    struct place_row *rows;
    char *text; /* owned; what the rows point into */
    size_t count;
    uint16_t *grouped; /* owned; the rows that have a prefix, group by group, in order */
    uint16_t starts[PLACE_GROUPS + 1]; /* where each group begins in `grouped` */
};

/* False and a problem when memory is out or a line is none. */
bool place_table_load(struct place_table *table, struct problem *problem);
void place_table_release(struct place_table *table);

/* The row with the longest prefix that holds the address; NULL if none does. */
const struct place_row *place_table_find(const struct place_table *table,
                                         const struct address *address);

/* A row of that autonomous system; NULL if there is none, and for 0. */
const struct place_row *place_table_find_number(const struct place_table *table, uint32_t asn);

#endif
