/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does this address mean, and how is it written?  Text or network-order
 * bytes come in; 16-byte values, their classes and their text go out.
 * RFC 4291 (IPv6), RFC 5952 (its text), RFC 4632 (prefixes).
 */
#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#define IPV4_OFFSET 12 /* where the IPv4 address begins in its mapped form */
#define IPV4_BITS_BEFORE 96

static const uint8_t mapped_start[IPV4_OFFSET] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct address address_from_ipv4(const uint8_t *octets)
{
    struct address address;

    memcpy(address.octets, mapped_start, IPV4_OFFSET);
    memcpy(address.octets + IPV4_OFFSET, octets, 4);
    return address;
}

struct address address_through_nat64(const struct address *address)
{
    static const uint8_t well_known[12] = {0x00, 0x64, 0xff, 0x9b};

    if (memcmp(address->octets, well_known, sizeof well_known) == 0)
        return address_from_ipv4(address->octets + sizeof well_known);
    return *address;
}

struct address address_from_ipv6(const uint8_t *octets)
{
    struct address address;

    memcpy(address.octets, octets, sizeof address.octets);
    return address;
}

bool address_is_none(const struct address *address)
{
    static const struct address none = {{0}};

    return address_equal(address, &none);
}

bool address_is_ipv4(const struct address *address)
{
    return memcmp(address->octets, mapped_start, IPV4_OFFSET) == 0;
}

bool address_is_unspecified(const struct address *address)
{
    static const uint8_t zero[4] = {0};

    if (address_is_ipv4(address))
        return memcmp(address->octets + IPV4_OFFSET, zero, 4) == 0;
    return address_is_none(address);
}

bool address_is_loopback(const struct address *address)
{
    static const struct address ipv6_loopback = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

    if (address_is_ipv4(address))
        return address->octets[IPV4_OFFSET] == 127;
    return address_equal(address, &ipv6_loopback);
}

bool address_is_multicast(const struct address *address)
{
    static const uint8_t broadcast[4] = {255, 255, 255, 255};
    const uint8_t *ipv4 = address->octets + IPV4_OFFSET;

    if (address_is_ipv4(address))
        return (ipv4[0] & 0xf0) == 0xe0 || memcmp(ipv4, broadcast, 4) == 0;
    return address->octets[0] == 0xff;
}

bool address_is_private(const struct address *address)
{
    const uint8_t *ipv4 = address->octets + IPV4_OFFSET;

    if (address_is_ipv4(address))
        return ipv4[0] == 10 || /* RFC 1918 section 3 */
               (ipv4[0] == 172 && (ipv4[1] & 0xf0) == 16) || (ipv4[0] == 192 && ipv4[1] == 168) ||
               (ipv4[0] == 100 && (ipv4[1] & 0xc0) == 64) || /* RFC 6598 section 7 */
               (ipv4[0] == 169 && ipv4[1] == 254); /* RFC 3927 */
    return (address->octets[0] & 0xfe) == 0xfc || /* RFC 4193 section 3.1 */
           (address->octets[0] == 0xfe && (address->octets[1] & 0xc0) == 0x80);
}

/* Four decimal numbers of at most three digits, as inet_pton takes them: without
 * leading zeros. */
static bool parse_ipv4(const char *text, uint8_t octets[4])
{
    for (size_t i = 0; i < 4; i++) {
        unsigned value = 0;
        size_t digits = 0;
        for (; text[digits] >= '0' && text[digits] <= '9' && digits < 4; digits++)
            value = value * 10 + (unsigned)(text[digits] - '0');
        if (digits == 0 || digits > 3 || value > 255 || (digits > 1 && text[0] == '0') ||
            text[digits] != (i < 3 ? '.' : '\0'))
            return false;
        octets[i] = (uint8_t)value;
        text += digits + 1;
    }
    return true;
}

bool address_parse(const char *text, struct address *address)
{
    uint8_t octets[16];

    if (parse_ipv4(text, octets)) {
        *address = address_from_ipv4(octets);
        return true;
    }
    if (inet_pton(AF_INET6, text, octets) == 1) {
        *address = address_from_ipv6(octets);
        return true;
    }
    return false;
}

/* One to three digits and nothing else, at most `limit`. */
static bool parse_bits(const char *text, unsigned limit, unsigned *bits)
{
    size_t length = strlen(text);
    unsigned value = 0;

    if (length == 0 || length > 3)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    if (value > limit)
        return false;
    *bits = value;
    return true;
}

