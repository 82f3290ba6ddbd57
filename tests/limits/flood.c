/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would somebody send who wants to fill the analyser's tables?  Writes a pcap
 * file of one kind of flood to standard output; all of it looks as if it were about
 * Apple, so that nothing is passed over early.  The same options give the same bytes.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_SIZE = 1600, DEVICES = 200, TCP = 6, UDP = 17, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

struct flood {
    FILE *out;
    uint64_t random;
    uint64_t start; /* seconds since 1970 */
    uint64_t interval; /* microseconds from frame to frame */
    uint64_t written; /* frames */
    uint8_t frame[FRAME_SIZE];
    size_t length;
};

/* One packet's ends; addresses are 10.0.x.y for devices, 17.x.y.z for servers. */
struct ends {
    uint32_t source;
    uint32_t destination;
    uint16_t source_port;
    uint16_t destination_port;
};

/* xorshift64*, Marsaglia and Vigna. */
static uint32_t random_below(struct flood *flood, uint32_t limit)
{
    uint64_t x = flood->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    flood->random = x;
    return (uint32_t)((x * 0x2545F4914F6CDD1DULL >> 32) % limit);
}

static void put(struct flood *flood, const void *bytes, size_t length)
{
    if (flood->length + length > sizeof flood->frame)
        abort();
    if (length > 0)
        memcpy(flood->frame + flood->length, bytes, length);
    flood->length += length;
}

static void put_u8(struct flood *flood, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    put(flood, &byte, 1);
}

static void put_u16(struct flood *flood, unsigned value)
{
    put_u8(flood, value >> 8 & 0xff);
    put_u8(flood, value & 0xff);
}

static void put_u32(struct flood *flood, uint32_t value)
{
    put_u16(flood, value >> 16);
    put_u16(flood, value & 0xffff);
}

static void put_random(struct flood *flood, size_t count)
{
    while (count-- > 0)
        put_u8(flood, random_below(flood, 256));
}

static void finish_frame(struct flood *flood)
{
    uint64_t microseconds = flood->written++ * flood->interval;
    uint32_t head[4] = {(uint32_t)(flood->start + microseconds / 1000000),
                        (uint32_t)(microseconds % 1000000), (uint32_t)flood->length,
                        (uint32_t)flood->length};
    uint8_t bytes[16];
    for (size_t i = 0; i < 16; i++)
        bytes[i] = (uint8_t)(head[i / 4] >> 8 * (i % 4));
    if (fwrite(bytes, 1, 16, flood->out) != 16 ||
        fwrite(flood->frame, 1, flood->length, flood->out) != flood->length) {
        perror("flood: writing");
        exit(2);
    }
}

/* Ethernet and IPv4, as far as the payload; `fragment` as in the header. */
static void begin_ip(struct flood *flood, const struct ends *ends, unsigned protocol,
                     unsigned fragment, size_t payload)
{
    static const uint8_t macs[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
    flood->length = 0;
    put(flood, macs, sizeof macs);
    put_u16(flood, 0x0800);
    put_u16(flood, 0x4500);
    put_u16(flood, (unsigned)(20 + payload));
    put_u16(flood, random_below(flood, 65536));
    put_u16(flood, fragment);
    put_u8(flood, 64);
    put_u8(flood, protocol);
    put_u16(flood, 0);
    put_u32(flood, ends->source);
    put_u32(flood, ends->destination);
}

static void begin_tcp(struct flood *flood, const struct ends *ends, unsigned flags,
                      uint32_t sequence, uint32_t acknowledgment, size_t payload)
{
    begin_ip(flood, ends, TCP, 0x4000, 20 + payload);
    put_u16(flood, ends->source_port);
    put_u16(flood, ends->destination_port);
    put_u32(flood, sequence);
    put_u32(flood, acknowledgment);
    put_u16(flood, 0x5000 | flags);
    put_u16(flood, 65535);
    put_u32(flood, 0);
}

static void begin_udp(struct flood *flood, const struct ends *ends, size_t payload)
{
    begin_ip(flood, ends, UDP, 0, 8 + payload);
    put_u16(flood, ends->source_port);
    put_u16(flood, ends->destination_port);
    put_u16(flood, (unsigned)(8 + payload));
    put_u16(flood, 0);
}

static struct ends random_ends(struct flood *flood, uint16_t port)
{
    struct ends ends = {0x0a000000u + random_below(flood, 1u << 24),
                        0x11000000u + random_below(flood, 1u << 24),
                        (uint16_t)(1024 + random_below(flood, 64000)), port};
    return ends;
}

static struct ends back(const struct ends *ends)
{
    struct ends other = {ends->destination, ends->source, ends->destination_port,
                         ends->source_port};
    return other;
}

/* ---- the floods: each writes one step */

static void flood_syn(struct flood *flood)
{
    struct ends ends = random_ends(flood, 5223);
    begin_tcp(flood, &ends, SYN, random_below(flood, UINT32_MAX), 0, 0);
    finish_frame(flood);
}

static void flood_names(struct flood *flood)
{
    struct ends ends = {0x0a000000u + random_below(flood, DEVICES), 0x0a000a01,
                        (uint16_t)(1024 + random_below(flood, 64000)), 53};
    static const uint8_t tail[] = "\5apple\3com\0\0\1\0\1";
    char label[17];
    snprintf(label, sizeof label, "%08x%08x", random_below(flood, UINT32_MAX),
             random_below(flood, UINT32_MAX));
    begin_udp(flood, &ends, 12 + 17 + sizeof tail - 1);
    put_u16(flood, random_below(flood, 65536));
    put_u16(flood, 0x0100);
    put_u16(flood, 1);
    put_u16(flood, 0);
    put_u32(flood, 0);
    put_u8(flood, 16);
    put(flood, label, 16);
    put(flood, tail, sizeof tail - 1);
    finish_frame(flood);
}

/* The first fragments of large datagrams, eight bytes each. */
static void flood_fragments(struct flood *flood)
{
    struct ends ends = random_ends(flood, 53);
    begin_ip(flood, &ends, UDP, 0x2000 | random_below(flood, 100), 8);
    put_random(flood, 8);
    finish_frame(flood);
}

static void open_connection(struct flood *flood, const struct ends *ends, uint32_t sequence)
{
    struct ends server = back(ends);
    begin_tcp(flood, ends, SYN, sequence, 0, 0);
    finish_frame(flood);
    begin_tcp(flood, &server, SYN | ACK, 7000, sequence + 1, 0);
    finish_frame(flood);
}

/* ClientHellos of 16,000 bytes, of which the first 1,200 come. */
static void flood_hellos(struct flood *flood)
{
    static const uint8_t head[] = {0x16, 3, 1, 0x3e, 0x80, 1, 0, 0x3e, 0x7c, 3, 3};
    struct ends ends = random_ends(flood, 443);
    uint32_t sequence = random_below(flood, UINT32_MAX);
    open_connection(flood, &ends, sequence);
    begin_tcp(flood, &ends, ACK | PSH, sequence + 1, 7001, 1200);
    put(flood, head, sizeof head);
    memset(flood->frame + flood->length, 0x2a, 1200 - sizeof head);
    flood->length += 1200 - sizeof head;
    finish_frame(flood);
}

/* One connection after the other, its segments late by turns and with holes. */
static void flood_segments(struct flood *flood)
{
    struct ends ends = random_ends(flood, 443);
    uint32_t sequence = random_below(flood, UINT32_MAX);
    open_connection(flood, &ends, sequence);
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t offset = 1 + 500 * random_below(flood, 120);
        begin_tcp(flood, &ends, ACK | PSH, sequence + offset, 7001, 400);
        put_random(flood, 400);
        finish_frame(flood);
    }
}

