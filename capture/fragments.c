/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When is a fragmented datagram whole?  Offsets count units of 8 bytes, so one bit
 * for each of the 8,192 units of a datagram tells what has come (RFC 815 keeps a
 * list of holes instead; bits cannot be made long by hostile fragments).  IPv4: RFC
 * 791 section 3.2; IPv6: RFC 8200 section 4.5 and RFC 5722.
 */
#include "capture/fragments.h"

#include <stdlib.h>

#include "base/timestamp.h"

#define UNIT_LENGTH 8u
#define UNIT_LIMIT 8192u
#define CAPACITY_LOWEST 4096u

/* One allocation: the bits, then the bytes. */
struct content {
    uint8_t received[UNIT_LIMIT / 8];
    uint8_t bytes[];
};

struct datagram {
    bool used;
    bool given_up; /* IPv6 overlap: what still comes of it is refused as well */
    bool ipv6;
    bool has_end;
    uint8_t protocol;
    uint16_t vlan;
    uint32_t tunnel;
    uint32_t identification;
    uint32_t end; /* length of the datagram once `has_end`, else so far */
    uint32_t units; /* received */
    uint32_t pieces; /* fragments that went into it */
    uint32_t capacity;
    int64_t first_time;
    struct address source;
    struct address destination;
    struct content *content;
};

struct fragments {
    struct datagram datagrams[FRAGMENTS_DATAGRAM_LIMIT];
    size_t memory; /* bytes of all contents */
    uint64_t dropped;
    bool memory_out;
    struct content *wholes[FRAGMENTS_NESTED]; /* what the last complete answers point into */
    uint32_t next_whole;
};

struct fragments *fragments_create(void)
{
    return calloc(1, sizeof(struct fragments));
}

void fragments_release(struct fragments *fragments)
{
    if (fragments == NULL)
        return;
    for (size_t i = 0; i < FRAGMENTS_DATAGRAM_LIMIT; i++)
        free(fragments->datagrams[i].content);
    for (size_t i = 0; i < FRAGMENTS_NESTED; i++)
        free(fragments->wholes[i]);
    free(fragments);
}

bool fragments_memory_out(const struct fragments *fragments)
{
    return fragments->memory_out;
}

uint64_t fragments_dropped(const struct fragments *fragments)
{
    return fragments->dropped;
}

static size_t content_size(uint32_t capacity)
{
    return sizeof(struct content) + capacity;
}

static void release_content(struct fragments *fragments, struct datagram *datagram)
{
    if (datagram->content == NULL)
        return;
    fragments->memory -= content_size(datagram->capacity);
    free(datagram->content);
    datagram->content = NULL;
    datagram->capacity = 0;
}

static void drop_datagram(struct fragments *fragments, struct datagram *datagram)
{
    fragments->dropped += datagram->pieces;
    release_content(fragments, datagram);
    datagram->used = false;
}

/* The slot stays, so that the rest of the datagram is known when it comes. */
static void give_up_datagram(struct fragments *fragments, struct datagram *datagram)
{
    fragments->dropped += datagram->pieces;
    datagram->pieces = 0;
    release_content(fragments, datagram);
    datagram->given_up = true;
}

static bool is_too_old(const struct datagram *datagram, int64_t now)
{
    return now > datagram->first_time && (uint64_t)now - (uint64_t)datagram->first_time >
                                             FRAGMENTS_TIMEOUT_SECONDS * NANOSECONDS_PER_SECOND;
}

static bool is_part_of(const struct fragment *fragment, const struct datagram *datagram)
{
    return datagram->identification == fragment->identification &&
           datagram->ipv6 == fragment->ipv6 && datagram->vlan == fragment->vlan &&
           datagram->tunnel == fragment->tunnel &&
           (fragment->ipv6 || datagram->protocol == fragment->protocol) &&
           address_equal(&datagram->source, &fragment->source) &&
           address_equal(&datagram->destination, &fragment->destination);
}

/* The oldest datagram other than `spared`; NULL when there is none. */
static struct datagram *find_oldest(struct fragments *fragments, const struct datagram *spared)
{
    struct datagram *oldest = NULL;

    for (size_t i = 0; i < FRAGMENTS_DATAGRAM_LIMIT; i++) {
        struct datagram *datagram = &fragments->datagrams[i];

        /* cppcheck-suppress nullPointerRedundantCheck ; it is `spared` that may be NULL */
        if (!datagram->used || datagram == spared)
            continue;
        if (oldest == NULL || datagram->first_time < oldest->first_time)
            oldest = datagram;
    }
    return oldest;
}

/* The fragment's datagram, begun if it is the first; old ones go on the way. */
static struct datagram *find_datagram(struct fragments *fragments, const struct fragment *fragment)
{
    struct datagram *unused = NULL;

    for (size_t i = 0; i < FRAGMENTS_DATAGRAM_LIMIT; i++) {
        struct datagram *datagram = &fragments->datagrams[i];

        if (datagram->used && is_too_old(datagram, fragment->time))
            drop_datagram(fragments, datagram);
        if (!datagram->used)
            unused = datagram;
        else if (is_part_of(fragment, datagram))
            return datagram;
    }
    if (unused == NULL) {
        unused = find_oldest(fragments, NULL);
        drop_datagram(fragments, unused);
    }
    *unused = (struct datagram){.used = true,
                                .ipv6 = fragment->ipv6,
                                .protocol = fragment->protocol,
                                .vlan = fragment->vlan,
                                .tunnel = fragment->tunnel,
                                .identification = fragment->identification,
                                .first_time = fragment->time,
                                .source = fragment->source,
                                .destination = fragment->destination};
    return unused;
}

