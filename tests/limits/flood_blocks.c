/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floods that are no packets: pcapng files whose interfaces, names and options do not
 * end, and a file that is nothing but packets without a byte, which packs by a thousand.
 */
#include "tests/limits/flood.h"

/* pcapng is in the byte order of its writer; little-endian here. */
static void block_u32(struct frame *block, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        put_u8(block, value >> 8 * i & 0xff);
}

static void block_write(struct flood *flood, uint32_t type, const struct frame *body)
{
    struct frame block = {.length = 0};
    block_u32(&block, type);
    block_u32(&block, (uint32_t)body->length + 12);
    put(&block, body->bytes, body->length);
    block_u32(&block, (uint32_t)body->length + 12);
    flood_write(flood, block.bytes, block.length);
}

/* The beginning of the file: its section header. */
static void begin(struct flood *flood)
{
    struct frame body = {.length = 0};
    if (flood->written > 0)
        return;
    block_u32(&body, 0x1a2b3c4d);
    block_u32(&body, 1);
    block_u32(&body, 0xffffffff);
    block_u32(&body, 0xffffffff);
    block_write(flood, 0x0a0d0d0a, &body);
}

static void write_interface(struct flood *flood)
{
    struct frame body = {.length = 0};
    char name[9];
    block_u32(&body, 1);
    block_u32(&body, 0x40000);
    snprintf(name, sizeof name, "%08x", flood_random(flood, UINT32_MAX));
    block_u32(&body, 0x00080002); /* if_name */
    put(&body, name, 8);
    block_u32(&body, 0);
    block_write(flood, 1, &body);
}

static void write_packet(struct flood *flood, uint32_t interface, unsigned options)
{
    struct ends ends = flood_ends(flood, 443);
    struct frame body = {.length = 0};
    flood_begin_tcp(flood, &ends, SYN, 1, 0, 0);
    uint64_t time = flood->start * 1000000 + flood->written * flood->interval;
    block_u32(&body, interface);
    block_u32(&body, (uint32_t)(time >> 32));
    block_u32(&body, (uint32_t)time);
    block_u32(&body, (uint32_t)flood->frame.length);
    block_u32(&body, (uint32_t)flood->frame.length);
    put(&body, flood->frame.bytes, flood->frame.length);
    put_zeros(&body, (4 - body.length % 4) % 4);
    for (unsigned i = 0; i < options; i++)
        block_u32(&body, 0x00000001); /* a comment without a letter */
    block_write(flood, 6, &body);
}

/* One interface more for every packet, up to the last that was described. */
static void flood_interfaces(struct flood *flood)
{
    begin(flood);
    write_interface(flood);
    if (flood->written % 16 == 0)
        write_packet(flood, (uint32_t)flood->written, 0);
    flood->written++;
}

/* Names of addresses, in blocks of 1,900 bytes. */
static void flood_resolutions(struct flood *flood)
{
    struct frame body = {.length = 0};
    begin(flood);
    if (flood->written == 0)
        write_interface(flood);
    while (body.length < 1900) {
        block_u32(&body, 0x00100001);
        block_u32(&body, flood_random(flood, UINT32_MAX));
        put(&body, "a.apple.com", 12);
    }
    block_u32(&body, 0);
    block_write(flood, 4, &body);
    if (flood->written % 16 == 0)
        write_packet(flood, 0, 0);
    flood->written++;
}

/* Packets with four hundred options each. */
static void flood_options(struct flood *flood)
{
    begin(flood);
    if (flood->written == 0)
        write_interface(flood);
    write_packet(flood, 0, 400);
    flood->written++;
}

/* Headers of packets that hold nothing, at the beginning of time. */
static void flood_zeros(struct flood *flood)
{
    static const uint8_t zeros[16];
    flood_write(flood, zeros, sizeof zeros);
    flood->written++;
}

/* One packet, again and again. */
static void flood_repeated(struct flood *flood)
{
    static const struct ends ends = {0x0a000001, 0x11000001, 50000, 443};
    flood->random = 1;
    flood_begin_tcp(flood, &ends, ACK | PSH, 1, 1, 1400);
    put_zeros(&flood->frame, 1400);
    flood_finish(flood);
}

const struct flood_kind flood_blocks[] = {{"interfaces", flood_interfaces, FLOOD_PCAPNG},
                                          {"resolutions", flood_resolutions, FLOOD_PCAPNG},
                                          {"options", flood_options, FLOOD_PCAPNG},
                                          {"zeros", flood_zeros, FLOOD_PCAP},
                                          {"repeated", flood_repeated, FLOOD_PCAP},
                                          {NULL, NULL, FLOOD_PCAP}};
