/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a few places each, chosen by a keyed hash; within a row the place that
 * was used least recently is taken.  What has been told is remembered by a hash of
 * its content, so that renewals and repeated advertisements are told once.
 */
#include "dissectors/lease_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "dissectors/lease_text.h"

/* Smaller in fuzz targets, which make all tables anew for each input. */
#ifndef ROW_COUNT
#define ROW_COUNT 1024u
#endif
#define ROW_PLACES 4u
#define TOLD_LIMIT 65536u /* facts of one table in one run */

/* Copies of a packet that relays and bridges make come sooner than this after an
 * exchange is complete. */
#define COPY_SPAN NANOSECONDS_PER_SECOND

struct place {
    struct lease_key key;
    struct lease *lease; /* owned; NULL: only `content` is remembered */
    uint64_t content; /* hash of what was told last; 0: nothing */
    uint64_t used; /* by the table's clock; 0: the place is free */
};

struct lease_table {
    struct hash_key hash;
    uint64_t clock;
    uint32_t told;
    uint32_t renewals; /* the observation's, when `told` was halved last */
    uint32_t rows; /* in use; 0: nothing came so far */
    struct lease *spare; /* owned; NULL: none */
    struct place places[ROW_COUNT * ROW_PLACES];
};

void *lease_table_create(void)
{
    struct lease_table *table = calloc(1, sizeof *table);
    if (table != NULL)
        table->hash = hash_key_random();
    return table;
}

void lease_table_release(void *common)
{
    struct lease_table *table = common;
    if (table == NULL)
        return;
    for (size_t i = 0; i < ROW_COUNT * ROW_PLACES; i++)
        free(table->places[i].lease);
    free(table->spare);
    free(table);
}

struct lease_key lease_table_key(const struct lease_table *table, struct bytes identity)
{
    uint64_t words[32] = {0};
    struct bytes taken = bytes_first(identity, sizeof words - sizeof words[0]);
    struct lease_key key;
    if (taken.length > 0)
        memcpy(words + 1, taken.data, taken.length);
    words[0] = identity.length * 2;
    key.words[0] = hash_words(&table->hash, words, 32);
    words[0]++;
    key.words[1] = hash_words(&table->hash, words, 32);
    return key;
}

static const char *text_or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

/* Of all messages only what is told is made printable. */
static void lease_clean(struct lease *lease)
{
    lease_text_clean(lease->client_name);
    lease_text_clean(lease->vendor_class);
    lease_text_clean(lease->domain);
    lease_text_clean(lease->captive_url);
    lease_text_clean(lease->autoconfig_url);
}

static void lease_tell(struct observation *observation, const struct lease *kept)
{
    struct lease copy = *kept, *lease = &copy;
    struct fact fact = {.kind = FACT_LEASE};
    lease_clean(lease);
    fact.as.lease = (struct fact_lease){.source = lease->source,
                                        .mac = lease->mac,
                                        .has_mac = lease->has_mac,
                                        .address = lease->address,
                                        .server = lease->server,
                                        .messages = text_or_null(lease->messages),
                                        .client_name = text_or_null(lease->client_name),
                                        .vendor_class = text_or_null(lease->vendor_class),
                                        .requested = text_or_null(lease->requested),
                                        .routers = text_or_null(lease->routers),
                                        .resolvers = text_or_null(lease->resolvers),
                                        .domain = text_or_null(lease->domain),
                                        .time_servers = text_or_null(lease->time_servers),
                                        .captive_url = text_or_null(lease->captive_url),
                                        .autoconfig_url = text_or_null(lease->autoconfig_url),
                                        .nat64_prefix = text_or_null(lease->nat64_prefix),
                                        .lease_seconds = lease->lease_seconds,
                                        .first_time = lease->first_time,
                                        .first_packet = lease->first_packet,
                                        .answered = lease->answered,
                                        .answer_time = lease->answer_time,
                                        .answer_packet = lease->answer_packet};
    observation_emit(observation, &fact);
}

static void lease_emit(struct lease_table *table, struct observation *observation,
                       const struct lease *lease)
{
    if (table->renewals != observation->renewals)
        table->told /= 2;
    table->renewals = observation->renewals;
    if (table->told == TOLD_LIMIT) {
        observation->totals.leases_untold++;
        return;
    }
    table->told++;
    lease_tell(observation, lease);
}

/* As many as there is memory for what is in them. */
static uint32_t rows_for(uint32_t limit)
{
    uint32_t rows = limit / ROW_PLACES;
    if (limit == 0 || rows > ROW_COUNT)
        return ROW_COUNT;
    return rows > 0 ? rows : 1;
}

/* The place of that key, or the one in its row that it may have. */
static struct place *place_of(struct lease_table *table, struct lease_key key, bool *found)
{
    struct place *row = &table->places[key.words[0] % table->rows * ROW_PLACES];
    struct place *oldest = row;
    *found = true;
    for (struct place *place = row; place < row + ROW_PLACES; place++) {
        if (place->used != 0 && memcmp(&place->key, &key, sizeof key) == 0)
            return place;
        if (place->used < oldest->used)
            oldest = place;
    }
    *found = false;
    return oldest;
}

/* The key's place, taken from whoever has it. */
static struct place *place_take(struct lease_table *table, struct observation *observation,
                                struct lease_key key)
{
    bool found;
    if (table->rows == 0)
        table->rows = rows_for(observation->lease_limit);
    struct place *place = place_of(table, key, &found);
    if (!found) {
        if (place->lease != NULL && !place->lease->told)
            lease_emit(table, observation, place->lease);
        if (place->lease != NULL) {
            free(table->spare);
            table->spare = place->lease;
        }
        *place = (struct place){.key = key};
    }
    place->used = ++table->clock;
    return place;
}