/* Resets and errors about connections that nobody opened. */
static void flood_resets(struct flood *flood)
{
    struct ends ends = random_ends(flood, 443);
    begin_tcp(flood, &ends, RST | ACK, random_below(flood, UINT32_MAX), 1, 0);
    finish_frame(flood);
}

/* A certificate of 16,000 bytes, another one for each connection. */
static void flood_certificates(struct flood *flood)
{
    static const uint8_t hello[] = {0x16, 3, 3, 0, 45, 1, 0, 0, 41, 3, 3};
    static const uint8_t answer[] = {0x16, 3, 3, 0, 44, 2, 0, 0, 40, 3, 3};
    static const uint8_t chain[] = {0x16, 3,    3, 0x3e, 0x8a, 11,   0,    0x3e, 0x86, 0,
                                    0x3e, 0x83, 0, 0x3e, 0x80, 0x30, 0x82, 0x3e, 0x7c};
    struct ends ends = random_ends(flood, 443), server = back(&ends);
    uint32_t sequence = 7001;
    open_connection(flood, &ends, 1000);
    begin_tcp(flood, &ends, ACK | PSH, 1001, sequence, 50);
    put(flood, hello, sizeof hello);
    put_random(flood, 32);
    put(flood, "\0\0\2\x13\1\1\0", 7);
    finish_frame(flood);
    begin_tcp(flood, &server, ACK | PSH, sequence, 1051, 49);
    put(flood, answer, sizeof answer);
    put_random(flood, 32);
    put(flood, "\0\xc0\x2f\0\0\0", 6);
    finish_frame(flood);
    sequence += 49;
    for (size_t sent = 0; sent < 16015; sent += 1400) {
        size_t part = 16015 - sent < 1400 ? 16015 - sent : 1400;
        begin_tcp(flood, &server, ACK | PSH, sequence, 1051, part);
        if (sent == 0)
            put(flood, chain, sizeof chain);
        put_random(flood, sent == 0 ? part - sizeof chain : part);
        finish_frame(flood);
        sequence += (uint32_t)part;
    }
}

static const struct {
    const char *name;
    void (*step)(struct flood *flood);
} kinds[] = {
    {"syn", flood_syn},
    {"names", flood_names},
    {"fragments", flood_fragments},
    {"hellos", flood_hellos},
    {"segments", flood_segments},
    {"resets", flood_resets},
    {"certificates", flood_certificates},
};

int main(int count, char **words)
{
    static const uint8_t header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0,
                                       0,    0,    0,    0,    0, 0, 4, 0, 1, 0, 0, 0};
    struct flood flood = {.out = stdout, .random = 0x9E3779B97F4A7C15ULL};
    uint64_t wanted = count >= 3 ? strtoull(words[2], NULL, 10) : 0;
    flood.start = count >= 4 ? strtoull(words[3], NULL, 10) : 1763712000;
    flood.interval = count >= 5 ? strtoull(words[4], NULL, 10) : 10;
    for (size_t i = 0; wanted > 0 && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, words[1]) != 0)
            continue;
        if (fwrite(header, 1, sizeof header, stdout) != sizeof header)
            return 2;
        while (flood.written < wanted)
            kinds[i].step(&flood);
        return fflush(stdout) == 0 ? 0 : 2;
    }
    fprintf(stderr, "usage: flood syn|names|fragments|hellos|segments|resets|certificates FRAMES "
                    "[START_SECONDS [INTERVAL_MICROSECONDS]] > FILE.pcap\n");
    return 2;
}
