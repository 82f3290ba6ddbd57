/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs of client and server address, each with the name last resolved to it: a
 * chained hash table over a ring of entries, the oldest overwritten when it is
 * full.  Names are kept once each in a pool of bounded size; where that is full, those go
 * that no pair has any more, and where that is too little, the oldest pairs lose theirs.
 * Most servers have no name here, which bits that fit a near cache tell without a search.
 */
#include "flows/resolved_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/hash.h"
#include "base/large_pages.h"

#define NAME_BUCKETS 65536u
#define NAME_POOL_LIMIT (8u << 20) /* bytes of names */
#define NAME_POOL_LEAST (1u << 20) /* less is not worth a sweep */
#define NO_ENTRY UINT32_MAX
#define SERVER_BITS 17
#define SERVER_COUNTS (1u << SERVER_BITS)

struct pooled_name {
    struct pooled_name *next;
    uint32_t hash;
    bool in_use; /* while the pool is swept */
    char text[];
};

struct pair {
    struct address client;
    struct address server;
    struct pooled_name *name; /* NULL: of no interest, or forgotten */
    uint32_t next; /* in its bucket */
    uint32_t bucket;
};

struct resolved_names {
    struct hash_key key;
    struct pair *pairs;
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint32_t limit;
    uint32_t used; /* pairs in use */
    uint32_t oldest; /* the next to be overwritten once all are in use */
    uint32_t forgotten; /* the next pair to lose its name where the pool is full */
    struct pooled_name *pool[NAME_BUCKETS];
    size_t pool_bytes;
    size_t sweep_at; /* bytes: more is not kept before names without a pair have gone */
    bool memory_out;
    uint64_t named[SERVER_COUNTS / 64]; /* a bit for each of the next that is not 0 */
    uint8_t servers[SERVER_COUNTS]; /* pairs by their server; UINT8_MAX: or more, for good */
};

struct resolved_names *resolved_names_create(uint32_t limit)
{
    struct resolved_names *names = calloc(1, sizeof *names);
    if (names == NULL)
        return NULL;
    uint32_t buckets = 64;
    while (buckets < limit && buckets < (UINT32_C(1) << 24))
        buckets *= 2;
    names->key = hash_key_random();
    names->limit = limit;
    names->sweep_at = NAME_POOL_LEAST;
    names->bucket_mask = buckets - 1;
    names->pairs = calloc(limit, sizeof *names->pairs);
    names->buckets = malloc(buckets * sizeof *names->buckets);
    large_pages_hint(names->pairs, limit * sizeof *names->pairs);
    if (names->pairs == NULL || names->buckets == NULL) {
        resolved_names_release(names);
        return NULL;
    }
    memset(names->buckets, 0xff, buckets * sizeof *names->buckets);
    return names;
}

void resolved_names_release(struct resolved_names *names)
{
    if (names == NULL)
        return;
    for (size_t i = 0; i < NAME_BUCKETS; i++) {
        while (names->pool[i] != NULL) {
            struct pooled_name *name = names->pool[i];
            names->pool[i] = name->next;
            free(name);
        }
    }
    free(names->pairs);
    free(names->buckets);
    free(names);
}

/* Where pairs with this server are counted. Who makes many fall together gains nothing
 * but that they are searched for. */
static size_t server_place(const struct address *server)
{
    uint64_t words[2];
    memcpy(words, server->octets, sizeof words);
    uint64_t mixed = (words[0] ^ words[1] >> 32 ^ words[1] << 32) * UINT64_C(0x9e6c63d0876a9a47);
    return mixed >> (64 - SERVER_BITS);
}

static bool place_is_named(const struct resolved_names *names, size_t place)
{
    return (names->named[place / 64] >> place % 64 & 1) != 0;
}

static void place_count(struct resolved_names *names, const struct address *server)
{
    size_t place = server_place(server);
    names->servers[place] = (uint8_t)(names->servers[place] + (names->servers[place] < UINT8_MAX));
    names->named[place / 64] |= UINT64_C(1) << place % 64;
}

