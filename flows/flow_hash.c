/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two endpoints are put in order, as words, so that it does not matter who sends;
 * of IPv4 addresses only the four bytes are mixed in that differ.  Ports and transport
 * are the last bytes of what is hashed.
 */
#include "flows/flow_hash.h"

#define IPV4_BYTES UINT64_C(13)
#define IPV6_BYTES UINT64_C(37)

struct end {
    uint64_t high, low; /* of the address, as they lie in memory */
    uint64_t port;
};

static inline struct end end_of(const struct address *address, uint16_t port)
{
    struct end end = {0, 0, port};
    memcpy(&end.high, address->octets, sizeof end.high);
    memcpy(&end.low, address->octets + sizeof end.high, sizeof end.low);
    return end;
}

static inline bool is_before(const struct end *one, const struct end *two)
{
    if (one->low != two->low)
        return one->low < two->low;
    return one->high != two->high ? one->high < two->high : one->port < two->port;
}

uint32_t flow_hash(const struct hash_key *key, const struct address *one, uint16_t one_port,
                   const struct address *two, uint16_t two_port, uint8_t transport)
{
    struct end first = end_of(one, one_port), second = end_of(two, two_port);
    uint32_t hash;
    if (is_before(&second, &first)) {
        struct end swap = first;
        first = second;
        second = swap;
    }
    uint64_t last = first.port << 24 | second.port << 8 | transport;
    if (address_is_ipv4(one) && address_is_ipv4(two)) {
        uint64_t words[1] = {first.low ^ (second.low << 32 | second.low >> 32)};
        hash = (uint32_t)hash_message(key, words, 1, last | IPV4_BYTES << 56);
    } else {
        uint64_t words[4] = {first.high, first.low, second.high, second.low};
        hash = (uint32_t)hash_message(key, words, 4, last | IPV6_BYTES << 56);
    }
    return hash == 0 ? 1 : hash;
}
