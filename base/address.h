/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv4, IPv6 and MAC addresses and IP prefixes as plain values: parse,
 * compare, print.  An IPv4 address is held as its IPv4-mapped IPv6 form
 * (RFC 4291 section 2.5.5.2), so that one type of 16 bytes serves both.
 */
#ifndef APPLEPATH_BASE_ADDRESS_H
#define APPLEPATH_BASE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define ADDRESS_TEXT_SIZE 46 /* longest printed address and its terminator */
#define ENDPOINT_TEXT_SIZE 54 /* "[address]:port" */
#define MAC_TEXT_SIZE 18

/* Network byte order. All zero bytes: no address. */
struct address {
    uint8_t octets[16];
};

struct endpoint {
    struct address address;
    uint16_t port; /* host byte order */
};

struct mac {
    uint8_t octets[6];
};

/* `bits` counts in the 128-bit form: 17.0.0.0/8 has 104. */
struct prefix {
    struct address address;
    uint8_t bits;
};

/* `octets`: 4 or 16 bytes, network byte order. */
static inline struct address address_from_ipv4(const uint8_t *octets)
{
    struct address address = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};
    memcpy(address.octets + 12, octets, 4);
    return address;
}

static inline struct address address_from_ipv6(const uint8_t *octets)
{
    struct address address;
    memcpy(address.octets, octets, sizeof address.octets);
    return address;
}

/* The IPv4 address that one in NAT64's well-known prefix stands for, 64:ff9b::/96 (RFC
 * 6052 section 2.1); any other address as it is. */
struct address address_through_nat64(const struct address *address);

static inline bool address_equal(const struct address *left, const struct address *right)
{
    return memcmp(left->octets, right->octets, sizeof left->octets) == 0;
}

/* Orders as memcmp does: <0, 0, >0. */
static inline int address_compare(const struct address *left, const struct address *right)
{
    return memcmp(left->octets, right->octets, sizeof left->octets);
}

static inline bool endpoint_equal(const struct endpoint *left, const struct endpoint *right)
{
    return left->port == right->port && address_equal(&left->address, &right->address);
}

bool address_is_none(const struct address *address);

static inline bool address_is_ipv4(const struct address *address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, 0xff};
    return memcmp(address->octets, mapped, sizeof mapped) == 0;
}

/* 0.0.0.0, ::, or no address. */
static inline bool address_is_unspecified(const struct address *address)
{
    static const uint8_t none[16] = {0};
    return address_is_ipv4(address) ? memcmp(address->octets + 12, none, 4) == 0
                                    : memcmp(address->octets, none, sizeof none) == 0;
}

bool address_is_loopback(const struct address *address);

/* Multicast, or the limited broadcast 255.255.255.255. */
static inline bool address_is_multicast(const struct address *address)
{
    static const uint8_t broadcast[4] = {255, 255, 255, 255};
    const uint8_t *ipv4 = address->octets + 12;
    if (address_is_ipv4(address))
        return (ipv4[0] & 0xf0) == 0xe0 || memcmp(ipv4, broadcast, sizeof broadcast) == 0;
    return address->octets[0] == 0xff;
}

/* RFC 1918, 100.64.0.0/10 (RFC 6598), link-local and fc00::/7 (RFC 4193). */
bool address_is_private(const struct address *address);

/* Parse a whole string; false (outputs alone) when it is anything else. */
bool address_parse(const char *text, struct address *address);
bool prefix_parse(const char *text, struct prefix *prefix);
bool mac_parse(const char *text, struct mac *mac);

/* Print into a buffer of the size named above; return the buffer. */
const char *address_print(const struct address *address, char text[ADDRESS_TEXT_SIZE]);
const char *endpoint_print(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_SIZE]);
const char *mac_print(const struct mac *mac, char text[MAC_TEXT_SIZE]);

bool mac_is_none(const struct mac *mac);

/* Locally administered (IEEE 802 section 8.4): made up, as devices do for privacy. */
bool mac_is_private(const struct mac *mac);
bool prefix_contains(const struct prefix *prefix, const struct address *address);

#endif
