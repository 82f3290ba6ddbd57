/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each end is hashed by itself and the two are added up, so that it does not matter who
 * sends, and nothing has to be put in order.  An end's port goes in after its address has
 * become what no stranger knows: he cannot choose ports and addresses that make up for each
 * other.
 */
#include "flows/flow_hash.h"

static inline uint64_t hash_end(const struct hash_key *key, uint64_t factor,
                                const struct address *address, uint16_t port)
{
    uint64_t words[2];
    memcpy(words, address->octets, sizeof words);
    return hash_fold(hash_fold(words[0] ^ key->words[0], words[1] ^ key->words[1]) + port, factor);
}

uint32_t flow_hash(const struct hash_key *key, const struct address *one, uint16_t one_port,
                   const struct address *two, uint16_t two_port, uint8_t transport)
{
    const uint64_t factor = key->words[0] ^ HASH_SPREADING;
    uint64_t ends = hash_end(key, factor, one, one_port) + hash_end(key, factor, two, two_port);
    uint32_t hash = (uint32_t)hash_fold(ends + transport, factor);
    return hash == 0 ? 1 : hash;
}
