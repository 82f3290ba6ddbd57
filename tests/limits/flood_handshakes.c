/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floods of handshakes: hellos that do not end, names as long as they may be, messages
 * that say they have 16 MB, certificates with thousands of names and keys of 16,384 bits,
 * another one for each connection (RFC 8446 section 4, RFC 5280 section 4.1).
 */
#include "tests/limits/flood.h"

enum { CERTIFICATE_SIZE = 12000, CHAIN_LENGTH = 3, MODULUS = 2048 };

/* ClientHellos of 16,000 bytes, of which the first 1,200 come. */
static void flood_hellos(struct flood *flood)
{
    static const uint8_t head[] = {0x16, 3, 1, 0x3e, 0x80, 1, 0, 0x3e, 0x7c, 3, 3};
    struct ends ends = flood_ends(flood, 443);
    uint8_t bytes[1200];
    memset(bytes, 0x2a, sizeof bytes);
    memcpy(bytes, head, sizeof head);
    flood_open(flood, &ends, 1000);
    flood_send(flood, &ends, 1001, 7001, bytes, sizeof bytes);
}

/* Whole ClientHellos; each byte of the server's name takes four letters to print. */
static void flood_server_names(struct flood *flood)
{
    struct ends ends = flood_ends(flood, 443);
    struct frame hello = {.length = 0};
    put_u32(&hello, 0x16030101); /* 43 + 4 + 268 bytes in all */
    put_u8(&hello, 0x3b);
    put_u32(&hello, 0x01000137);
    put_u16(&hello, 0x0303);
    for (int i = 0; i < 8; i++)
        put_u32(&hello, flood_random(flood, UINT32_MAX));
    put_u8(&hello, 0);
    put_u32(&hello, 0x00021301);
    put_u16(&hello, 0x0100);
    put_u16(&hello, 268);
    put_u16(&hello, 0); /* server_name */
    put_u16(&hello, 264);
    put_u16(&hello, 262);
    put_u8(&hello, 0);
    put_u16(&hello, 259);
    for (int i = 0; i < 249; i++)
        put_u8(&hello, 0x80 + flood_random(flood, 0x80));
    put(&hello, ".apple.com", 10);
    flood_open(flood, &ends, 1000);
    flood_send(flood, &ends, 1001, 7001, hello.bytes, hello.length);
}

/* Both hellos of TLS 1.2; what follows is the server's, from the sequence number on. */
static uint32_t open_handshake(struct flood *flood, const struct ends *ends)
{
    static const uint8_t hello[] = {0x16, 3, 3, 0, 45, 1, 0, 0, 41, 3, 3};
    static const uint8_t answer[] = {0x16, 3, 3, 0, 44, 2, 0, 0, 40, 3, 3};
    struct ends server = flood_back(ends);
    flood_open(flood, ends, 1000);
    flood_begin_tcp(flood, ends, ACK | PSH, 1001, 7001, 50);
    put(&flood->frame, hello, sizeof hello);
    flood_put_random(flood, 32);
    put(&flood->frame, "\0\0\2\x13\1\1\0", 7);
    flood_finish(flood);
    flood_begin_tcp(flood, &server, ACK | PSH, 7001, 1051, 49);
    put(&flood->frame, answer, sizeof answer);
    flood_put_random(flood, 32);
    put(&flood->frame, "\0\xc0\x2f\0\0\0", 6);
    flood_finish(flood);
    return 7001 + 49;
}

/* A Certificate message that says it has 16 MB, of which 48 KB come, in three records. */
static void flood_announced(struct flood *flood)
{
    static const uint8_t head[] = {11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc, 0x3e, 0x80, 0x00};
    struct ends ends = flood_ends(flood, 443), server = flood_back(&ends);
    uint32_t sequence = open_handshake(flood, &ends);
    uint8_t record[5 + 16384] = {0x16, 3, 3, 0x40, 0};
    memcpy(record + 5, head, sizeof head);
    for (uint32_t i = 0; i < 3; i++)
        flood_send(flood, &server, sequence + i * (uint32_t)sizeof record, 1051, record,
                   sizeof record);
}

