/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands between the pipeline and the store: passes every fact on, and adds where
 * each server's address belongs, once for each.
 */
#ifndef APPLEPATH_PROGRAM_PLACES_SINK_H
#define APPLEPATH_PROGRAM_PLACES_SINK_H

#include "base/fact.h"
#include "catalog/hosts.h"
#include "catalog/places.h"

struct places_sink;

/* Addresses beyond this many are passed over. */
#define PLACES_SINK_LIMIT 16384u

/* `next` receives the facts; places and catalogue are borrowed. NULL when memory is
 * out. Released by places_sink_release (NULL is allowed). */
struct places_sink *places_sink_create(const struct places *places, const struct catalog *catalog,
                                       struct fact_sink next);
void places_sink_release(struct places_sink *sink);

/* What the pipeline is to be given; good as long as `sink` lives. */
struct fact_sink places_sink_of(struct places_sink *sink);

#endif
