/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By which number is a flow found?  Made of both endpoints and the transport, the same
 * for both directions, and not to be aimed at by who does not know the key.
 */
#ifndef APPLEPATH_FLOWS_FLOW_HASH_H
#define APPLEPATH_FLOWS_FLOW_HASH_H

#include "base/address.h"
#include "base/hash.h"

/* Never 0. */
uint32_t flow_hash(const struct hash_key *key, const struct address *one, uint16_t one_port,
                   const struct address *two, uint16_t two_port, uint8_t transport);

#endif
