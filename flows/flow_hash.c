/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two ends are hashed each by itself and multiplied, so that it does not matter who
 * sends, and nothing has to be put in order.
 */
#include "flows/flow_hash.h"

uint32_t flow_hash(const struct hash_key *key, const struct address *one, uint16_t one_port,
                   const struct address *two, uint16_t two_port, uint8_t transport)
{
    uint64_t ends = hash_fold(hash_end(key, one, one_port), hash_end(key, two, two_port));
    uint32_t hash = (uint32_t)hash_fold(ends + transport, key->words[0] ^ HASH_SPREADING);
    return hash == 0 ? 1 : hash;
}
