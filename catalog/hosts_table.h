/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue as it lies in memory, for catalog/ alone: hosts_table.c builds
 * it, hosts.c asks it.
 *
 * A pattern is one spelling of a host; it may have many services (ports,
 * categories), or none where it only names something of Apple's.  Patterns are
 * found by a hash of their text without the star.  The hash runs from the last
 * character to the first, so that one pass over a name gives the hashes of all
 * its suffixes.
 */
#ifndef APPLEPATH_CATALOG_HOSTS_TABLE_H
#define APPLEPATH_CATALOG_HOSTS_TABLE_H

#include "base/arena.h"
#include "catalog/hosts.h"
#include "catalog/hosts_file.h"

struct host_pattern {
    const char *text; /* without the star */
    size_t length;
    enum pattern_kind kind;
    struct prefix network;
    size_t first; /* of `count` rows of catalog.rows */
    size_t count;
};

/* A service as the rows of its pattern are ordered: best first. */
struct host_row_rank {
    size_t pattern;
    unsigned rank;
    size_t service;
};

struct host_entry {
    struct service service;
    const char *within_host; /* "" if none */
    size_t pattern;
};

/* Open addressing; `value` SIZE_MAX: free. Never more than half full. */
struct host_slot {
    uint64_t hash;
    size_t value;
};

struct host_index {
    struct host_slot *slots;
    size_t capacity; /* 0 or a power of two */
    size_t count;
};

#define HOST_END_BITS 4096u /* a power of two */

struct catalog {
    struct arena arena; /* all text */
    struct host_entry *entries;
    size_t entry_count;
    size_t entry_capacity;
    struct host_pattern *patterns;
    size_t pattern_count;
    size_t pattern_capacity;
    struct host_index pattern_index;
    struct host_index entry_index; /* by pattern, category, port and transport */
    struct host_row_rank *rows;
    size_t *networks; /* patterns, longer prefixes first */
    size_t network_count;
    bool label_starts[256]; /* what may follow the star of "*-suffix" */
    uint64_t ends[HOST_END_BITS / 64]; /* by a hash of the last two labels: one covers such names */
};

uint64_t host_hash_start(void);
uint64_t host_hash_add(uint64_t hash, char character);

/* The pattern with these `length` characters (any case) and this hash; SIZE_MAX
 * if there is none. `star`: one that began with a star. */
size_t host_pattern_find(const struct catalog *catalog, const char *text, size_t length, bool star,
                         uint64_t hash);

/* Could a pattern cover this name? Of most names their last two labels say no. */
bool host_end_known(const struct catalog *catalog, const char *name, size_t length);

/* Adds the services of one row; a host_row_sink with the catalogue as context. */
bool catalog_add_row(void *context, const struct host_row *row, struct problem *problem);

/* Orders what has been added; to be called once, at the end. */
bool catalog_finish(struct catalog *catalog, struct problem *problem);

#endif
