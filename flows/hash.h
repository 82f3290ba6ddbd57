/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keyed hash for tables whose keys a stranger chooses: SipHash-1-3 (Aumasson
 * and Bernstein, 2012) over whole 64-bit words, so that nobody who does not know
 * the key can aim many flows at one slot.
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

uint64_t hash_words(const struct hash_key *key, const uint64_t *words, size_t count);

#endif