static void clear_host_bits(struct address *address, unsigned bits)
{
    for (unsigned i = 0; i < sizeof address->octets; i++) {
        if (bits >= 8 * (i + 1))
            continue;
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
        address->octets[i] &= (uint8_t)(0xff00u >> kept);
    }
}

bool prefix_parse(const char *text, struct prefix *prefix)
{
    char address_text[ADDRESS_TEXT_SIZE];
    const char *slash = strchr(text, '/');
    struct address address;
    unsigned bits;
    bool dotted;

    if (slash == NULL || (size_t)(slash - text) >= sizeof address_text)
        return false;
    memcpy(address_text, text, (size_t)(slash - text));
    address_text[slash - text] = '\0';
    dotted = strchr(address_text, ':') == NULL;
    if (!address_parse(address_text, &address) || !parse_bits(slash + 1, dotted ? 32 : 128, &bits))
        return false;
    if (dotted)
        bits += IPV4_BITS_BEFORE;
    clear_host_bits(&address, bits);
    prefix->address = address;
    prefix->bits = (uint8_t)bits;
    return true;
}

static int hexadecimal_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* Six pairs of hexadecimal digits between colons or between hyphens. */
bool mac_parse(const char *text, struct mac *mac)
{
    struct mac parsed;
    char separator;

    if (strlen(text) != MAC_TEXT_SIZE - 1)
        return false;
    separator = text[2];
    if (separator != ':' && separator != '-')
        return false;
    for (size_t i = 0; i < sizeof parsed.octets; i++) {
        int high = hexadecimal_value(text[3 * i]);
        int low = hexadecimal_value(text[3 * i + 1]);
        if (high < 0 || low < 0 || (i > 0 && text[3 * i - 1] != separator))
            return false;
        parsed.octets[i] = (uint8_t)(high << 4 | low);
    }
    *mac = parsed;
    return true;
}

static char *print_decimal(char *out, unsigned octet)
{
    if (octet >= 100)
        *out++ = (char)('0' + octet / 100);
    if (octet >= 10)
        *out++ = (char)('0' + octet / 10 % 10);
    *out++ = (char)('0' + octet % 10);
    return out;
}

/* IPv4 by hand: inet_ntop does it with sprintf, and each row that is stored has two. */
const char *address_print(const struct address *address, char text[ADDRESS_TEXT_SIZE])
{
    if (address_is_ipv4(address)) {
        char *out = text;
        for (size_t i = IPV4_OFFSET; i < sizeof address->octets; i++) {
            out = print_decimal(out, address->octets[i]);
            *out++ = '.';
        }
        out[-1] = '\0';
    } else if (inet_ntop(AF_INET6, address->octets, text, ADDRESS_TEXT_SIZE) == NULL) {
        text[0] = '\0';
    }
    return text;
}

const char *endpoint_print(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_SIZE])
{
    char address_text[ADDRESS_TEXT_SIZE];
    bool bracketed = !address_is_ipv4(&endpoint->address); /* RFC 3986 section 3.2.2 */

    address_print(&endpoint->address, address_text);
    snprintf(text, ENDPOINT_TEXT_SIZE, bracketed ? "[%s]:%u" : "%s:%u", address_text,
             (unsigned)endpoint->port);
    return text;
}

const char *mac_print(const struct mac *mac, char text[MAC_TEXT_SIZE])
{
    const uint8_t *octets = mac->octets;

    snprintf(text, MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", octets[0], octets[1], octets[2],
             octets[3], octets[4], octets[5]);
    return text;
}

bool mac_is_none(const struct mac *mac)
{
    static const struct mac none = {{0}};

    return memcmp(mac->octets, none.octets, sizeof none.octets) == 0;
}

bool mac_is_private(const struct mac *mac)
{
    return (mac->octets[0] & 0x03) == 0x02;
}

bool prefix_contains(const struct prefix *prefix, const struct address *address)
{
    size_t whole = prefix->bits / 8;
    unsigned rest = prefix->bits % 8;
    unsigned differing;

    if (memcmp(prefix->address.octets, address->octets, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    differing = prefix->address.octets[whole] ^ address->octets[whole];
    return (differing & (0xff00u >> rest) & 0xff) == 0;
}
