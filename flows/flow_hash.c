/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each end is hashed by itself and the two are multiplied, so that it does not matter who
 * sends, and nothing has to be put in order.  An end's port goes in after its address has
 * become what no stranger knows.
 */
#include "flows/flow_hash.h"

static inline uint64_t hash_end(const struct hash_key *key, const struct address *address,
                                uint16_t port)
{
    uint64_t words[2];
    memcpy(words, address->octets, sizeof words);
    return hash_fold(words[0] ^ key->words[0], words[1] ^ key->words[1]) + port;
}

uint32_t flow_hash(const struct hash_key *key, const struct address *one, uint16_t one_port,
                   const struct address *two, uint16_t two_port, uint8_t transport)
{
    uint64_t ends = hash_fold(hash_end(key, one, one_port), hash_end(key, two, two_port));
    uint32_t hash = (uint32_t)hash_fold(ends + transport, key->words[0] ^ HASH_SPREADING);
    return hash == 0 ? 1 : hash;
}