/* A message of 16,000 bytes with a certificate that cannot be read, another one for each. */
static void flood_certificates(struct flood *flood)
{
    static const uint8_t chain[] = {0x16, 3,    3, 0x3e, 0x8a, 11,   0,    0x3e, 0x86, 0,
                                    0x3e, 0x83, 0, 0x3e, 0x80, 0x30, 0x82, 0x3e, 0x7c};
    struct ends ends = flood_ends(flood, 443), server = flood_back(&ends);
    uint32_t sequence = open_handshake(flood, &ends);
    uint8_t bytes[16015];
    memcpy(bytes, chain, sizeof chain);
    for (size_t i = sizeof chain; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)flood_random(flood, 256);
    flood_send(flood, &server, sequence, 1051, bytes, sizeof bytes);
}

/* ---- certificates that can be read: DER, written from its end */

struct der {
    size_t start;
    uint8_t bytes[CERTIFICATE_SIZE];
};

static void der_before(struct der *der, const void *bytes, size_t length)
{
    if (length > der->start)
        abort();
    der->start -= length;
    memcpy(der->bytes + der->start, bytes, length);
}

/* What was written since `end` was the start becomes the content of this tag. */
static void der_wrap(struct der *der, uint8_t tag, size_t end)
{
    size_t length = end - der->start;
    uint8_t head[4] = {tag, 0x82, (uint8_t)(length >> 8), (uint8_t)length};
    if (length >= 256) {
        der_before(der, head, 4);
    } else if (length >= 128) {
        uint8_t medium[3] = {tag, 0x81, (uint8_t)length};
        der_before(der, medium, 3);
    } else {
        uint8_t small[2] = {tag, (uint8_t)length};
        der_before(der, small, 2);
    }
}

static void der_name(struct der *der, const char *text)
{
    static const uint8_t common_name[] = {6, 3, 0x55, 4, 3};
    size_t end = der->start;
    der_before(der, text, strlen(text));
    der_wrap(der, 0x0c, end);
    der_before(der, common_name, sizeof common_name);
    der_wrap(der, 0x30, end);
    der_wrap(der, 0x31, end);
    der_wrap(der, 0x30, end);
}

/* As many names as fit, and an extension whose OID has 100 bytes. */
static void der_extensions(struct der *der)
{
    static const uint8_t alternative_names[] = {6, 3, 0x55, 0x1d, 0x11};
    uint8_t identifier[100];
    size_t end = der->start;
    memset(identifier, 0xff, sizeof identifier);
    identifier[0] = 0x2a;
    identifier[sizeof identifier - 1] = 0x7f;
    der_before(der, "\4\0", 2);
    size_t before = der->start;
    der_before(der, identifier, sizeof identifier);
    der_wrap(der, 6, before);
    der_wrap(der, 0x30, end);
    size_t names = der->start;
    while (der->start > 3200)
        der_before(der,
                   "\x82\x0b"
                   "*.apple.com",
                   13);
    der_wrap(der, 0x30, names);
    der_wrap(der, 4, names);
    der_before(der, alternative_names, sizeof alternative_names);
    der_wrap(der, 0x30, names);
    der_wrap(der, 0x30, end);
    der_wrap(der, 0xa3, end);
}

/* An RSA key of 16,384 bits; its exponent has 64. */
static void der_key(struct der *der, struct flood *flood)
{
    static const uint8_t algorithm[] = {0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86,
                                        0xf7, 13, 1, 1, 1,    5,    0};
    uint8_t modulus[MODULUS + 1] = {0};
    size_t end = der->start;
    for (size_t i = 1; i < sizeof modulus; i++)
        modulus[i] = (uint8_t)(flood_random(flood, 256) | 0x81);
    der_before(der, "\x02\x08\x7f\xff\xff\xff\xff\xff\xff\xff", 10);
    size_t number = der->start;
    der_before(der, modulus, sizeof modulus);
    der_wrap(der, 2, number);
    der_wrap(der, 0x30, end);
    der_before(der, "", 1);
    der_wrap(der, 3, end);
    der_before(der, algorithm, sizeof algorithm);
    der_wrap(der, 0x30, end);
}

