/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keyed hash for tables whose keys a stranger chooses: SipHash-1-3 (Aumasson
 * and Bernstein, 2012), so that nobody who does not know the key can aim many flows
 * at one slot.
 */
#ifndef APPLEPATH_FLOWS_HASH_H
#define APPLEPATH_FLOWS_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
    uint64_t words[2];
};

/* A key from the system's random source; from time and address layout where
 * that fails, as a guess is better than a constant. */
struct hash_key hash_key_random(void);

static inline uint64_t hash_rotate(uint64_t value, unsigned count)
{
    return value << count | value >> (64 - count);
}

static inline void hash_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = hash_rotate(v[1], 13) ^ v[0];
    v[0] = hash_rotate(v[0], 32);
    v[2] += v[3];
    v[3] = hash_rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = hash_rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = hash_rotate(v[1], 17) ^ v[2];
    v[2] = hash_rotate(v[2], 32);
}

/* Of words, and of up to seven bytes behind them that stand in `last`; its highest byte is
 * the length of all in bytes. For short keys whose length is always the same. */
static inline uint64_t hash_message(const struct hash_key *key, const uint64_t *words, size_t count,
                                    uint64_t last)
{
    uint64_t v[4] = {
        key->words[0] ^ UINT64_C(0x736f6d6570736575), key->words[1] ^ UINT64_C(0x646f72616e646f6d),
        key->words[0] ^ UINT64_C(0x6c7967656e657261), key->words[1] ^ UINT64_C(0x7465646279746573)};
    for (size_t i = 0; i < count; i++) {
        v[3] ^= words[i];
        hash_round(v);
        v[0] ^= words[i];
    }
    v[3] ^= last;
    hash_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    hash_round(v);
    hash_round(v);
    hash_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Of whole words alone. */
uint64_t hash_words(const struct hash_key *key, const uint64_t *words, size_t count);

#endif
