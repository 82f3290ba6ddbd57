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

struct address address_through_nat64(const struct address *address)
{
    static const uint8_t well_known[12] = {0x00, 0x64, 0xff, 0x9b};

    if (memcmp(address->octets, well_known, sizeof well_known) == 0)
        return address_from_ipv4(address->octets + sizeof well_known);
    return *address;
}

bool address_is_none(const struct address *address)
{
    static const struct address none = {{0}};

    return address_equal(address, &none);
}

bool address_is_loopback(const struct address *address)
{
    static const struct address ipv6_loopback = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

    if (address_is_ipv4(address))
        return address->octets[IPV4_OFFSET] == 127;
    return address_equal(address, &ipv6_loopback);
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

/* Without leading zeros. */
static char *put_hexadecimal(char *to, unsigned value)
{
    static const char digits[] = "0123456789abcdef";
    unsigned shift = value > 0xfff ? 12 : value > 0xff ? 8 : value > 0xf ? 4 : 0;

    *to++ = digits[value >> shift];
    while (shift > 0) {
        shift -= 4;
        *to++ = digits[value >> shift & 0xf];
    }
    return to;
}

static char *put_decimal(char *to, unsigned octet)
{
    if (octet >= 100)
        *to++ = (char)('0' + octet / 100);
    if (octet >= 10)
        *to++ = (char)('0' + octet / 10 % 10);
    *to++ = (char)('0' + octet % 10);
    return to;
}

static char *put_ipv4(char *to, const uint8_t *octets)
{
    for (size_t i = 0; i < 4; i++) {
        if (i > 0)
            *to++ = '.';
        to = put_decimal(to, octets[i]);
    }
    return to;
}

/* RFC 5952 section 4.2: the first of the longest runs of at least two zeros. */
static size_t longest_zeros(const unsigned words[8], size_t *begin)
{
    size_t longest = 1;

    for (size_t i = 0; i < 8; i++) {
        size_t length = 0;
        while (i + length < 8 && words[i + length] == 0)
            length++;
        if (length > longest) {
            longest = length;
            *begin = i;
        }
        i += length;
    }
    return longest > 1 ? longest : 0;
}

/* As inet_ntop does, which is slower: section 5 for the deprecated form of RFC 4291
 * section 2.5.5.1, whose last four bytes are an IPv4 address. */
static char *put_ipv6(char *to, const uint8_t *octets)
{
    unsigned words[8];
    size_t zeros_begin = 8, zeros;

    for (size_t i = 0; i < 8; i++)
        words[i] = (unsigned)octets[2 * i] << 8 | octets[2 * i + 1];
    zeros = longest_zeros(words, &zeros_begin);
    for (size_t i = 0; i < 8; i++) {
        if (zeros > 0 && i == zeros_begin) {
            *to++ = ':';
            i += zeros - 1;
            if (i == 7)
                *to++ = ':';
            continue;
        }
        if (i > 0)
            *to++ = ':';
        if (i == 6 && zeros == 6 && zeros_begin == 0)
            return put_ipv4(to, octets + IPV4_OFFSET);
        to = put_hexadecimal(to, words[i]);
    }
    return to;
}

const char *address_print(const struct address *address, char text[ADDRESS_TEXT_SIZE])
{
    char *end = address_is_ipv4(address) ? put_ipv4(text, address->octets + IPV4_OFFSET)
                                         : put_ipv6(text, address->octets);

    *end = '\0';
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
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < sizeof mac->octets; i++) {
        text[3 * i] = digits[mac->octets[i] >> 4];
        text[3 * i + 1] = digits[mac->octets[i] & 0x0f];
        text[3 * i + 2] = ':';
    }
    text[MAC_TEXT_SIZE - 1] = '\0';
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

/* Eight bytes as a number, the first of them the highest; compilers know this form. */
static inline uint64_t word_of(const uint8_t *octets)
{
    return (uint64_t)octets[0] << 56 | (uint64_t)octets[1] << 48 | (uint64_t)octets[2] << 40 |
           (uint64_t)octets[3] << 32 | (uint64_t)octets[4] << 24 | (uint64_t)octets[5] << 16 |
           (uint64_t)octets[6] << 8 | octets[7];
}

bool prefix_contains(const struct prefix *prefix, const struct address *address)
{
    const uint8_t *octets = prefix->address.octets;
    uint64_t high = word_of(octets) ^ word_of(address->octets);
    uint64_t low = word_of(octets + 8) ^ word_of(address->octets + 8);

    if (prefix->bits <= 64)
        return prefix->bits == 0 || high >> (64 - prefix->bits) == 0;
    return high == 0 && low >> (128 - prefix->bits) == 0;
}
