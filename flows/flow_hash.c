/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two endpoints are put in order, as words, so that it does not matter who sends.
 * Two IPv4 endpoints and the transport are a message of 13 bytes, others of 37.
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

static uint64_t hash_ipv6(const struct hash_key *key, struct end one, struct end two,
                          uint8_t transport)
{
    bool turned = is_before(&two, &one);
    const struct end *first = turned ? &two : &one, *second = turned ? &one : &two;
    uint64_t words[4] = {first->high, first->low, second->high, second->low};
    uint64_t last = first->port << 24 | second->port << 8 | transport;
    return hash_message(key, words, 4, last | IPV6_BYTES << 56);
}

/* An address and its port in 48 bits. */
static inline uint64_t ipv4_end(const struct address *address, uint16_t port)
{
    uint32_t ipv4;
    memcpy(&ipv4, address->octets + 12, sizeof ipv4);
    return (uint64_t)ipv4 << 16 | port;
}

static inline uint64_t hash_ipv4(const struct hash_key *key, uint64_t one, uint64_t two,
                                 uint8_t transport)
{
    uint64_t first = one < two ? one : two, second = one < two ? two : one;
    uint64_t words[1] = {first | second << 48};
    uint64_t last = second >> 16 | (uint64_t)transport << 32;
    return hash_message(key, words, 1, last | IPV4_BYTES << 56);
}

uint32_t flow_hash(const struct hash_key *key, const struct address *one, uint16_t one_port,
                   const struct address *two, uint16_t two_port, uint8_t transport)
{
    uint32_t hash;
    if (address_is_ipv4(one) && address_is_ipv4(two))
        hash =
            (uint32_t)hash_ipv4(key, ipv4_end(one, one_port), ipv4_end(two, two_port), transport);
    else
        hash = (uint32_t)hash_ipv6(key, end_of(one, one_port), end_of(two, two_port), transport);
    return hash == 0 ? 1 : hash;
}
