/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would somebody send who wants to fill the analyser's tables?  Writes a capture of
 * one kind of flood to standard output; all of it looks as if it were about Apple, so
 * that nothing is passed over early.  The same options give the same bytes.
 */
#include "tests/limits/flood.h"

static const struct flood_kind *const families[] = {flood_connections, flood_handshakes,
                                                    flood_datagrams, flood_blocks};

/* xorshift64*, Marsaglia and Vigna. */
uint32_t flood_random(struct flood *flood, uint32_t limit)
{
    uint64_t x = flood->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    flood->random = x;
    return (uint32_t)((x * 0x2545F4914F6CDD1DULL >> 32) % limit);
}

void flood_put_random(struct flood *flood, size_t count)
{
    while (count-- > 0)
        put_u8(&flood->frame, flood_random(flood, 256));
}

void flood_write(struct flood *flood, const void *bytes, size_t length)
{
    if (fwrite(bytes, 1, length, flood->out) != length) {
        perror("flood: writing");
        exit(2);
    }
}

void flood_finish(struct flood *flood)
{
    uint64_t microseconds = flood->written++ * flood->interval;
    uint32_t length = (uint32_t)flood->frame.length;
    uint32_t head[4] = {(uint32_t)(flood->start + microseconds / 1000000),
                        (uint32_t)(microseconds % 1000000), length, length};
    uint8_t bytes[16];
    for (size_t i = 0; i < 16; i++)
        bytes[i] = (uint8_t)(head[i / 4] >> 8 * (i % 4));
    flood_write(flood, bytes, sizeof bytes);
    flood_write(flood, flood->frame.bytes, flood->frame.length);
}

struct ends flood_ends(struct flood *flood, uint16_t port)
{
    struct ends ends = {0x0a000000u + flood_random(flood, 1u << 24),
                        0x11000000u + flood_random(flood, 1u << 24),
                        (uint16_t)(1024 + flood_random(flood, 64000)), port};
    return ends;
}

struct ends flood_back(const struct ends *ends)
{
    struct ends other = {ends->destination, ends->source, ends->destination_port,
                         ends->source_port};
    return other;
}

void flood_begin_ethernet(struct flood *flood, unsigned type)
{
    static const uint8_t macs[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
    flood->frame.length = 0;
    put(&flood->frame, macs, sizeof macs);
    put_u16(&flood->frame, type);
}

void flood_put_ip(struct flood *flood, const struct ends *ends, unsigned protocol,
                  unsigned fragment, size_t payload)
{
    struct frame *frame = &flood->frame;
    put_u16(frame, 0x4500);
    put_u16(frame, (unsigned)(20 + payload));
    put_u16(frame, flood_random(flood, 65536));
    put_u16(frame, fragment);
    put_u8(frame, 64);
    put_u8(frame, protocol);
    put_u16(frame, 0);
    put_u32(frame, ends->source);
    put_u32(frame, ends->destination);
}

void flood_put_udp(struct flood *flood, const struct ends *ends, size_t payload)
{
    struct frame *frame = &flood->frame;
    flood_put_ip(flood, ends, UDP, 0, 8 + payload);
    put_u16(frame, ends->source_port);
    put_u16(frame, ends->destination_port);
    put_u16(frame, (unsigned)(8 + payload));
    put_u16(frame, 0);
}

void flood_begin_ip(struct flood *flood, const struct ends *ends, unsigned protocol,
                    unsigned fragment, size_t payload)
{
    flood_begin_ethernet(flood, 0x0800);
    flood_put_ip(flood, ends, protocol, fragment, payload);
}

void flood_begin_udp(struct flood *flood, const struct ends *ends, size_t payload)
{
    flood_begin_ethernet(flood, 0x0800);
    flood_put_udp(flood, ends, payload);
}

void flood_begin_tcp(struct flood *flood, const struct ends *ends, unsigned flags,
                     uint32_t sequence, uint32_t acknowledgment, size_t payload)
{
    struct frame *frame = &flood->frame;
    flood_begin_ip(flood, ends, TCP, 0x4000, 20 + payload);
    put_u16(frame, ends->source_port);
    put_u16(frame, ends->destination_port);
    put_u32(frame, sequence);
    put_u32(frame, acknowledgment);
    put_u16(frame, 0x5000 | flags);
    put_u16(frame, 65535);
    put_u32(frame, 0);
}

void flood_open(struct flood *flood, const struct ends *ends, uint32_t sequence)
{
    struct ends server = flood_back(ends);
    flood_begin_tcp(flood, ends, SYN, sequence, 0, 0);
    flood_finish(flood);
    flood_begin_tcp(flood, &server, SYN | ACK, 7000, sequence + 1, 0);
    flood_finish(flood);
}

void flood_send(struct flood *flood, const struct ends *ends, uint32_t sequence,
                uint32_t acknowledgment, const uint8_t *bytes, size_t length)
{
    for (size_t sent = 0; sent < length; sent += 1400) {
        size_t part = length - sent < 1400 ? length - sent : 1400;
        flood_begin_tcp(flood, ends, ACK | PSH, sequence + (uint32_t)sent, acknowledgment, part);
        put(&flood->frame, bytes + sent, part);
        flood_finish(flood);
    }
}

static void usage(void)
{
    fprintf(stderr, "usage: flood KIND FRAMES [START_SECONDS [INTERVAL_MICROSECONDS]] > FILE\n"
                    "with one of these kinds:");
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        for (const struct flood_kind *kind = families[i]; kind->name != NULL; kind++)
            fprintf(stderr, " %s", kind->name);
    fprintf(stderr, "\n");
}

static int run(struct flood *flood, const struct flood_kind *kind)
{
    static const uint8_t header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0,
                                       0,    0,    0,    0,    0, 0, 4, 0, 1, 0, 0, 0};
    if (kind->magic == FLOOD_PCAP)
        flood_write(flood, header, sizeof header);
    while (flood->written < flood->wanted)
        kind->step(flood);
    return fflush(flood->out) == 0 ? 0 : 2;
}

/* All kinds of packets, a thousand steps of each in turn. */
static void flood_mixture(struct flood *flood)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        for (const struct flood_kind *kind = families[i]; kind->name != NULL; kind++)
            for (int step = 0; families[i] != flood_blocks && step < 1000; step++)
                kind->step(flood);
}

int main(int count, char **words)
{
    static const struct flood_kind mixture = {"mixture", flood_mixture, FLOOD_PCAP};
    struct flood flood = {.out = stdout, .random = 0x9E3779B97F4A7C15ULL};
    flood.wanted = count >= 3 ? strtoull(words[2], NULL, 10) : 0;
    flood.start = count >= 4 ? strtoull(words[3], NULL, 10) : 1763712000;
    flood.interval = count >= 5 ? strtoull(words[4], NULL, 10) : 10;
    if (flood.wanted > 0 && strcmp(words[1], mixture.name) == 0)
        return run(&flood, &mixture);
    for (size_t i = 0; flood.wanted > 0 && i < sizeof families / sizeof families[0]; i++)
        for (const struct flood_kind *kind = families[i]; kind->name != NULL; kind++)
            if (strcmp(kind->name, words[1]) == 0)
                return run(&flood, kind);
    usage();
    return 2;
}