/* Does this message of the device's begin another exchange than the place has? */
static bool begins_another(const struct lease *lease, const struct packet *packet,
                           uint32_t transaction, bool follows)
{
    if (lease->told)
        return !lease->answered || lease->transaction != transaction ||
               packet->time - lease->answer_time > COPY_SPAN;
    return lease->transaction != transaction && !(follows && lease->offered);
}

static bool lease_begin(struct lease_table *table, struct place *place,
                        struct observation *observation, const struct packet *packet,
                        uint32_t transaction)
{
    if (place->lease == NULL) {
        place->lease = table->spare != NULL ? table->spare : malloc(sizeof *place->lease);
        table->spare = NULL;
    }
    if (place->lease == NULL)
        return !(observation->memory_out = true);
    memset(place->lease, 0, sizeof *place->lease);
    place->lease->transaction = transaction;
    place->lease->first_time = packet->time;
    place->lease->first_packet = packet->identity;
    place->lease->answer_time = TIMESTAMP_NONE;
    return true;
}

struct lease *lease_table_message(struct lease_table *table, struct observation *observation,
                                  const struct packet *packet, struct lease_key key,
                                  uint32_t transaction, bool from_device, bool follows)
{
    struct place *place = place_take(table, observation, key);
    struct lease *lease = place->lease;
    /* An answer to an exchange that is over, or to another one than the open one. */
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): place_take clears a place whose lease it frees */
    if (lease != NULL && !from_device && lease->transaction != transaction && !lease->told)
        return NULL;
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): as above */
    if (lease != NULL && (from_device ? begins_another(lease, packet, transaction, follows)
                                      : lease->told && lease->transaction != transaction)) {
        if (!lease->told)
            lease_emit(table, observation, lease);
        lease = NULL;
    }
    if (lease == NULL && !lease_begin(table, place, observation, packet, transaction))
        return NULL;
    lease = place->lease;
    if (lease->told)
        return NULL;
    lease->transaction = transaction;
    lease->asked = lease->asked || from_device;
    return lease;
}

/* A renewal, or a device that comes back, asks for what it had. */
static bool is_renewal(const struct lease *lease)
{
    return !lease->offered;
}

static uint64_t mix(uint64_t hash, const void *data, size_t length)
{
    const unsigned char *byte = data;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ byte[i]) * UINT64_C(1099511628211); /* FNV-1a */
    return hash;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return mix(hash, text, strlen(text) + 1);
}

/* Never 0. Of the lease time only whether there is one: it may count down. */
static uint64_t lease_content(const struct lease *lease)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    uint8_t flags[2] = {lease->answered, lease->lease_seconds > 0};
    hash = mix(hash, flags, sizeof flags);
    hash = mix(hash, &lease->address, sizeof lease->address);
    hash = mix(hash, &lease->server, sizeof lease->server);
    hash = mix_text(hash, lease->client_name);
    hash = mix_text(hash, lease->vendor_class);
    hash = mix_text(hash, lease->requested);
    hash = mix_text(hash, lease->routers);
    hash = mix_text(hash, lease->resolvers);
    hash = mix_text(hash, lease->domain);
    hash = mix_text(hash, lease->time_servers);
    hash = mix_text(hash, lease->captive_url);
    hash = mix_text(hash, lease->autoconfig_url);
    hash = mix_text(hash, lease->nat64_prefix);
    return hash | 1;
}

void lease_table_complete(struct lease_table *table, struct observation *observation,
                          struct lease_key key, struct lease *lease)
{
    struct place *place = place_take(table, observation, key);
    uint64_t content = lease_content(lease);
    if (!is_renewal(lease) || content != place->content)
        lease_emit(table, observation, lease);
    place->content = content;
    lease->told = true;
}

void lease_table_advertised(struct lease_table *table, struct observation *observation,
                            struct lease *lease)
{
    /* A router may spread its options over several advertisements (RFC 4861 section
     * 6.2.3): each content is remembered by itself, so that two that take turns are
     * told once each. */
    uint64_t content = lease_content(lease);
    struct lease_key key = lease_table_key(table, bytes_of(&content, sizeof content));
    table->rows = ROW_COUNT; /* there is no lease in any */
    struct place *place = place_take(table, observation, key);
    if (place->content == 0)
        lease_emit(table, observation, lease);
    place->content = content;
}

/* Each was used at a time of its own. */
static int compare_uses(const void *left, const void *right)
{
    const struct place *const *one = left, *const *two = right;
    return (*one)->used < (*two)->used ? -1 : 1;
}

/* Sets `places` to those whose lease is not told, in the order of their last messages: where
 * they lie follows from the key, of which no result may tell. Returns how many. */
static size_t find_untold(const struct lease_table *table,
                          const struct place *places[ROW_COUNT * ROW_PLACES])
{
    size_t count = 0;
    for (size_t i = 0; i < table->rows * ROW_PLACES; i++)
        if (table->places[i].lease != NULL && !table->places[i].lease->told)
            places[count++] = &table->places[i];
    if (count > 0)
        qsort(places, count, sizeof places[0], compare_uses);
    return count;
}

void lease_table_finish(void *common, struct observation *observation)
{
    const struct place *places[ROW_COUNT * ROW_PLACES];
    size_t count = find_untold(common, places);
    for (size_t i = 0; i < count; i++) {
        lease_emit(common, observation, places[i]->lease);
        places[i]->lease->told = true;
    }
}

void lease_table_stand(const void *common, struct observation *observation)
{
    const struct place *places[ROW_COUNT * ROW_PLACES];
    size_t count = find_untold(common, places);
    for (size_t i = 0; i < count; i++)
        if (observation_is_settled(observation, places[i]->lease->first_time))
            lease_tell(observation, places[i]->lease);
}
