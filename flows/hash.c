/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-1-3 over words, and where its key comes from.  Input is a whole number
 * of words, so the last block of the paper carries the length alone.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "flows/hash.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_GETRANDOM
#include <sys/random.h>
#endif

struct hash_key hash_key_random(void)
{
    struct hash_key key = {{0, 0}};
#if defined(HAVE_ARC4RANDOM_BUF)
    arc4random_buf(&key, sizeof key);
#elif defined(HAVE_GETRANDOM)
    if (getrandom(&key, sizeof key, 0) != (ssize_t)sizeof key)
        key.words[0] = 0;
#endif
    if (key.words[0] == 0 && key.words[1] == 0) {
        key.words[0] = (uint64_t)time(NULL) * UINT64_C(0x9e3779b97f4a7c15);
        key.words[1] = (uint64_t)(uintptr_t)&key ^ (uint64_t)getpid() << 32;
    }
    return key;
}

static inline uint64_t rotate_left(uint64_t value, unsigned count)
{
    return value << count | value >> (64 - count);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate_left(v[1], 13) ^ v[0];
    v[0] = rotate_left(v[0], 32);
    v[2] += v[3];
    v[3] = rotate_left(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate_left(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate_left(v[1], 17) ^ v[2];
    v[2] = rotate_left(v[2], 32);
}

uint64_t hash_words(const struct hash_key *key, const uint64_t *words, size_t count)
{
    uint64_t v[4] = {
        key->words[0] ^ UINT64_C(0x736f6d6570736575), key->words[1] ^ UINT64_C(0x646f72616e646f6d),
        key->words[0] ^ UINT64_C(0x6c7967656e657261), key->words[1] ^ UINT64_C(0x7465646279746573)};
    for (size_t i = 0; i < count; i++) {
        v[3] ^= words[i];
        sip_round(v);
        v[0] ^= words[i];
    }
    uint64_t last = (uint64_t)(count * 8) << 56;
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
