/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A share for each client and a sum for all: as long as the sum is moderate a client
 * has a generous share, beyond that a scant one, and of what exceeds it some are told
 * still, so that times and counts go on.  Clients are found by a keyed hash of their
 * address in a table of fixed size; those who find no room share one place.  What goes
 * well takes a part of the room only, so that failures find some.  Who watches for months
 * has all of it renewed, hour by hour.
 */
#include "flows/fact_limits.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/large_pages.h"

#define SLOT_COUNT 65536u /* a power of two */
#define CLIENT_LIMIT 32768u /* there are always empty slots */
#define OPENING_CLIENT_LIMIT 16384u /* of them, by what is no failure */
#define SHARED_MOST 1024u /* of all who found no room, before that too is told by samples */
#define SAMPLE_ONE_IN 64u /* of what is beyond a client's share */

static const struct share {
    uint32_t generous; /* of one client, while the sum is below `moderate` */
    uint32_t scant;
    uint32_t certain; /* told whatever the sum, of who has a place of its own */
    uint32_t moderate; /* of all clients */
    uint32_t most;
    uint32_t clients; /* that get a place of their own */
} shares[FACT_LIMIT_COUNT] = {
    [FACT_LIMIT_LONE_PACKET] = {256, 16, 0, 4096, 8192, CLIENT_LIMIT},
    [FACT_LIMIT_FAILED_FLOW] = {4096, 64, 2, 32768, 131072, CLIENT_LIMIT},
    [FACT_LIMIT_OPENED_FLOW] = {16384, 256, 2, 32768, 131072, OPENING_CLIENT_LIMIT},
    [FACT_LIMIT_OPENING] = {4096, 64, UINT32_MAX, 32768, 131072, OPENING_CLIENT_LIMIT},
    [FACT_LIMIT_TIME] = {16384, 256, 2, 65536, 262144, OPENING_CLIENT_LIMIT},
    [FACT_LIMIT_QUESTION] = {4096, 64, 2, 32768, 131072, CLIENT_LIMIT},
    [FACT_LIMIT_NAME] = {8192, 256, 2, 32768, 65536, OPENING_CLIENT_LIMIT},
};

struct client_share {
    struct address address;
    uint32_t seen[FACT_LIMIT_COUNT]; /* asked for, told or not */
    bool used;
    bool kept; /* when shares were renewed last */
};

struct fact_limits {
    struct hash_key key;
    uint32_t clients;
    uint32_t told[FACT_LIMIT_COUNT];
    struct client_share others; /* of those who found no room */
    struct client_share slots[SLOT_COUNT];
};

struct fact_limits *fact_limits_create(void)
{
    struct fact_limits *limits = calloc(1, sizeof *limits);
    large_pages_hint(limits, sizeof *limits);
    if (limits != NULL)
        limits->key = hash_key_random();
    return limits;
}

void fact_limits_release(struct fact_limits *limits)
{
    free(limits);
}

/* The first of the slots in which a client is looked for. */
static uint32_t place_of(const struct fact_limits *limits, const struct address *client)
{
    uint64_t words[2];
    memcpy(words, client->octets, sizeof words);
    return (uint32_t)hash_words(&limits->key, words, 2) & (SLOT_COUNT - 1);
}

static struct client_share *client_share_of(struct fact_limits *limits,
                                            const struct address *client, uint32_t room)
{
    uint32_t at = place_of(limits, client);
    while (limits->slots[at].used && !address_equal(&limits->slots[at].address, client))
        at = (at + 1) & (SLOT_COUNT - 1);
    if (limits->slots[at].used)
        return &limits->slots[at];
    if (limits->clients >= room)
        return &limits->others;
    limits->clients++;
    limits->slots[at] = (struct client_share){.address = *client, .used = true};
    return &limits->slots[at];
}

bool fact_limits_take(struct fact_limits *limits, const struct address *client,
                      enum fact_limit limit)
{
    if (limits == NULL)
        return true;
    const struct share *share = &shares[limit];
    /* Told is told for good: whose it is does not matter then, and takes nobody's place. */
    if (share->certain == 0 && limits->told[limit] >= share->most)
        return false;
    struct client_share *own = client_share_of(limits, client, share->clients);
    uint32_t before = own->seen[limit];
    own->seen[limit] += before < UINT32_MAX;
    uint32_t allowed = limits->told[limit] < share->moderate ? share->generous : share->scant;
    bool shared = own == &limits->others;
    if (shared && allowed > SHARED_MOST)
        allowed = SHARED_MOST;
    bool certain = before < share->certain && !shared;
    bool told = certain || (limits->told[limit] < share->most &&
                            (before < allowed || before % SAMPLE_ONE_IN == 0));
    limits->told[limit] += told;
    return told;
}

static bool share_halve(struct client_share *share)
{
    bool any = false;
    for (size_t i = 0; i < FACT_LIMIT_COUNT; i++) {
        share->seen[i] /= 2;
        any = any || share->seen[i] > 0;
    }
    return any;
}

/* Closes the hole that a client leaves, so that no search ends early. */
static void place_remove(struct fact_limits *limits, uint32_t hole)
{
    limits->clients--;
    limits->slots[hole].used = false;
    for (uint32_t at = (hole + 1) & (SLOT_COUNT - 1); limits->slots[at].used;
         at = (at + 1) & (SLOT_COUNT - 1)) {
        uint32_t home = place_of(limits, &limits->slots[at].address);
        if (((at - home) & (SLOT_COUNT - 1)) < ((at - hole) & (SLOT_COUNT - 1)))
            continue;
        limits->slots[hole] = limits->slots[at];
        limits->slots[at].used = false;
        hole = at;
    }
}

void fact_limits_renew(struct fact_limits *limits)
{
    for (size_t i = 0; i < FACT_LIMIT_COUNT; i++)
        limits->told[i] /= 2;
    (void)share_halve(&limits->others);
    for (uint32_t at = 0; at < SLOT_COUNT; at++)
        limits->slots[at].kept = limits->slots[at].used && share_halve(&limits->slots[at]);
    /* Whoever moves into the hole is looked at next. */
    for (uint32_t at = 0; at < SLOT_COUNT; at++)
        while (limits->slots[at].used && !limits->slots[at].kept)
            place_remove(limits, at);
}