static void place_discount(struct resolved_names *names, const struct address *server)
{
    size_t place = server_place(server);
    names->servers[place] = (uint8_t)(names->servers[place] - (names->servers[place] < UINT8_MAX));
    if (names->servers[place] == 0)
        names->named[place / 64] &= ~(UINT64_C(1) << place % 64);
}

static uint32_t pair_bucket(const struct resolved_names *names, const struct address *client,
                            const struct address *server)
{
    uint64_t words[4];
    memcpy(&words[0], client->octets, 16);
    memcpy(&words[2], server->octets, 16);
    return (uint32_t)hash_words(&names->key, words, 4) & names->bucket_mask;
}

static size_t pooled_size(size_t length)
{
    return sizeof(struct pooled_name) + length + 1;
}

/* Forgets the names that no pair has. */
static void pool_sweep(struct resolved_names *names)
{
    for (uint32_t i = 0; i < names->used; i++)
        if (names->pairs[i].name != NULL)
            names->pairs[i].name->in_use = true;
    for (size_t i = 0; i < NAME_BUCKETS; i++) {
        struct pooled_name **link = &names->pool[i];
        while (*link != NULL) {
            struct pooled_name *name = *link;
            if (name->in_use) {
                name->in_use = false;
                link = &name->next;
                continue;
            }
            *link = name->next;
            names->pool_bytes -= pooled_size(strlen(name->text));
            free(name);
        }
    }
}

/* Sweeping takes long: it makes much room at once, or waits until a quarter has been added
 * to what was of use. */
static void pool_make_room(struct resolved_names *names)
{
    pool_sweep(names);
    while (names->pool_bytes > NAME_POOL_LIMIT / 4 * 3) {
        for (uint32_t i = 0; i < names->used / 4 + 1; i++) {
            names->pairs[names->forgotten].name = NULL;
            names->forgotten = (names->forgotten + 1) % names->used;
        }
        pool_sweep(names);
    }
    names->sweep_at = names->pool_bytes / 4 * 5;
    if (names->sweep_at < NAME_POOL_LEAST)
        names->sweep_at = NAME_POOL_LEAST;
}

static uint32_t name_hash(const struct resolved_names *names, const char *text, size_t length)
{
    uint64_t words[32] = {0};
    memcpy(words, text, length < sizeof words ? length : sizeof words);
    return (uint32_t)hash_words(&names->key, words, (length < 248 ? length / 8 + 1 : 32));
}

static struct pooled_name *pool_find(const struct resolved_names *names, const char *text,
                                     uint32_t hash)
{
    for (struct pooled_name *name = names->pool[hash % NAME_BUCKETS]; name != NULL;
         name = name->next)
        if (name->hash == hash && strcmp(name->text, text) == 0)
            return name;
    return NULL;
}

bool resolved_names_knows(const struct resolved_names *names, const char *name)
{
    return pool_find(names, name, name_hash(names, name, strlen(name))) != NULL;
}

/* The pool's copy of the name; NULL without memory. */
static struct pooled_name *pool_name(struct resolved_names *names, const char *text)
{
    size_t length = strlen(text);
    uint32_t hash = name_hash(names, text, length);
    struct pooled_name *known = pool_find(names, text, hash);
    if (known != NULL)
        return known;
    size_t size = pooled_size(length);
    if (names->pool_bytes + size > names->sweep_at)
        pool_make_room(names);
    struct pooled_name **bucket = &names->pool[hash % NAME_BUCKETS];
    struct pooled_name *name = malloc(size);
    if (name == NULL) {
        names->memory_out = true;
        return NULL;
    }
    name->in_use = false;
    name->hash = hash;
    memcpy(name->text, text, length + 1);
    name->next = *bucket;
    *bucket = name;
    names->pool_bytes += size;
    return name;
}

