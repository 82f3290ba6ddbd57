/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all floods share: chance that is the same each time, the headers of a packet,
 * and the file that the frames go to.
 */
#ifndef APPLEPATH_LIMITS_FLOOD_H
#define APPLEPATH_LIMITS_FLOOD_H

#include <stdio.h>

#include "tests/bench/frame_bytes.h"

enum { TCP = 6, UDP = 17, ICMP = 1, ICMPV6 = 58, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

struct flood {
    FILE *out;
    uint64_t random;
    uint64_t start; /* seconds since 1970 */
    uint64_t interval; /* microseconds from frame to frame */
    uint64_t written; /* frames */
    uint64_t wanted;
    struct frame frame; /* the one under construction */
};

/* One packet's ends; addresses are 10.0.x.y for devices, 17.x.y.z for servers. */
struct ends {
    uint32_t source;
    uint32_t destination;
    uint16_t source_port;
    uint16_t destination_port;
};

/* Writes a step of the flood, one frame or more, or all of it. */
typedef void flood_step(struct flood *flood);

struct flood_kind {
    const char *name;
    flood_step *step;
    unsigned magic; /* of the file: FLOOD_PCAP or FLOOD_PCAPNG */
};

enum { FLOOD_PCAP, FLOOD_PCAPNG };

/* Each ends with one whose name is NULL. */
extern const struct flood_kind flood_connections[];
extern const struct flood_kind flood_handshakes[];
extern const struct flood_kind flood_datagrams[];
extern const struct flood_kind flood_blocks[];

uint32_t flood_random(struct flood *flood, uint32_t limit);
void flood_put_random(struct flood *flood, size_t count);
void flood_write(struct flood *flood, const void *bytes, size_t length);

/* Writes the frame with the next time. */
void flood_finish(struct flood *flood);

struct ends flood_ends(struct flood *flood, uint16_t port);
struct ends flood_back(const struct ends *ends);

/* Ethernet; then a header and what follows it, as far as the payload. `fragment` as in the
 * header. */
void flood_begin_ethernet(struct flood *flood, unsigned type);
void flood_put_ip(struct flood *flood, const struct ends *ends, unsigned protocol,
                  unsigned fragment, size_t payload);
void flood_put_udp(struct flood *flood, const struct ends *ends, size_t payload);
void flood_begin_ip(struct flood *flood, const struct ends *ends, unsigned protocol,
                    unsigned fragment, size_t payload);
void flood_begin_udp(struct flood *flood, const struct ends *ends, size_t payload);
void flood_begin_tcp(struct flood *flood, const struct ends *ends, unsigned flags,
                     uint32_t sequence, uint32_t acknowledgment, size_t payload);

/* SYN and SYN/ACK, with sequence numbers `sequence` and 7000. */
void flood_open(struct flood *flood, const struct ends *ends, uint32_t sequence);

/* These bytes as one side's segments, from that sequence number on, each of 1,400 at most. */
void flood_send(struct flood *flood, const struct ends *ends, uint32_t sequence,
                uint32_t acknowledgment, const uint8_t *bytes, size_t length);

#endif