/* Makes room for `end` bytes; older datagrams go where memory is short. */
static bool grow_datagram(struct fragments *fragments, struct datagram *datagram, uint32_t end)
{
    uint32_t capacity = datagram->capacity == 0 ? CAPACITY_LOWEST : datagram->capacity;
    size_t growth;
    struct content *content;

    while (capacity < end)
        capacity *= 2;
    if (capacity == datagram->capacity)
        return true;
    growth = content_size(capacity);
    if (datagram->content != NULL)
        growth -= content_size(datagram->capacity);
    while (fragments->memory + growth > FRAGMENTS_MEMORY_LIMIT)
        drop_datagram(fragments, find_oldest(fragments, datagram));
    content = realloc(datagram->content, content_size(capacity));
    if (content == NULL)
        return !(fragments->memory_out = true);
    if (datagram->content == NULL)
        memset(content->received, 0, sizeof content->received);
    datagram->content = content;
    datagram->capacity = capacity;
    fragments->memory += growth;
    return true;
}

/* Does the fragment agree with what is known of the datagram's end? */
static bool fits_the_end(const struct datagram *datagram, const struct fragment *fragment,
                         uint32_t end)
{
    if (datagram->has_end)
        return fragment->more ? end <= datagram->end : end == datagram->end;
    return fragment->more || end >= datagram->end;
}

/* Copies the units that are new.  False when an IPv6 fragment brings other bytes
 * for a unit that is there: RFC 8200 section 4.5 lets exact copies pass. */
static bool copy_units(struct datagram *datagram, const struct fragment *fragment)
{
    struct content *content = datagram->content;
    struct bytes rest = fragment->data;
    uint32_t unit = fragment->offset / UNIT_LENGTH, fresh = 0, known = 0;

    for (; rest.length > 0; unit++) {
        struct bytes piece = bytes_first(rest, UNIT_LENGTH);
        uint8_t bit = (uint8_t)(1u << (unit % 8));
        uint8_t *bytes = content->bytes + (size_t)unit * UNIT_LENGTH;

        rest = bytes_from(rest, piece.length);
        if ((content->received[unit / 8] & bit) != 0) {
            if (fragment->ipv6 && memcmp(bytes, piece.data, piece.length) != 0)
                return false;
            known++;
            continue;
        }
        memcpy(bytes, piece.data, piece.length);
        content->received[unit / 8] |= bit;
        fresh++;
    }
    datagram->units += fresh;
    return !fragment->ipv6 || fresh == 0 || known == 0;
}

static bool is_whole(const struct datagram *datagram)
{
    return datagram->has_end && datagram->units == (datagram->end + UNIT_LENGTH - 1) / UNIT_LENGTH;
}

static void hand_over(struct fragments *fragments, struct datagram *datagram, struct bytes *whole,
                      uint8_t *protocol)
{
    struct content **slot = &fragments->wholes[fragments->next_whole++ % FRAGMENTS_NESTED];

    *whole = bytes_of(datagram->content->bytes, datagram->end);
    *protocol = datagram->protocol;
    free(*slot);
    *slot = datagram->content;
    fragments->memory -= content_size(datagram->capacity);
    datagram->content = NULL;
    datagram->used = false;
}

static enum fragment_answer refuse(struct fragments *fragments)
{
    fragments->dropped++;
    return FRAGMENT_REFUSED;
}

enum fragment_answer fragments_add(struct fragments *fragments, const struct fragment *fragment,
                                   struct bytes *whole, uint8_t *protocol)
{
    size_t length = fragment->data.length;
    struct datagram *datagram;
    uint32_t end;

    /* All but the last are multiples of 8 bytes, and the end must fit the length
     * field: RFC 791 section 3.2, RFC 8200 section 4.5. */
    if (length == 0 || length > FRAGMENTS_DATAGRAM_SIZE_LIMIT ||
        fragment->offset + length > FRAGMENTS_DATAGRAM_SIZE_LIMIT ||
        (fragment->more && length % UNIT_LENGTH != 0))
        return refuse(fragments);
    end = fragment->offset + (uint32_t)length;
    datagram = find_datagram(fragments, fragment);
    if (datagram->given_up)
        return refuse(fragments);
    if (!fits_the_end(datagram, fragment, end)) {
        if (fragment->ipv6)
            give_up_datagram(fragments, datagram);
        return refuse(fragments);
    }
    if (!grow_datagram(fragments, datagram, end))
        return refuse(fragments);
    datagram->pieces++;
    if (!copy_units(datagram, fragment)) {
        give_up_datagram(fragments, datagram);
        return FRAGMENT_REFUSED;
    }
    if (fragment->offset == 0 && fragment->ipv6)
        datagram->protocol = fragment->protocol;
    if (end > datagram->end)
        datagram->end = end;
    if (!fragment->more)
        datagram->has_end = true;
    if (!is_whole(datagram))
        return FRAGMENT_KEPT;
    hand_over(fragments, datagram, whole, protocol);
    return FRAGMENT_COMPLETE;
}
