/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keyed hash for tables whose keys a stranger chooses, so that nobody who does not know
 * the key can aim many flows at one slot.  Each word is mixed by a multiplication with a
 * secret number, of whose 128 bits both halves count; nothing that the tables do with it
 * can be seen from outside, so that nobody learns of the key by trying.
 */
#ifndef APPLEPATH_BASE_HASH_H
#define APPLEPATH_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

#define HASH_SPREADING UINT64_C(0x9e3779b97f4a7c15)

struct hash_key {
    uint64_t words[2];
};

/* A key from the system's random source; from time and address layout where
 * that fails, as a guess is better than a constant. */
struct hash_key hash_key_random(void);

/* Both halves of a product, one over the other. */
static inline uint64_t hash_fold(uint64_t one, uint64_t other)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 product_type;
    product_type product = (product_type)one * other;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t low = (uint32_t)one * (other & UINT32_MAX);
    uint64_t inner = (one >> 32) * (other & UINT32_MAX) + (low >> 32);
    uint64_t outer = (uint32_t)one * (other >> 32) + (uint32_t)inner;
    uint64_t high = (one >> 32) * (other >> 32) + (inner >> 32) + (outer >> 32);
    return (outer << 32 | (uint32_t)low) ^ high;
#endif
}

/* Of one end of a conversation. The port goes in after the address has become what no stranger
 * knows. */
static inline uint64_t hash_end(const struct hash_key *key, const struct address *address,
                                uint16_t port)
{
    uint64_t words[2];
    memcpy(words, address->octets, sizeof words);
    return hash_fold(words[0] ^ key->words[0], words[1] ^ key->words[1]) + port;
}

/* Of whole words; how many there are counts, too. */
static inline uint64_t hash_words(const struct hash_key *key, const uint64_t *words, size_t count)
{
    const uint64_t factor = key->words[1] ^ HASH_SPREADING;
    uint64_t hash = key->words[0];
    for (size_t i = 0; i < count; i++)
        hash = hash_fold(hash ^ words[i], factor) + key->words[0];
    return hash_fold(hash_fold(hash ^ count, factor), HASH_SPREADING ^ key->words[0]);
}

#endif
