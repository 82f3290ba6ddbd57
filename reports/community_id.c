/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By which name do other tools know this flow?  Addresses, ports and protocol come
 * in; a version and the SHA-1 of them in base64 go out (Community ID, version 1).
 * The smaller end stands first, so that both directions have one name; ICMP has
 * none unless its message has a counterpart.
 */
#include "reports/community_id.h"

#include <openssl/evp.h>
#include <string.h>

#define INPUT_SIZE 40 /* seed, two IPv6 addresses, protocol and padding, two ports */

enum { ICMP = 1, TCP = 6, UDP = 17, ICMP6 = 58, SCTP = 132 }; /* IANA's protocol numbers */

/* A request's type and its answer's, which stand for the ports of an exchange. */
struct counterpart {
    uint8_t transport;
    uint8_t type;
    uint8_t answer;
};

/* RFC 792, 950, 1256, 4443, 4861, 2710, 8335 and 4620; both ways round. */
static const struct counterpart counterparts[] = {
    {ICMP, 8, 0},      {ICMP, 13, 14},    {ICMP, 15, 16},    {ICMP, 10, 9},
    {ICMP, 17, 18},    {ICMP6, 128, 129}, {ICMP6, 133, 134}, {ICMP6, 135, 136},
    {ICMP6, 130, 131}, {ICMP6, 144, 145}, {ICMP6, 139, 140},
};

static bool counterpart_of(uint8_t transport, uint16_t type, uint16_t *other)
{
    for (size_t i = 0; i < sizeof counterparts / sizeof counterparts[0]; i++) {
        const struct counterpart *pair = &counterparts[i];
        if (pair->transport != transport || (pair->type != type && pair->answer != type))
            continue;
        *other = pair->type == type ? pair->answer : pair->type;
        return true;
    }
    return false;
}

static size_t put_u16(uint8_t *place, uint16_t value)
{
    place[0] = (uint8_t)(value >> 8);
    place[1] = (uint8_t)value;
    return 2;
}

static size_t put_address(uint8_t *place, const struct address *address)
{
    size_t skipped = address_is_ipv4(address) ? 12 : 0;
    memcpy(place, address->octets + skipped, sizeof address->octets - skipped);
    return sizeof address->octets - skipped;
}

/* Is this end the greater one? */
static bool is_greater(const struct endpoint *one, const struct endpoint *other)
{
    int order = address_compare(&one->address, &other->address);
    return order > 0 || (order == 0 && one->port > other->port);
}

static size_t put_tuple(uint8_t *place, const struct community_tuple *tuple, uint16_t seed)
{
    struct endpoint one = tuple->source, other = tuple->destination;
    bool icmp = tuple->transport == ICMP || tuple->transport == ICMP6;
    bool one_way = icmp && !counterpart_of(tuple->transport, one.port, &other.port);
    bool ports =
        icmp || tuple->transport == TCP || tuple->transport == UDP || tuple->transport == SCTP;
    /* What has no counterpart keeps its direction. */
    if (!one_way && is_greater(&one, &other)) {
        struct endpoint kept = one;
        one = other;
        other = kept;
    }
    size_t length = put_u16(place, seed);
    length += put_address(place + length, &one.address);
    length += put_address(place + length, &other.address);
    place[length++] = tuple->transport;
    place[length++] = 0;
    if (!ports)
        return length;
    length += put_u16(place + length, one.port);
    length += put_u16(place + length, other.port);
    return length;
}

const char *community_id_print(const struct community_tuple *tuple, uint16_t seed,
                               char text[COMMUNITY_ID_SIZE])
{
    uint8_t input[INPUT_SIZE];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    size_t input_length = put_tuple(input, tuple, seed);
    text[0] = '\0';
    if (EVP_Digest(input, input_length, digest, &length, EVP_sha1(), NULL) != 1 || length != 20)
        return text;
    memcpy(text, "1:", 2);
    EVP_EncodeBlock((unsigned char *)text + 2, digest, (int)length);
    return text;
}
