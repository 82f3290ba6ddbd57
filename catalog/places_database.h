/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One database of places in MaxMind's file format (MaxMind DB 2.0), for catalog/
 * alone.  A build without libmaxminddb opens none.
 */
#ifndef APPLEPATH_CATALOG_PLACES_DATABASE_H
#define APPLEPATH_CATALOG_PLACES_DATABASE_H

#include "catalog/places.h"

struct place_database;

/* NULL and a problem that names the file. Closed by place_database_close. */
struct place_database *place_database_open(const char *path, struct problem *problem);
void place_database_close(struct place_database *database);

/* The file's name without its folder. */
const char *place_database_name(const struct place_database *database);

/* Adds to `place` what is "" or 0 there and known here; `bits`: those of the prefix
 * that answered, in the 128-bit form. False: the address is not in it. */
bool place_database_find(const struct place_database *database, const struct address *address,
                         struct place *place, uint8_t *bits);

#endif