static struct pair *pair_find(const struct resolved_names *names, uint32_t bucket,
                              const struct address *client, const struct address *server)
{
    for (uint32_t i = names->buckets[bucket]; i != NO_ENTRY; i = names->pairs[i].next)
        if (address_equal(&names->pairs[i].server, server) &&
            address_equal(&names->pairs[i].client, client))
            return &names->pairs[i];
    return NULL;
}

static void pair_unlink(struct resolved_names *names, uint32_t index)
{
    uint32_t *link = &names->buckets[names->pairs[index].bucket];
    while (*link != index)
        link = &names->pairs[*link].next;
    *link = names->pairs[index].next;
}

static uint32_t pair_make_room(struct resolved_names *names)
{
    if (names->used < names->limit)
        return names->used++;
    uint32_t index = names->oldest;
    names->oldest = (names->oldest + 1) % names->limit;
    pair_unlink(names, index);
    place_discount(names, &names->pairs[index].server);
    return index;
}

struct address resolved_names_station(const struct mac *mac)
{
    struct address station = {{0x01}}; /* 100::/64 discards only (RFC 6666) */
    memcpy(&station.octets[10], mac->octets, sizeof mac->octets);
    return station;
}

struct address resolved_names_anyone(bool over_ipv4)
{
    struct address anyone = {{0x01}};
    anyone.octets[9] = over_ipv4 ? 1 : 2; /* where a station has a zero */
    return anyone;
}

struct address resolved_names_asker(void)
{
    struct address asker = {{0x01}};
    asker.octets[9] = 3;
    return asker;
}

void resolved_names_add_common(struct resolved_names *names, const struct address *clients,
                               const struct address *server, const char *name)
{
    const struct pair *pair = NULL;
    if (place_is_named(names, server_place(server)))
        pair = pair_find(names, pair_bucket(names, clients, server), clients, server);
    bool other =
        pair != NULL && (pair->name == NULL || name == NULL || strcmp(pair->name->text, name) != 0);
    resolved_names_add(names, clients, server, other ? NULL : name);
}

void resolved_names_add(struct resolved_names *names, const struct address *client,
                        const struct address *server, const char *name)
{
    if (name == NULL && !place_is_named(names, server_place(server)))
        return;
    uint32_t bucket = pair_bucket(names, client, server);
    struct pair *pair = pair_find(names, bucket, client, server);
    if (pair == NULL) {
        if (name == NULL || names->limit == 0)
            return; /* nothing to replace, nothing to remember */
        uint32_t index = pair_make_room(names);
        pair = &names->pairs[index];
        pair->client = *client;
        pair->server = *server;
        pair->bucket = bucket;
        pair->next = names->buckets[bucket];
        names->buckets[bucket] = index;
        place_count(names, server);
    }
    pair->name = name == NULL ? NULL : pool_name(names, name);
}

const char *resolved_names_find(const struct resolved_names *names, const struct address *client,
                                const struct address *server)
{
    if (!place_is_named(names, server_place(server)))
        return NULL;
    const struct pair *pair = pair_find(names, pair_bucket(names, client, server), client, server);
    return pair == NULL || pair->name == NULL ? NULL : pair->name->text;
}

bool resolved_names_has_server(const struct resolved_names *names, const struct address *server)
{
    return place_is_named(names, server_place(server));
}

void resolved_names_fetch(const struct resolved_names *names, const struct address *server)
{
    __builtin_prefetch(&names->named[server_place(server) / 64]);
}

uint32_t resolved_names_fetch_bucket(const struct resolved_names *names,
                                     const struct address *client, const struct address *server)
{
    if (!place_is_named(names, server_place(server)))
        return 0;
    uint32_t bucket = pair_bucket(names, client, server);
    __builtin_prefetch(&names->buckets[bucket]);
    return bucket + 1;
}

void resolved_names_fetch_pair(const struct resolved_names *names, uint32_t place)
{
    if (place != 0 && names->buckets[place - 1] != NO_ENTRY)
        fetch_to_read(&names->pairs[names->buckets[place - 1]], sizeof names->pairs[0]);
}

bool resolved_names_memory_out(const struct resolved_names *names)
{
    return names->memory_out;
}