static void der_certificate(struct der *der, struct flood *flood, const char *subject,
                            const char *issuer)
{
    static const uint8_t algorithm[] = {0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86,
                                        0xf7, 13, 1, 1, 11,   5,    0};
    static const char validity[] = "\x17\x0d"
                                   "200101000000Z"
                                   "\x17\x0d"
                                   "400101000000Z";
    uint32_t serial[2] = {flood_random(flood, UINT32_MAX), flood_random(flood, UINT32_MAX)};
    uint8_t signature[257] = {0};
    der->start = sizeof der->bytes;
    size_t end = der->start;
    der_before(der, signature, sizeof signature);
    der_wrap(der, 3, end);
    der_before(der, algorithm, sizeof algorithm);
    size_t body = der->start;
    der_extensions(der);
    der_key(der, flood);
    der_name(der, subject);
    size_t times = der->start;
    der_before(der, validity, sizeof validity - 1);
    der_wrap(der, 0x30, times);
    der_name(der, issuer);
    der_before(der, algorithm, sizeof algorithm);
    size_t number = der->start;
    der_before(der, serial, sizeof serial);
    der_before(der, "\1", 1);
    der_wrap(der, 2, number);
    der_before(der, "\xa0\3\2\1\2", 5);
    der_wrap(der, 0x30, body);
    der_wrap(der, 0x30, end);
}

/* Three such certificates in one message, each issued by the next, or so they say. */
static void flood_chains(struct flood *flood)
{
    static const char *const names[CHAIN_LENGTH + 1] = {"gs.apple.com", "One", "Two", "Two"};
    struct ends ends = flood_ends(flood, 443), server = flood_back(&ends);
    uint8_t message[4 + 3 + CHAIN_LENGTH * (3 + CERTIFICATE_SIZE)], wire[sizeof message + 15];
    size_t length = 7, sent = 0;
    for (int i = 0; i < CHAIN_LENGTH; i++) {
        struct der der;
        der_certificate(&der, flood, names[i], names[i + 1]);
        size_t size = sizeof der.bytes - der.start;
        message[length++] = 0;
        message[length++] = (uint8_t)(size >> 8);
        message[length++] = (uint8_t)size;
        memcpy(message + length, der.bytes + der.start, size);
        length += size;
    }
    const uint8_t head[7] = {11,
                             0,
                             (uint8_t)((length - 4) >> 8),
                             (uint8_t)(length - 4),
                             0,
                             (uint8_t)((length - 7) >> 8),
                             (uint8_t)(length - 7)};
    memcpy(message, head, sizeof head);
    for (size_t at = 0; at < length; at += 16384) {
        size_t part = length - at < 16384 ? length - at : 16384;
        const uint8_t record[5] = {0x16, 3, 3, (uint8_t)(part >> 8), (uint8_t)part};
        memcpy(wire + sent, record, sizeof record);
        memcpy(wire + sent + sizeof record, message + at, part);
        sent += sizeof record + part;
    }
    uint32_t sequence = open_handshake(flood, &ends);
    flood_send(flood, &server, sequence, 1051, wire, sent);
}

const struct flood_kind flood_handshakes[] = {
    {"hellos", flood_hellos, FLOOD_PCAP},       {"server-names", flood_server_names, FLOOD_PCAP},
    {"announced", flood_announced, FLOOD_PCAP}, {"certificates", flood_certificates, FLOOD_PCAP},
    {"chains", flood_chains, FLOOD_PCAP},       {NULL, NULL, FLOOD_PCAP}};
